package network.iicp.node;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import network.iicp.transport.ServerSentEvent;
import org.jspecify.annotations.Nullable;

/**
 * The events of one task, encoded and in order, and who reads them.
 *
 * <p>One reader leads: the consumer that sent the task, or the one that attached again with the task's secret. The handler may be a
 * bounded way ahead of what the leader has taken; then it waits. Other readers, who sent the same request again, only watch: one that
 * falls out of the window is lost. When the leader goes, the one who has watched longest leads; when there is none, the task is alone. Events that the leader has taken stay in the window for a later re-attachment until newer ones push
 * them out. While nobody leads, the way ahead is all the handler can use up. Thread-safe.
 */
final class EventLog {

    private final Bounds bounds;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final Map<Long, Entry> window = new HashMap<>();
    private final List<Reader> readers = new ArrayList<>();
    private @Nullable Reader leader;
    private long windowBytes;
    private long aheadBytes;
    private long oldest;
    private long nextSequence;
    private long takenByLeader = -1;
    private boolean complete;
    private boolean closedForHandler;
    private Runnable whenAlone = () -> {};

    /**
     * How much is kept.
     *
     * @param windowEvents most events kept for re-attachment
     * @param windowBytes most bytes kept for re-attachment
     * @param aheadEvents most events the leader has not taken yet
     * @param aheadBytes most bytes the leader has not taken yet
     */
    record Bounds(int windowEvents, long windowBytes, int aheadEvents, long aheadBytes) {
        static final Bounds DEFAULT = new Bounds(1024, 1024 * 1024, 64, 256 * 1024);
    }

    /**
     * One encoded event.
     *
     * @param sequence its position
     * @param event what is written
     * @param bytes its size
     * @param terminal whether it is the last
     */
    record Entry(long sequence, ServerSentEvent event, int bytes, boolean terminal) {}

    EventLog(Bounds bounds) {
        this.bounds = bounds;
    }

    /** One who reads the events. */
    final class Reader {

        private final Runnable wake;
        private long position;
        private long taken;
        private boolean lost;

        private Reader(long after, Runnable wake) {
            this.position = after;
            this.taken = after;
            this.wake = wake;
        }

        /** Returns the next event and moves on; {@code null} when there is none yet, or never again. */
        @Nullable
        Entry poll() {
            lock.lock();
            try {
                Entry next = lost ? null : window.get(position + 1);
                if (next != null) {
                    position = next.sequence();
                } else if (position + 1 < nextSequence) {
                    lost = true;
                }
                return next;
            } finally {
                lock.unlock();
            }
        }

        /** Returns whether an event this reader needs is no longer there, or another one took the lead from it. */
        boolean isLost() {
            lock.lock();
            try {
                return lost;
            } finally {
                lock.unlock();
            }
        }

        /** Notes that an event reached the consumer. */
        void taken(Entry entry) {
            lock.lock();
            try {
                taken = entry.sequence();
                if (leader == this) {
                    confirm(taken);
                    trim();
                }
            } finally {
                lock.unlock();
            }
        }

        /** Stops reading. Whoever watches may lead from now on. */
        void leave() {
            Runnable alone = () -> {};
            lock.lock();
            try {
                readers.remove(this);
                if (leader == this && !followed()) {
                    alone = whenAlone;
                }
            } finally {
                lock.unlock();
            }
            alone.run();
        }
    }

    /** Lets one who watches take the place of the leader that left; false if there is none. */
    private boolean followed() {
        leader = readers.stream().filter(reader -> !reader.lost).findFirst().orElse(null);
        if (leader != null) {
            confirm(leader.taken);
        }
        return leader != null;
    }

