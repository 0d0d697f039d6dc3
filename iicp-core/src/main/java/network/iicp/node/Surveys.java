package network.iicp.node;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the engines of a node how they are, and lets the memberships of several directories share an answer that is young enough.
 * Thread-safe.
 */
final class Surveys {

    private final Offers offers;
    private final long shareNanos;
    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Survey last;
    private long askedAt;

    /**
     * Makes the surveys of some offers.
     *
     * @param shared how old an answer may be
     */
    Surveys(Offers offers, Duration shared, LongSupplier nanos) {
        this.offers = offers;
        this.shareNanos = shared.toNanos();
        this.nanos = nanos;
    }

    /** Returns what the engines say now, or said a moment ago. May take some seconds. */
    Survey current() {
        lock.lock();
        try {
            if (last != null && nanos.getAsLong() - askedAt < shareNanos) {
                return last;
            }
        } finally {
            lock.unlock();
        }
        Survey fresh = offers.survey();
        lock.lock();
        try {
            last = fresh;
            askedAt = nanos.getAsLong();
        } finally {
            lock.unlock();
        }
        return fresh;
    }

    /** Serves from now on what a survey found. */
    void adopt(Survey survey) {
        offers.adopt(survey);
    }
}
