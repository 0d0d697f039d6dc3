package network.iicp.node;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import network.iicp.protocol.ErrorCode;

/**
 * Remembers the nonces and confidentiality envelopes of tasks, so that a recorded request cannot be executed again under another id or
 * with other members. The same bytes may come again as long as the task has not been answered for good: that is a resend, and
 * {@link ReplyCache} has dealt with it before. Bounded in number and time. Thread-safe.
 */
final class ReplayGuard {

    private final int most;
    private final long lifeNanos;
    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Use> uses = new LinkedHashMap<>();

    private record Use(Digest digest, boolean spent, long since) {}

    ReplayGuard(int most, Duration life, LongSupplier nanos) {
        this.most = most;
        this.lifeNanos = life.toNanos();
        this.nanos = nanos;
    }

    /**
     * Notes the use of a nonce or envelope.
     *
     * @param id what must not be used twice
     * @param digest the request that uses it
     * @throws network.iicp.protocol.ConflictException with {@code replay_detected} if another request used it, or this one did and is done
     */
    void use(String id, Digest digest) {
        long now = nanos.getAsLong();
        boolean replayed;
        lock.lock();
        try {
            dropOld(now);
            Use known = uses.get(id);
            replayed = known != null && (known.spent || !known.digest.equals(digest));
            if (known == null) {
                uses.put(id, new Use(digest, false, now));
            }
        } finally {
            lock.unlock();
        }
        if (replayed) {
            throw Refusal.of(
                    ErrorCode.REPLAY_DETECTED,
                    "the nonce or confidentiality envelope of this task was used before; send the task with a new one");
        }
    }

    /** Notes that the request was answered for good: from now on even its own bytes are a replay. */
    void spend(String id) {
        lock.lock();
        try {
            uses.computeIfPresent(id, (key, use) -> new Use(use.digest, true, use.since));
        } finally {
            lock.unlock();
        }
    }

    private void dropOld(long now) {
        Iterator<Use> oldestFirst = uses.values().iterator();
        while (oldestFirst.hasNext()) {
            Use use = oldestFirst.next();
            if (uses.size() < most && now - use.since < lifeNanos) {
                return;
            }
            oldestFirst.remove();
        }
    }
}
