package network.iicp.node;

import java.time.Duration;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/**
 * The places for tasks that are worked on at the same time. A task gets a place at once or is refused, so that its consumer can go to
 * another node; one that may wait a moment is first in line by its rank, and by age among equals. A place stays taken until the handler has really ended, even when its task was answered before,
 * because the engine is still busy. Thread-safe.
 */
final class Slots {

    private static final int MOST_WAITING = 64;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private final IntSupplier offered;
    private final PriorityQueue<Waiting> line = new PriorityQueue<>();
    private int active;
    private long arrivals;
    private boolean closed;

    /** One who waits for a place. */
    private final class Waiting implements Comparable<Waiting> {

        private final int rank;
        private final long arrival;
        private final Condition called = lock.newCondition();
        private boolean served;

        private Waiting(int rank, long arrival) {
            this.rank = rank;
            this.arrival = arrival;
        }

        @Override
        public int compareTo(Waiting other) {
            return rank == other.rank ? Long.compare(arrival, other.arrival) : Integer.compare(rank, other.rank);
        }
    }

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

    /**
     * Takes a place, and waits for one if none is free.
     *
     * @param limit the longest wait
     * @param rank who waits: the lowest gets the next free place
     * @return the place; empty when none became free in time, or too many wait already
     * @throws network.iicp.protocol.CapacityException with {@code temporarily_unavailable} if the node stops
     */
    Optional<Permit> acquire(Duration limit, int rank) throws InterruptedException {
        Optional<Permit> free = tryAcquire();
        if (free.isPresent() || limit.isZero() || limit.isNegative()) {
            return free;
        }
        long nanos = limit.toNanos();
        lock.lockInterruptibly();
        try {
            if (line.size() >= MOST_WAITING) {
                return Optional.empty();
            }
            Waiting waiting = new Waiting(rank, arrivals++);
            line.add(waiting);
            serveLine();
            try {
                while (!waiting.served && !closed && nanos > 0) {
                    nanos = waiting.called.awaitNanos(nanos);
                }
            } catch (InterruptedException e) {
                if (waiting.served) {
                    release();
                }
                throw e;
            } finally {
                line.remove(waiting);
            }
            if (waiting.served) {
                return Optional.of(new Permit());
            }
            if (closed) {
                throw Unavailable.stopping();
            }
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /** Gives free places to those who wait, best rank first. Called under the lock. */
    private void serveLine() {
        int total = offered.getAsInt();
        while (!closed && active < total && !line.isEmpty()) {
            Waiting next = line.remove();
            active++;
            next.served = true;
            next.called.signal();
        }
    }

    /** Returns how many wait. */
    int waiting() {
        lock.lock();
        try {
            return line.size();
        } finally {
            lock.unlock();
        }
    }

    /** Gives no places any more. After that, {@link #awaitIdle} sees every task there will ever be. */
    void close() {
        lock.lock();
        try {
            closed = true;
            line.forEach(waiting -> waiting.called.signal());
        } finally {
            lock.unlock();
        }
    }

    private void release() {
        lock.lock();
        try {
            active--;
            serveLine();
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
