package network.iicp.client;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import network.iicp.protocol.wire.LifecyclePaths;

/** Where nodes offer events, as their health said; for 5 minutes, so that not every stream begins with a look at the health. Thread-safe. */
final class LearnedPaths {

    private static final int MOST = 1024;
    private static final Duration KEPT = Duration.ofMinutes(5);

    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<URI, Entry> entries = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<URI, Entry> eldest) {
            return size() > MOST;
        }
    };

    private record Entry(LifecyclePaths paths, long sinceNanos) {}

    LearnedPaths(LongSupplier nanos) {
        this.nanos = nanos;
    }

    void put(URI endpoint, LifecyclePaths paths) {
        lock.lock();
        try {
            entries.put(endpoint, new Entry(paths, nanos.getAsLong()));
        } finally {
            lock.unlock();
        }
    }

    Optional<LifecyclePaths> get(URI endpoint) {
        lock.lock();
        try {
            return Optional.ofNullable(entries.get(endpoint))
                    .filter(entry -> nanos.getAsLong() - entry.sinceNanos() < KEPT.toNanos())
                    .map(Entry::paths);
        } finally {
            lock.unlock();
        }
    }
}
