package network.iicp.client;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/** Whether something that failed may be tried: not while it rests, and then by one at a time until it worked. Thread-safe. */
final class Cooling {

    private static final long PROBE_NANOS = Duration.ofSeconds(10).toNanos();

    private final long restNanos;
    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private boolean resting;
    private long until;

    Cooling(Duration rest, LongSupplier nanos) {
        this.restNanos = rest.toNanos();
        this.nanos = nanos;
    }

    /** Returns whether to try. After the rest the first who asks may, and the others wait for what becomes of it. */
    boolean mayTry() {
        lock.lock();
        try {
            if (!resting) {
                return true;
            }
            if (until - nanos.getAsLong() > 0) {
                return false;
            }
            until = nanos.getAsLong() + PROBE_NANOS;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Notes a failure; returns whether it is the first one. */
    boolean failed() {
        lock.lock();
        try {
            boolean first = !resting;
            resting = true;
            until = nanos.getAsLong() + restNanos;
            return first;
        } finally {
            lock.unlock();
        }
    }

    /** Notes that it worked; returns whether it had failed before. */
    boolean worked() {
        lock.lock();
        try {
            boolean before = resting;
            resting = false;
            return before;
        } finally {
            lock.unlock();
        }
    }
}
