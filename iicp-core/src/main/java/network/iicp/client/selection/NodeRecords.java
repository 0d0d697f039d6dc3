package network.iicp.client.selection;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What this client itself has seen of each node: calls under way, how long answers take, and how often calls failed by the
 * node's fault. Nothing of it comes from or goes over the wire. Old observations fade: half of a failure's weight is gone
 * after 10 s, and so is most of a slow answer's. Bounded: the node that was used least recently is forgotten first.
 * Thread-safe.
 */
public final class NodeRecords {

    /** How fast outcomes lose half of their weight. */
    static final Duration HALF_LIFE = Duration.ofSeconds(10);

    private static final double SUSPECT_RATE = 0.4;

    /** More than one failure: a single blip never puts a node behind others. */
    private static final double SUSPECT_FAILURES = 1.2;

    /** Older outcomes beyond this weight count for nothing, so that a busy node can recover as fast as an idle one. */
    private static final double MOST_OUTCOMES = 20;

    private static final int MAX_NODES = 4096;
    private static final double NANOS_TO_FADE = HALF_LIFE.toNanos() / Math.log(2);

    /**
     * One node as this client sees it now.
     *
     * @param inFlight calls that have started and not ended
     * @param latency moving average of the time to an answer that follows slower answers at once and faster ones slowly, or
     *     {@code null} before the first answer
     * @param errorRate share of recent calls that failed by the node's fault, 0 to below 1; a single failure counts as at most a half
     * @param failures recent failures by the node's fault, each fading with time
     * @param resting whether the node asked to be left alone for a while
     */
    public record Seen(int inFlight, @Nullable Duration latency, double errorRate, double failures, boolean resting) {

        /** A node nobody has called. */
        public static final Seen NOTHING = new Seen(0, null, 0, 0, false);

        /** Returns whether the node goes behind the others: it failed repeatedly of late, or has asked for a pause. */
        public boolean isSuspect() {
            return resting || (failures >= SUSPECT_FAILURES && errorRate >= SUSPECT_RATE);
        }
    }

    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Entry> entries = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, NodeRecords.Entry> eldest) {
            return size() > MAX_NODES;
        }
    };

    /**
     * Creates empty records.
     *
     * @param nanos a monotonic clock in nanoseconds
     */
    public NodeRecords(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Notes that a call to the node started. Its end must be told with one of the other methods. */
    public void started(String nodeId) {
        change(nodeId, entry -> entry.inFlight++);
    }

    /** Notes an answer. */
    public void answered(String nodeId, Duration elapsed) {
        long now = nanos.getAsLong();
        change(nodeId, entry -> {
            entry.ended();
            entry.rested = false;
            entry.outcome(now, 0);
            entry.sample(now, elapsed.toNanos());
        });
    }

    /**
     * Notes a failure by the node's own fault.
     *
     * @param slow whether the node failed by letting the caller wait, so that the time counts as one of its answers' times; a fast
     *     failure never makes a node look fast
     */
    public void failed(String nodeId, Duration elapsed, boolean slow) {
        long now = nanos.getAsLong();
        change(nodeId, entry -> {
            entry.ended();
            entry.outcome(now, 1);
            if (slow) {
                entry.sample(now, elapsed.toNanos());
            }
        });
    }

    /** Notes an end that says nothing about the node. */
    public void released(String nodeId) {
        change(nodeId, Entry::ended);
    }

    /** Notes that the node asked to be left alone. */
    public void rest(String nodeId, Duration wait) {
        long until = nanos.getAsLong() + wait.toNanos();
        change(nodeId, entry -> {
            entry.restsUntil = entry.rested && entry.restsUntil - until > 0 ? entry.restsUntil : until;
            entry.rested = true;
        });
    }

    /** Returns what is known of the node. */
    public Seen seen(String nodeId) {
        long now = nanos.getAsLong();
        lock.lock();
        try {
            Entry entry = entries.get(nodeId);
            return entry == null ? Seen.NOTHING : entry.seen(now);
        } finally {
            lock.unlock();
        }
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

    private void change(String nodeId, Consumer<Entry> change) {
        lock.lock();
        try {
            change.accept(entries.computeIfAbsent(nodeId, id -> new Entry()));
        } finally {
            lock.unlock();
        }
    }

    private static final class Entry {
        private int inFlight;
        private double failures;
        private double outcomes;
        private long outcomesAt;
        private double latencyNanos = -1;
        private long latencyAt;
        private long restsUntil;
        private boolean rested;

        void ended() {
            inFlight = Math.max(0, inFlight - 1);
        }

        void outcome(long now, int failure) {
            double kept = kept(now - outcomesAt);
            outcomes = outcomes * kept + 1;
            failures = failures * kept + failure;
            if (outcomes > MOST_OUTCOMES) {
                failures *= MOST_OUTCOMES / outcomes;
                outcomes = MOST_OUTCOMES;
            }
            outcomesAt = now;
        }

        void sample(long now, long elapsed) {
            double kept = kept(now - latencyAt);
            double average = latencyNanos < 0 ? elapsed : latencyNanos * kept + elapsed * (1 - kept);
            latencyNanos = Math.max((double) elapsed, average);
            latencyAt = now;
        }

        Seen seen(long now) {
            double kept = kept(now - outcomesAt);
            Duration latency =
                    latencyNanos < 0 ? null : Duration.ofNanos((long) (latencyNanos * kept(now - latencyAt)));
            return new Seen(
                    inFlight,
                    latency,
                    failures * kept / (outcomes * kept + 1),
                    failures * kept,
                    rested && restsUntil - now > 0);
        }

        private static double kept(long passedNanos) {
            return passedNanos <= 0 ? 1 : Math.exp(-passedNanos / NANOS_TO_FADE);
        }
    }
}
