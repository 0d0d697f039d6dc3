package network.iicp.node;

import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * What makes sending a task twice the same as sending it once. The key is the task's id, the proof that it is the same request is the
 * {@link Digest} of its bytes.
 *
 * <table>
 *   <caption>What a claim finds</caption>
 *   <tr><th>the id is</th><th>same bytes</th><th>other bytes</th></tr>
 *   <tr><td>unknown, expired or forgotten</td><td colspan="2">{@link Claim.Fresh}: execute it</td></tr>
 *   <tr><td>being executed</td><td>{@link Claim.Known}: the answer, when it is there</td><td>{@link Claim.Conflict}</td></tr>
 *   <tr><td>answered for good</td><td>{@link Claim.Known}: the stored answer</td><td>{@link Claim.Conflict}</td></tr>
 * </table>
 *
 * A task that ended in a failure another try may mend is forgotten; whoever waits for it still gets that failure. Kept answers are bounded
 * in number, bytes and time, the oldest go first. Thread-safe.
 */
final class ReplyCache {

    private static final int MOST_WAITING = 16;

    private final int most;
    private final long mostBytes;
    private final long lifeNanos;
    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Entry> running = new HashMap<>();
    private final Map<String, Entry> kept = new LinkedHashMap<>();
    private long keptBytes;

    /** What became of an attempt to execute a task. */
    sealed interface Claim {
        /** The caller executes the task, and must {@link Entry#answer} and then {@link Entry#keep} or {@link Entry#forget} it. */
        record Fresh(Entry entry) implements Claim {}

        /** The same request was sent before; its answer, perhaps later. */
        record Known(CompletableFuture<StoredReply> answer) implements Claim {}

        /** The id belongs to another request, or too many wait for this one already. */
        record Conflict(boolean sameRequest) implements Claim {}
    }

    ReplyCache(int most, long mostBytes, Duration life, LongSupplier nanos) {
        this.most = most;
        this.mostBytes = mostBytes;
        this.lifeNanos = life.toNanos();
        this.nanos = nanos;
    }

    /** One task that is being executed, or was. */
    final class Entry {

        private final String taskId;
        private final Digest digest;
        private final CompletableFuture<StoredReply> answer = new CompletableFuture<>();
        private int waiting;
        private long weight;
        private long keptSince;

        private Entry(String taskId, Digest digest) {
            this.taskId = taskId;
            this.digest = digest;
        }

        /** Gives the answer to those who sent the same request meanwhile. The first answer counts. */
        void answer(StoredReply reply) {
            answer.complete(reply);
        }

        /** Keeps the answer that was given. */
        void keep() {
            ReplyCache.this.keep(this);
        }

        /** Lets the next request with this id be executed. */
        void forget() {
            lock.lock();
            try {
                running.remove(taskId, this);
            } finally {
                lock.unlock();
            }
        }

        /** Returns whether somebody else waits for the answer. */
        boolean isAwaited() {
            lock.lock();
            try {
                return waiting > 0;
            } finally {
                lock.unlock();
            }
        }
    }

    /** Looks whether the task was sent before, and notes that it is being executed if it was not. */
    Claim claim(String taskId, Digest digest) {
        long now = nanos.getAsLong();
        lock.lock();
        try {
            dropExpired(now);
            Entry entry = running.get(taskId);
            if (entry == null) {
                entry = kept.get(taskId);
            }
            if (entry == null) {
                Entry fresh = new Entry(taskId, digest);
                running.put(taskId, fresh);
                return new Claim.Fresh(fresh);
            }
            if (!entry.digest.equals(digest)) {
                return new Claim.Conflict(false);
            }
            if (!entry.answer.isDone()) {
                if (entry.waiting >= MOST_WAITING) {
                    return new Claim.Conflict(true);
                }
                entry.waiting++;
            }
            // A copy: one waiting caller must not be able to complete or cancel it for the others.
            return new Claim.Known(entry.answer.copy());
        } finally {
            lock.unlock();
        }
    }

    private void keep(Entry entry) {
        StoredReply reply = entry.answer.getNow(null);
        long now = nanos.getAsLong();
        lock.lock();
        try {
            if (!running.remove(entry.taskId, entry) || reply == null || reply.weight() > mostBytes) {
                return;
            }
            entry.weight = reply.weight();
            entry.keptSince = now;
            kept.put(entry.taskId, entry);
            keptBytes += entry.weight;
            dropExcess();
        } finally {
            lock.unlock();
        }
    }

    private void dropExpired(long now) {
        Iterator<Entry> oldestFirst = kept.values().iterator();
        while (oldestFirst.hasNext()) {
            Entry entry = oldestFirst.next();
            if (now - entry.keptSince < lifeNanos) {
                return;
            }
            oldestFirst.remove();
            keptBytes -= entry.weight;
        }
    }

    private void dropExcess() {
        Iterator<Entry> oldestFirst = kept.values().iterator();
        while ((kept.size() > most || keptBytes > mostBytes) && oldestFirst.hasNext()) {
            Entry entry = oldestFirst.next();
            oldestFirst.remove();
            keptBytes -= entry.weight;
        }
    }

    /** Returns how many answers are kept. */
    int size() {
        lock.lock();
        try {
            return kept.size();
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many tasks are being executed. */
    int running() {
        lock.lock();
        try {
            return running.size();
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many bytes the kept answers take. */
    long bytes() {
        lock.lock();
        try {
            return keptBytes;
        } finally {
            lock.unlock();
        }
    }
}
