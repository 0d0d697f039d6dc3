package network.iicp.client;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The subscriber's side of a stream: demand comes in, signals go out, one at a time and outside the lock, whichever threads bring the
 * items. A subscriber that throws is cancelled. Thread-safe.
 *
 * @param <E> what is delivered
 */
final class StreamSignals<E> {

    private static final Logger log = LoggerFactory.getLogger(StreamSignals.class);

    /** What the subscriber's behaviour asks of the stream. */
    interface Upstream {
        /** The subscriber wants more than there is; called without locks, and as often as that is found. */
        void wanted();

        /** The subscriber failed and hears no more; whatever works for it must stop. */
        void abandoned();
    }

    private final Flow.Subscriber<? super E> subscriber;
    private final Upstream upstream;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<E> queue = new ArrayDeque<>();
    private long demand;
    private boolean draining;
    private boolean complete;
    private boolean terminated;
    private @Nullable Throwable failure;

    StreamSignals(Flow.Subscriber<? super E> subscriber, Upstream upstream) {
        this.subscriber = subscriber;
        this.upstream = upstream;
    }

    /** Notes demand; follow it with {@link #drain()}. */
    void demand(long n) {
        lock.lock();
        try {
            demand = demand > Long.MAX_VALUE - n ? Long.MAX_VALUE : demand + n;
        } finally {
            lock.unlock();
        }
    }

    /** Adds items, unless the stream has ended; follow it with {@link #drain()}. */
    void offer(Collection<? extends E> items) {
        lock.lock();
        try {
            if (!complete && !terminated) {
                queue.addAll(items);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Adds the last items and ends the stream after them; false if it has ended already. */
    boolean complete(Collection<? extends E> last) {
        lock.lock();
        try {
            if (complete || terminated) {
                return false;
            }
            queue.addAll(last);
            complete = true;
        } finally {
            lock.unlock();
        }
        drain();
        return true;
    }

    /** Ends the stream in a failure after the items that are there; false if it has ended already. */
    boolean fail(Throwable cause) {
        lock.lock();
        try {
            if (complete || terminated) {
                return false;
            }
            complete = true;
            failure = cause;
        } finally {
            lock.unlock();
        }
        drain();
        return true;
    }

    /** Ends the stream in a failure at once; items that were not delivered are dropped. */
    void failNow(Throwable cause) {
        lock.lock();
        try {
            if (!terminated) {
                queue.clear();
                complete = true;
                failure = cause;
            }
        } finally {
            lock.unlock();
        }
        drain();
    }

    /** Ends the stream without a signal. */
    void cancel() {
        lock.lock();
        try {
            terminated = true;
            queue.clear();
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether nothing can be added any more. */
    boolean isOver() {
        lock.lock();
        try {
            return complete || terminated;
        } finally {
            lock.unlock();
        }
    }

    /** Delivers what can be delivered. A call from another thread, or from inside a signal, leaves its work to the one that delivers. */
    void drain() {
        lock.lock();
        try {
            if (draining) {
                return;
            }
            draining = true;
        } finally {
            lock.unlock();
        }
        Step step = next();
        while (step.draining()) {
            step.action().run();
            step = next();
        }
        step.action().run();
    }

    /** Something to do without the lock, and whether this thread goes on delivering after it. */
    private record Step(Runnable action, boolean draining) {
        static final Step NOTHING = new Step(() -> {}, false);
    }

    private Step next() {
        lock.lock();
        try {
            if (!terminated && demand > 0 && !queue.isEmpty()) {
                E item = queue.remove();
                demand = demand == Long.MAX_VALUE ? demand : demand - 1;
                return new Step(() -> deliver(item), true);
            }
            draining = false;
            if (terminated) {
                return Step.NOTHING;
            }
            if (queue.isEmpty() && complete) {
                terminated = true;
                Throwable cause = failure;
                return new Step(() -> last(cause), false);
            }
            if (queue.isEmpty() && demand > 0) {
                return new Step(upstream::wanted, false);
            }
            return Step.NOTHING;
        } finally {
            lock.unlock();
        }
    }

    private void deliver(E item) {
        try {
            subscriber.onNext(item);
        } catch (RuntimeException | Error e) {
            log.warn("a subscriber failed; its stream is cancelled", e);
            cancel();
            upstream.abandoned();
        }
    }

    private void last(@Nullable Throwable cause) {
        try {
            if (cause == null) {
                subscriber.onComplete();
            } else {
                subscriber.onError(cause);
            }
        } catch (RuntimeException | Error e) {
            log.warn("a subscriber failed in its last signal", e);
        }
    }
}
