package network.iicp.client.selection;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A circuit breaker for each node. A node whose last five calls all failed by its own fault gets no calls for 30 s; then one
 * call probes it, and its success closes the breaker. A node that asked to be left alone for a time gets that time. Bounded:
 * the node that was used least recently is forgotten first. Thread-safe.
 */
public final class NodeBreakers {

    /** Calls go through. */
    public static final String CLOSED = "closed";

    /** Calls do not go through. */
    public static final String OPEN = "open";

    /** One call at a time tries whether the node is well again. */
    public static final String HALF_OPEN = "half_open";

    /** Failures in a row that open a breaker. */
    static final int FAILURES_IN_A_ROW = 5;

    /** How long a breaker stays open. */
    static final Duration PAUSE = Duration.ofSeconds(30);

    private static final int MAX_NODES = 4096;

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
                .slidingWindowSize(FAILURES_IN_A_ROW)
                .minimumNumberOfCalls(FAILURES_IN_A_ROW)
                .failureRateThreshold(100)
                .waitDurationInOpenState(PAUSE)
                .permittedNumberOfCallsInHalfOpenState(1)
                .maxWaitDurationInHalfOpenState(PAUSE)
                .clock(clock)
                .build();
    }

    /** Returns whether a call to the node may start. A caller that gets {@code true} must report the outcome. */
    public boolean tryAcquire(String nodeId) {
        Entry entry = entry(nodeId);
        if (isPaused(entry) || !entry.breaker.tryAcquirePermission()) {
            return false;
        }
        entry.probing = entry.breaker.getState() == CircuitBreaker.State.HALF_OPEN;
        return true;
    }

    /** Returns whether calls to the node are held back now. Takes no permission, so nothing needs to be reported. */
    public boolean isHeldBack(String nodeId) {
        Entry entry = entry(nodeId);
        boolean open = entry.breaker.getState() == CircuitBreaker.State.OPEN
                && clock.instant().isBefore(entry.openUntil);
        return open || isPaused(entry);
    }

    private boolean isPaused(Entry entry) {
        Instant until = entry.pausedUntil;
        return until != null && clock.instant().isBefore(until);
    }

    /** Reports an answer; whatever the state, it closes the breaker. */
    public void succeeded(String nodeId, Duration elapsed) {
        Entry entry = entry(nodeId);
        entry.pausedUntil = null;
        entry.probing = false;
        if (entry.breaker.getState() == CircuitBreaker.State.OPEN) {
            // The node was asked because nobody else was left, and it is well.
            entry.breaker.transitionToClosedState();
        }
        entry.breaker.onSuccess(elapsed.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Reports a failure by the node's own fault. */
    public void failed(String nodeId, Duration elapsed, Throwable fault) {
        Entry entry = entry(nodeId);
        boolean wasOpen = entry.breaker.getState() == CircuitBreaker.State.OPEN;
        entry.probing = false;
        entry.breaker.onError(elapsed.toNanos(), TimeUnit.NANOSECONDS, fault);
        if (!wasOpen && entry.breaker.getState() == CircuitBreaker.State.OPEN) {
            entry.openUntil = clock.instant().plus(PAUSE);
        }
    }

    /** Reports an outcome that says nothing about the node: refused by policy, cancelled, the caller's own mistake. */
    public void released(String nodeId) {
        Entry entry = entry(nodeId);
        if (entry.probing) {
            entry.probing = false;
            entry.breaker.releasePermission();
        }
    }

    /** Leaves the node alone for the time it asked for; never shortens a pause. */
    public void pause(String nodeId, Duration wait) {
        Entry entry = entry(nodeId);
        Instant until = clock.instant().plus(wait);
        Instant known = entry.pausedUntil;
        entry.pausedUntil = known != null && known.isAfter(until) ? known : until;
    }

    /** Returns {@code closed}, {@code open} or {@code half_open}. */
    public String state(String nodeId) {
        return word(entry(nodeId));
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

    /** Returns how many nodes have a breaker in each state, by the words of {@link #state}. */
    public Map<String, Integer> states() {
        List<Entry> all;
        lock.lock();
        try {
            all = List.copyOf(entries.values());
        } finally {
            lock.unlock();
        }
        Map<String, Integer> counts = new TreeMap<>(Map.of(CLOSED, 0, OPEN, 0, HALF_OPEN, 0));
        all.forEach(entry -> counts.merge(word(entry), 1, Integer::sum));
        return counts;
    }

    private static String word(Entry entry) {
        return switch (entry.breaker.getState()) {
            case OPEN, FORCED_OPEN -> OPEN;
            case HALF_OPEN -> HALF_OPEN;
            default -> CLOSED;
        };
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
        private volatile Instant openUntil = Instant.MIN;
        private volatile boolean probing;

        Entry(CircuitBreaker breaker) {
            this.breaker = breaker;
        }
    }
}
