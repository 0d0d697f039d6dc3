package network.iicp.client;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Task;
import org.jspecify.annotations.Nullable;

/** How long the last answers of each intent and model took. Bounded in both directions. Thread-safe. */
final class AnswerTimes {

    /** Fewest answers that say something about the slow ones. */
    static final int ENOUGH = 20;

    private static final int REMEMBERED = 128;
    private static final int MAX_KINDS = 64;
    private static final double SLOW = 0.95;

    private record Kind(Intent intent, @Nullable String model) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Kind, Ring> rings = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Kind, Ring> eldest) {
            return size() > MAX_KINDS;
        }
    };

    private static final class Ring {
        private final long[] nanos = new long[REMEMBERED];
        private int seen;

        void add(long elapsed) {
            nanos[seen % REMEMBERED] = elapsed;
            seen = seen == Integer.MAX_VALUE ? REMEMBERED : seen + 1;
        }

        Optional<Duration> p95() {
            int filled = Math.min(seen, REMEMBERED);
            if (filled < ENOUGH) {
                return Optional.empty();
            }
            long[] sorted = Arrays.copyOf(nanos, filled);
            Arrays.sort(sorted);
            return Optional.of(Duration.ofNanos(sorted[(int) Math.ceil(SLOW * filled) - 1]));
        }
    }

    void add(Task task, Duration elapsed) {
        lock.lock();
        try {
            rings.computeIfAbsent(kind(task), kind -> new Ring()).add(elapsed.toNanos());
        } finally {
            lock.unlock();
        }
    }

    /** Returns the time within which 95 % of the answers came; empty while too few are known. */
    Optional<Duration> p95(Task task) {
        lock.lock();
        try {
            Ring ring = rings.get(kind(task));
            return ring == null ? Optional.empty() : ring.p95();
        } finally {
            lock.unlock();
        }
    }

    private static Kind kind(Task task) {
        return new Kind(task.intent(), task.constraints().model());
    }
}
