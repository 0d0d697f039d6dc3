package network.iicp.node;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts what a node did: once for the mean that retry hints come from, and once for every directory, because each is told on its own and
 * takes it on its own. Thread-safe.
 */
final class Workload {

    /** Weight of the newest task in the running mean. */
    private static final double NEWEST = 0.2;

    private final ReentrantLock lock = new ReentrantLock();
    private final List<Tally> tallies = new ArrayList<>();
    private double meanMillis;

    /** Counts for this directory too from now on. */
    void report(Tally tally) {
        lock.lock();
        try {
            tallies.add(tally);
        } finally {
            lock.unlock();
        }
    }

    /** Counts a task that was answered. */
    void success(Duration elapsed) {
        counted(elapsed).forEach(tally -> tally.success(elapsed));
    }

    /** Counts a task that failed by the fault of the node. */
    void failure(Duration elapsed) {
        counted(elapsed).forEach(tally -> tally.failure(elapsed));
    }

    private List<Tally> counted(Duration elapsed) {
        double millis = elapsed.toNanos() / 1e6;
        lock.lock();
        try {
            meanMillis = meanMillis == 0 ? millis : meanMillis + NEWEST * (millis - meanMillis);
            return List.copyOf(tallies);
        } finally {
            lock.unlock();
        }
    }

    /** Returns the running mean of the last tasks, zero before the first. */
    Duration meanDuration() {
        lock.lock();
        try {
            return Duration.ofNanos((long) (meanMillis * 1e6));
        } finally {
            lock.unlock();
        }
    }
}
