package network.iicp.backend;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * What the outcomes of tasks say about an engine. After {@value #FAILURES} failures in a row no task reaches it for a while;
 * then one task is let through, and its outcome decides. Thread-safe.
 */
final class TaskOutcomes {

    /** How many failures in a row it takes. */
    static final int FAILURES = 5;

    /** How long the engine is left alone. */
    static final Duration DRAIN = Duration.ofSeconds(30);

    /** When to come back while another task tries the engine. */
    private static final Duration DURING_TRIAL = Duration.ofSeconds(2);

    private final ReentrantLock lock = new ReentrantLock();
    private final LongSupplier nanos;
    private int failuresInARow;
    private boolean drained;
    private long drainedAt;
    private boolean trying;

    TaskOutcomes(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /**
     * Asks for permission to start a task. Whoever gets it tells the outcome afterwards.
     *
     * @return empty to go on, else how long to wait
     */
    Optional<Duration> refusal() {
        lock.lock();
        try {
            if (!drained) {
                return Optional.empty();
            }
            Duration left = left();
            if (!left.isZero()) {
                return Optional.of(left);
            }
            if (trying) {
                return Optional.of(DURING_TRIAL);
            }
            trying = true;
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /** The engine did its work. */
    void succeeded() {
        lock.lock();
        try {
            failuresInARow = 0;
            drained = false;
            trying = false;
        } finally {
            lock.unlock();
        }
    }

    /** The engine failed. */
    void failed() {
        lock.lock();
        try {
            boolean another = drained ? left().isZero() : ++failuresInARow >= FAILURES;
            if (another) {
                drained = true;
                drainedAt = nanos.getAsLong();
            }
            trying = false;
        } finally {
            lock.unlock();
        }
    }

    /** The task says nothing about the engine. */
    void undecided() {
        lock.lock();
        try {
            trying = false;
        } finally {
            lock.unlock();
        }
    }

    /** Returns how long the engine is still left alone: zero when it may be tried, empty when nothing is wrong. */
    Optional<Duration> drain() {
        lock.lock();
        try {
            return drained ? Optional.of(left()) : Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    private Duration left() {
        Duration left = DRAIN.minusNanos(nanos.getAsLong() - drainedAt);
        return left.isNegative() ? Duration.ZERO : left;
    }
}
