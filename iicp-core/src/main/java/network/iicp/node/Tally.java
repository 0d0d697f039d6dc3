package network.iicp.node;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import network.iicp.protocol.registration.HeartbeatMetrics;
import org.jspecify.annotations.Nullable;

/**
 * Counts what a node did, and hands it to one directory in batches. A batch that was handed out is handed out again, unchanged, until the
 * directory has accepted it or refused it twice; what happens meanwhile goes into the next one. Thread-safe.
 */
final class Tally {

    private final Supplier<String> batchIds;
    private final ReentrantLock lock = new ReentrantLock();
    private long successes;
    private long failures;
    private double totalMillis;
    private @Nullable HeartbeatMetrics pending;
    private boolean refusedOnce;

    Tally() {
        this(() -> UUID.randomUUID().toString());
    }

    Tally(Supplier<String> batchIds) {
        this.batchIds = batchIds;
    }

    /** Counts a task that was answered. */
    void success(Duration elapsed) {
        count(1, 0, elapsed);
    }

    /** Counts a task that failed by the fault of the node. */
    void failure(Duration elapsed) {
        count(0, 1, elapsed);
    }

    private void count(int good, int bad, Duration elapsed) {
        double millis = elapsed.toNanos() / 1e6;
        lock.lock();
        try {
            successes += good;
            failures += bad;
            totalMillis += millis;
        } finally {
            lock.unlock();
        }
    }

    /** Returns the batch to send with the next heartbeat, if there is anything to tell. */
    Optional<HeartbeatMetrics> batch() {
        lock.lock();
        try {
            if (pending == null && successes + failures > 0) {
                pending = cut();
            }
            return Optional.ofNullable(pending);
        } finally {
            lock.unlock();
        }
    }

    private HeartbeatMetrics cut() {
        int good = (int) Math.min(successes, HeartbeatMetrics.MAX_TASKS);
        int bad = (int) Math.min(failures, HeartbeatMetrics.MAX_TASKS);
        double mean = totalMillis / (successes + failures);
        successes -= good;
        failures -= bad;
        totalMillis = mean * (successes + failures);
        refusedOnce = false;
        return new HeartbeatMetrics(batchIds.get(), good, bad, Math.round(mean * 100) / 100.0);
    }

    /** Notes the answer to a heartbeat: the batch is done when its id came back, or none did. */
    void answered(@Nullable String acceptedBatch) {
        lock.lock();
        try {
            if (pending != null && (acceptedBatch == null || acceptedBatch.equals(pending.batchId()))) {
                pending = null;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Notes that the directory found the heartbeat invalid: a batch is given up the second time. */
    void refused() {
        lock.lock();
        try {
            if (refusedOnce) {
                pending = null;
            }
            refusedOnce = pending != null;
        } finally {
            lock.unlock();
        }
    }
}
