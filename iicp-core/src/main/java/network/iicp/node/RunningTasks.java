package network.iicp.node;

import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The accepted tasks by id, and for a while the ended ones that can be attached to again, so that a consumer whose connection broke at
 * the end still gets it. Bounded in number, bytes and time. Thread-safe.
 */
final class RunningTasks {

    private static final int MOST_ENDED = 256;
    private static final long MOST_ENDED_BYTES = 16L * 1024 * 1024;
    private static final long ENDED_NANOS = Duration.ofSeconds(60).toNanos();

    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, RunningTask> running = new HashMap<>();
    private final Map<String, Ended> ended = new LinkedHashMap<>();
    private long endedBytes;

    private record Ended(RunningTask task, long bytes, long since) {}

    RunningTasks(LongSupplier nanos) {
        this.nanos = nanos;
    }

    void add(RunningTask task) {
        lock.lock();
        try {
            drop(ended.remove(task.id()));
            running.put(task.id(), task);
        } finally {
            lock.unlock();
        }
    }

    void end(RunningTask task) {
        long now = nanos.getAsLong();
        lock.lock();
        try {
            running.remove(task.id(), task);
            if (task.isReattachable()) {
                Ended done = new Ended(task, task.weight(), now);
                drop(ended.put(task.id(), done));
                endedBytes += done.bytes();
            }
            dropOld(now);
        } finally {
            lock.unlock();
        }
    }

    Optional<RunningTask> find(String id) {
        long now = nanos.getAsLong();
        lock.lock();
        try {
            dropOld(now);
            RunningTask task = running.get(id);
            if (task != null) {
                return Optional.of(task);
            }
            return Optional.ofNullable(ended.get(id)).map(Ended::task);
        } finally {
            lock.unlock();
        }
    }

    private void dropOld(long now) {
        Iterator<Ended> oldestFirst = ended.values().iterator();
        while (oldestFirst.hasNext()) {
            Ended oldest = oldestFirst.next();
            boolean fits = ended.size() <= MOST_ENDED && endedBytes <= MOST_ENDED_BYTES;
            if (fits && now - oldest.since() < ENDED_NANOS) {
                return;
            }
            oldestFirst.remove();
            endedBytes -= oldest.bytes();
        }
    }

    private void drop(@Nullable Ended removed) {
        if (removed != null) {
            endedBytes -= removed.bytes();
        }
    }

    /** Returns every task that still runs. */
    List<RunningTask> running() {
        lock.lock();
        try {
            return List.copyOf(running.values());
        } finally {
            lock.unlock();
        }
    }
}