    /** Sets what is called, without locks, each time the last reader has left and there are events to come. */
    void whenAlone(Runnable action) {
        lock.lock();
        try {
            whenAlone = action;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Lets a consumer lead, in place of the one before.
     *
     * @param after the last event it has, -1 for none
     * @param wake called, without locks, when there may be something to read
     * @return the reader; empty when an event after that is no longer kept, or that one was never sent
     */
    Optional<Reader> lead(long after, Runnable wake) {
        Reader reader = new Reader(after, wake);
        Reader before;
        lock.lock();
        try {
            if (!holdsEverythingAfter(after)) {
                return Optional.empty();
            }
            before = leader;
            if (before != null) {
                before.lost = true;
                readers.remove(before);
            }
            leader = reader;
            readers.add(reader);
            confirm(after);
        } finally {
            lock.unlock();
        }
        if (before != null) {
            before.wake.run();
        }
        return Optional.of(reader);
    }

    /**
     * Lets someone watch from the beginning, or lead if nobody does; empty when the beginning is no longer kept or enough are watching.
     */
    Optional<Reader> watch(int mostReaders, Runnable wake) {
        lock.lock();
        try {
            if (readers.size() >= mostReaders || !holdsEverythingAfter(-1)) {
                return Optional.empty();
            }
            Reader reader = new Reader(-1, wake);
            readers.add(reader);
            if (leader == null) {
                leader = reader;
            }
            return Optional.of(reader);
        } finally {
            lock.unlock();
        }
    }

    private boolean holdsEverythingAfter(long sequence) {
        return sequence < nextSequence && oldest <= sequence + 1;
    }

    /** Whoever attaches after an event has all the ones before it, even if their delivery was never confirmed. */
    private void confirm(long sequence) {
        while (takenByLeader < sequence) {
            takenByLeader++;
            aheadBytes -= bytesOf(takenByLeader);
        }
        room.signalAll();
    }

    private int bytesOf(long sequence) {
        Entry entry = window.get(sequence);
        return entry == null ? 0 : entry.bytes();
    }

    /**
     * Waits until the leader has taken enough.
     *
     * @throws InterruptedException if interrupted, or nothing more can be added because the task ended
     */
    void awaitRoom() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closedForHandler && isFull()) {
                room.await();
            }
            if (closedForHandler) {
                throw new InterruptedException("the task has ended");
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isFull() {
        long ahead = nextSequence - 1 - takenByLeader;
        return ahead >= bounds.aheadEvents || aheadBytes >= bounds.aheadBytes;
    }

    /** Ends every wait of the handler: what it would add comes too late. */
    void closeForHandler() {
        lock.lock();
        try {
            closedForHandler = true;
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Adds an event. The caller gives them in order, without gaps, and nothing after the terminal one.
     *
     * @return what wakes the readers, to be called without locks
     */
    List<Runnable> add(Entry entry) {
        lock.lock();
        try {
            if (entry.sequence() != nextSequence || complete) {
                throw new IllegalStateException("event %d does not follow".formatted(entry.sequence()));
            }
            nextSequence++;
            window.put(entry.sequence(), entry);
            windowBytes += entry.bytes();
            aheadBytes += entry.bytes();
            complete = entry.terminal();
            if (complete) {
                whenAlone = () -> {};
            }
            trim();
            return readers.stream().map(reader -> reader.wake).toList();
        } finally {
            lock.unlock();
        }
    }

    private void trim() {
        while (oldest <= takenByLeader && (window.size() > bounds.windowEvents || windowBytes > bounds.windowBytes)) {
            windowBytes -= bytesOf(oldest);
            window.remove(oldest);
            oldest++;
        }
    }

    /** Returns the number of the next event. */
    long nextSequence() {
        lock.lock();
        try {
            return nextSequence;
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether the terminal event is there. */
    boolean isComplete() {
        lock.lock();
        try {
            return complete;
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether every event from the first on is still there. */
    boolean isWhole() {
        lock.lock();
        try {
            return complete && holdsEverythingAfter(-1);
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether someone leads. */
    boolean isLed() {
        lock.lock();
        try {
            return leader != null;
        } finally {
            lock.unlock();
        }
    }

    /** Returns about how much memory the events take. */
    long weight() {
        lock.lock();
        try {
            return windowBytes + 128L * window.size();
        } finally {
            lock.unlock();
        }
    }
}
