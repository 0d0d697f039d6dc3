package network.iicp.directory.server;

import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts the calls of each caller in windows of one minute. The counts of a window are dropped with it, and their number
 * is bounded: callers beyond the bound share one count, so that a flood of addresses cannot fill the memory. Thread-safe.
 */
final class RateLimiter {

    private static final long WINDOW_SECONDS = 60;
    private static final int MOST_CALLERS = 50_000;
    private static final String ALL_OTHERS = "";

    private final String what;
    private final int limit;
    private final Clock clock;
    private final int mostCallers;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Window window = new Window(Long.MIN_VALUE, new ConcurrentHashMap<>());

    private record Window(long number, ConcurrentHashMap<String, AtomicInteger> counts) {}

    RateLimiter(String what, int limit, Clock clock) {
        this(what, limit, clock, MOST_CALLERS);
    }

    RateLimiter(String what, int limit, Clock clock, int mostCallers) {
        this.what = what;
        this.limit = limit;
        this.clock = clock;
        this.mostCallers = mostCallers;
    }

    /**
     * Counts a call, unless it is refused.
     *
     * @throws DirectoryRefusal with status 429 and the rest of the window as waiting time, if it is one too many
     */
    void admit(String caller) {
        if (limit == 0) {
            return;
        }
        Instant now = clock.instant();
        AtomicInteger count = count(current(now), caller);
        if (count.incrementAndGet() > limit) {
            count.decrementAndGet();
            int left = (int) (WINDOW_SECONDS - Math.floorMod(now.getEpochSecond(), WINDOW_SECONDS));
            throw DirectoryRefusal.rateLimited(
                    "more than %d %s in a minute; try again in %d s".formatted(limit, what, left), left);
        }
    }

    /** Gives one call of this window back. */
    void giveBack(String caller) {
        if (limit > 0) {
            AtomicInteger count = current(clock.instant()).counts().get(caller);
            if (count != null) {
                count.updateAndGet(n -> Math.max(0, n - 1));
            }
        }
    }

    private Window current(Instant now) {
        long number = Math.floorDiv(now.getEpochSecond(), WINDOW_SECONDS);
        if (window.number() == number) {
            return window;
        }
        lock.lock();
        try {
            if (window.number() != number) {
                window = new Window(number, new ConcurrentHashMap<>());
            }
            return window;
        } finally {
            lock.unlock();
        }
    }

    private AtomicInteger count(Window present, String caller) {
        AtomicInteger known = present.counts().get(caller);
        if (known != null) {
            return known;
        }
        String key = present.counts().size() < mostCallers ? caller : ALL_OTHERS;
        return present.counts().computeIfAbsent(key, k -> new AtomicInteger());
    }
}
