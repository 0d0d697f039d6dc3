package network.iicp.client.selection;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.core.IntervalFunction;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A circuit breaker for each node. A node whose last calls failed by its own fault gets no calls for a while, growing from
 * 5 s to 60 s; then one call probes it. A single failure opens nothing. A node that asked to be left alone for a time gets
 * that time. Bounded: the node that was used least recently is forgotten first. Thread-safe.
 */
public final class NodeBreakers {

    /** Calls that are looked at. */
    static final int WINDOW = 10;

    /** Fewest calls before a breaker can open. */
    static final int MINIMUM_CALLS = 3;

    private static final int MAX_NODES = 4096;
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Entry> entries = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        // Qualified: newer compilers take the plain name for the map's own entry.
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, NodeBreakers.Entry> eldest) {
            return size() > MAX_NODES;
        }
    };
    private final CircuitBreakerConfig config;
    private final Clock clock;

    /** Creates breakers on a clock. */
    public NodeBreakers(Clock clock) {
        this.clock = clock;
        this.config = CircuitBreakerConfig.custom()
                .slidingWindowSize(WINDOW)
                .minimumNumberOfCalls(MINIMUM_CALLS)
                .failureRateThreshold(60)
                .waitIntervalFunctionInOpenState(IntervalFunction.ofExponentialBackoff(FIRST_PAUSE, 2, LONGEST_PAUSE))
                .permittedNumberOfCallsInHalfOpenState(1)
                .maxWaitDurationInHalfOpenState(LONGEST_PAUSE)
                .clock(clock)
                .build();
    }

    /** Returns whether a call to the node may start. A caller that gets {@code true} must report the outcome. */
    public boolean tryAcquire(String nodeId) {
        Entry entry = entry(nodeId);
        Instant until = entry.pausedUntil;
        if (until != null && clock.instant().isBefore(until)) {
            return false;
        }
        return entry.breaker.tryAcquirePermission();
    }

    /** Reports an answer. */
    public void succeeded(String nodeId, Duration elapsed) {
        Entry entry = entry(nodeId);
        entry.pausedUntil = null;
        entry.breaker.onSuccess(elapsed.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Reports a failure by the node's own fault. */
    public void failed(String nodeId, Duration elapsed, Throwable fault) {
        entry(nodeId).breaker.onError(elapsed.toNanos(), TimeUnit.NANOSECONDS, fault);
    }

    /** Reports an outcome that says nothing about the node: refused by policy, cancelled, the caller's own mistake. */
    public void released(String nodeId) {
        entry(nodeId).breaker.releasePermission();
    }

    /** Leaves the node alone for the time it asked for. */
    public void pause(String nodeId, Duration wait) {
        entry(nodeId).pausedUntil = clock.instant().plus(wait);
    }

    /** Returns {@code closed}, {@code open} or {@code half_open}. */
    public String state(String nodeId) {
        return switch (entry(nodeId).breaker.getState()) {
            case OPEN, FORCED_OPEN -> "open";
            case HALF_OPEN -> "half_open";
            default -> "closed";
        };
    }

    /** Returns how many nodes are remembered. */
    public int size() {
        lock.lock();
        try {
            return entries.size();
        } finally {
            lock.unlock();
        }
    }

    private Entry entry(String nodeId) {
        lock.lock();
        try {
            return entries.computeIfAbsent(nodeId, id -> new Entry(CircuitBreaker.of("iicp-node", config)));
        } finally {
            lock.unlock();
        }
    }

    private static final class Entry {
        private final CircuitBreaker breaker;
        private volatile @Nullable Instant pausedUntil;

        Entry(CircuitBreaker breaker) {
            this.breaker = breaker;
        }
    }
}
