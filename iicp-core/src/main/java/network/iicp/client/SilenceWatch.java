package network.iicp.client;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Notices that a node says nothing for too long. One timer looks again when it is due, instead of one timer for each event.
 * Thread-safe.
 */
final class SilenceWatch {

    private final CallTimer timer;
    private final LongSupplier nanos;
    private final Consumer<String> whenSilent;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable ScheduledFuture<?> armed;
    private long armedForNanos;
    private long dueNanos;
    private String complaint = "";
    private boolean waiting;
    private boolean closed;

    /**
     * @param nanos a monotonic clock
     * @param whenSilent called on a worker, once for each wait that lasts too long, with what to say about it
     */
    SilenceWatch(CallTimer timer, LongSupplier nanos, Consumer<String> whenSilent) {
        this.timer = timer;
        this.nanos = nanos;
        this.whenSilent = whenSilent;
    }

    /** Begins to wait, unless a wait is running. */
    void await(Duration limit, String what) {
        lock.lock();
        try {
            if (closed || waiting) {
                return;
            }
            waiting = true;
            complaint = what;
            dueNanos = nanos.getAsLong() + limit.toNanos();
            if (armed != null && armedForNanos - dueNanos > 0) {
                armed.cancel(false);
                armed = null;
            }
            if (armed == null) {
                arm(limit.toNanos());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whatever was waited for has come. */
    void heard() {
        lock.lock();
        try {
            waiting = false;
        } finally {
            lock.unlock();
        }
    }

    /** Ends every wait for good. */
    void close() {
        lock.lock();
        try {
            closed = true;
            waiting = false;
            if (armed != null) {
                armed.cancel(false);
                armed = null;
            }
        } finally {
            lock.unlock();
        }
    }

    /** With the lock held. */
    private void arm(long delayNanos) {
        armedForNanos = nanos.getAsLong() + delayNanos;
        armed = timer.schedule(this::look, Duration.ofNanos(delayNanos));
    }

    private void look() {
        String what;
        lock.lock();
        try {
            armed = null;
            if (!waiting) {
                return;
            }
            long left = dueNanos - nanos.getAsLong();
            if (left > 0) {
                arm(left);
                return;
            }
            waiting = false;
            what = complaint;
        } finally {
            lock.unlock();
        }
        whenSilent.accept(what);
    }
}
