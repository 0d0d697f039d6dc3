package network.iicp.client;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time in which no directory answers. One question at a time finds out whether it is over, after a pause that grows from 1 s to 30 s and
 * is different in every client, so that a directory that comes back is not met by all of them at once. Thread-safe.
 */
final class Outage {

    private static final Logger log = LoggerFactory.getLogger(Outage.class);
    private static final long SHORTEST_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long LONGEST_NANOS = Duration.ofSeconds(30).toNanos();

    /** Two heartbeats: what nodes need to register again with a directory that has forgotten them. */
    private static final long RECOVERY_NANOS = Duration.ofSeconds(60).toNanos();

    private final LongSupplier nanos;
    private final RandomGenerator random;
    private final ReentrantLock lock = new ReentrantLock();
    private int failures;
    private long nextProbe;
    private boolean recovering;
    private long recoveredAt;

    Outage(LongSupplier nanos, RandomGenerator random) {
        this.nanos = nanos;
        this.random = random;
    }

    /** Returns whether every directory failed when it was last asked. */
    boolean isOn() {
        lock.lock();
        try {
            return failures > 0;
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether a directory that answers may not know every node again: in an outage, and for a minute after it. */
    boolean isRecent() {
        lock.lock();
        try {
            recovering &= recoveredAt - nanos.getAsLong() > 0;
            return failures > 0 || recovering;
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether a caller that could do without may ask a directory now. */
    boolean mayAsk() {
        lock.lock();
        try {
            if (failures == 0) {
                return true;
            }
            if (nextProbe - nanos.getAsLong() > 0) {
                return false;
            }
            nextProbe = nanos.getAsLong() + pause();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Notes that every directory failed. */
    void failed(Throwable fault) {
        boolean first;
        lock.lock();
        try {
            first = failures == 0;
            failures = Math.min(failures + 1, 16);
            nextProbe = nanos.getAsLong() + pause();
        } finally {
            lock.unlock();
        }
        if (first) {
            log.warn(
                    "no directory answers; what is known is used meanwhile: {}",
                    Faults.unwrap(fault).getMessage());
        }
    }

    /** Notes that a directory answered. */
    void over() {
        boolean before;
        lock.lock();
        try {
            before = failures > 0;
            failures = 0;
            if (before) {
                recovering = true;
                recoveredAt = nanos.getAsLong() + RECOVERY_NANOS;
            }
        } finally {
            lock.unlock();
        }
        if (before) {
            log.info("a directory answers again");
        }
    }

    /** Half to one and a half of 1 s, 2 s, 4 s and so on. */
    private long pause() {
        long whole = Math.min(LONGEST_NANOS, SHORTEST_NANOS << Math.min(5, Math.max(0, failures - 1)));
        return whole / 2 + random.nextLong(whole);
    }
}
