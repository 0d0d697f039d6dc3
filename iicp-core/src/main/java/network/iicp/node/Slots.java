package network.iicp.node;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/**
 * The places for tasks that are worked on at the same time. There is no queue: a task gets a place at once or is refused, so that its
 * consumer can go to another node. A place stays taken until the handler has really ended, even when its task was answered before,
 * because the engine is still busy. Thread-safe.
 */
final class Slots {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private final IntSupplier offered;
    private int active;
    private boolean closed;

    Slots(int total) {
        this(() -> total);
    }

    /**
     * Makes places whose number may change; what is taken stays taken when it shrinks.
     *
     * @param offered how many there are now; asked for every task
     */
    Slots(IntSupplier offered) {
        this.offered = offered;
    }

    /** One taken place. Giving it back twice is giving it back once. */
    final class Permit implements AutoCloseable {

        private final AtomicBoolean returned = new AtomicBoolean();

        private Permit() {}

        @Override
        public void close() {
            if (returned.compareAndSet(false, true)) {
                release();
            }
        }
    }

    /**
     * Takes a place, if one is free.
     *
     * @throws network.iicp.protocol.CapacityException with {@code temporarily_unavailable} if the node stops
     */
    Optional<Permit> tryAcquire() {
        int total = offered.getAsInt();
        lock.lock();
        try {
            if (closed) {
                throw Unavailable.stopping();
            }
            if (active >= total) {
                return Optional.empty();
            }
            active++;
            return Optional.of(new Permit());
        } finally {
            lock.unlock();
        }
    }

    /** Gives no places any more. After that, {@link #awaitIdle} sees every task there will ever be. */
    void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    private void release() {
        lock.lock();
        try {
            active--;
            if (active == 0) {
                idle.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    int active() {
        lock.lock();
        try {
            return active;
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many places there are now. */
    int total() {
        return offered.getAsInt();
    }

    /**
     * Waits until no place is taken.
     *
     * @return whether that happened within the limit
     */
    boolean awaitIdle(Duration limit) throws InterruptedException {
        long nanos = limit.toNanos();
        lock.lockInterruptibly();
        try {
            while (active > 0) {
                if (nanos <= 0) {
                    return false;
                }
                nanos = idle.awaitNanos(nanos);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }
}
