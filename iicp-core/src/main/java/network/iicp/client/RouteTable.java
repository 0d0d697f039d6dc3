package network.iicp.client;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import network.iicp.directory.DirectoryClient;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.registration.DiscoverQuery;
import network.iicp.transport.TraceContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the directory for nodes and remembers the answer: fresh for 5 s, then for 30 s more while a new one is fetched in
 * the background; an empty answer for 2 s. Callers that ask for the same at the same time share one request. While the
 * directory does not answer, routes up to 10 minutes old are used. Bounded and thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class RouteTable {

    private static final Logger log = LoggerFactory.getLogger(RouteTable.class);
    private static final int MAX_ENTRIES = 256;
    private static final Duration EMPTY_FRESH = Duration.ofSeconds(2);
    private static final Duration DIRECTORY_LIMIT = Duration.ofSeconds(5);
    private static final Duration DIRECTORY_REST = Duration.ofSeconds(2);

    /** Enough to fail over widely, within what directories allow. */
    private static final int LIMIT = 20;

    private final DirectoryClient directory;
    private final LongSupplier nanos;
    private final AtomicBoolean directoryLost = new AtomicBoolean();
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<RouteQuery, Remembered> remembered = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<RouteQuery, Remembered> eldest) {
            return size() > MAX_ENTRIES;
        }
    };
    private final Map<RouteQuery, CompletableFuture<Routes>> inFlight = new HashMap<>();

    RouteTable(DirectoryClient directory, LongSupplier nanos) {
        this.directory = directory;
        this.nanos = nanos;
    }

    /** Returns nodes for the query; fails with a directory error only when no usable older answer is known. */
    CompletableFuture<Routes> find(RouteQuery query, Deadline deadline, TraceContext trace) {
        Remembered known = recall(query);
        if (known != null && known.restsUntilNanos() - nanos.getAsLong() > 0) {
            return CompletableFuture.completedFuture(known.routes("stale_cache", known.age(nanos)));
        }
        if (known != null && !known.isDisproved()) {
            Duration age = known.age(nanos);
            if (age.compareTo(known.freshFor()) <= 0) {
                return CompletableFuture.completedFuture(known.routes("cache", age));
            }
            if (!known.nodes().isEmpty()
                    && age.compareTo(known.freshFor().plus(ClientSettings.STALE_WHILE_REVALIDATE)) <= 0) {
                ask(query, trace);
                return CompletableFuture.completedFuture(known.routes("cache", age));
            }
        }
        return within(ask(query, trace), deadline).exceptionallyCompose(fault -> fallBack(query, fault));
    }

    /** Forgets what is known for the query, because a node did not behave as described. */
    void forget(RouteQuery query) {
        lock.lock();
        try {
            Remembered known = remembered.get(query);
            if (known != null) {
                remembered.put(query, known.disproved());
            }
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Remembered recall(RouteQuery query) {
        lock.lock();
        try {
            return remembered.get(query);
        } finally {
            lock.unlock();
        }
    }

    private CompletableFuture<Routes> fallBack(RouteQuery query, Throwable fault) {
        Remembered known = recall(query);
        if (known != null && !known.nodes().isEmpty()) {
            Duration age = known.age(nanos);
            if (age.compareTo(ClientSettings.STALE_IF_ERROR) <= 0) {
                warnOnce(age, fault);
                rest(query);
                return CompletableFuture.completedFuture(known.routes("stale_cache", age));
            }
        }
        return CompletableFuture.failedFuture(Faults.unwrap(fault));
    }

    /** A directory that has just failed is left alone for a moment, so that not every call waits for it. */
    private void rest(RouteQuery query) {
        lock.lock();
        try {
            Remembered known = remembered.get(query);
            if (known != null) {
                remembered.put(query, known.resting(nanos.getAsLong() + DIRECTORY_REST.toNanos()));
            }
        } finally {
            lock.unlock();
        }
    }

    private void warnOnce(Duration age, Throwable fault) {
        if (directoryLost.compareAndSet(false, true)) {
            log.warn(
                    "the directory does not answer; routes that are {} s old are used: {}",
                    age.toSeconds(),
                    Faults.unwrap(fault).getMessage());
        }
    }

    /** One request for each query at a time; it has its own limit, so that one impatient caller does not end it for others. */
    private CompletableFuture<Routes> ask(RouteQuery query, TraceContext trace) {
        CompletableFuture<Routes> shared = new CompletableFuture<>();
        lock.lock();
        try {
            CompletableFuture<Routes> running = inFlight.putIfAbsent(query, shared);
            if (running != null) {
                return running;
            }
        } finally {
            lock.unlock();
        }
        DiscoverQuery.Builder wanted = DiscoverQuery.builder(query.intent()).limit(LIMIT);
        wanted.model(query.model()).region(query.region()).qos(query.qos()).minReputation(query.minReputation());
        directory
                .discover(wanted.build(), Deadline.after(DIRECTORY_LIMIT), trace)
                .whenComplete((reply, fault) -> {
                    finish(query, reply == null ? null : reply.nodes());
                    if (fault == null) {
                        shared.complete(new Routes(reply.nodes(), "directory", Duration.ZERO));
                    } else {
                        shared.completeExceptionally(Faults.unwrap(fault));
                    }
                });
        return shared;
    }

    private void finish(RouteQuery query, @Nullable List<NodeDescriptor> nodes) {
        lock.lock();
        try {
            inFlight.remove(query);
            if (nodes != null) {
                if (directoryLost.compareAndSet(true, false)) {
                    log.info("the directory answers again");
                }
                Duration fresh = nodes.isEmpty() ? EMPTY_FRESH : ClientSettings.FRESH;
                remembered.put(
                        query, new Remembered(List.copyOf(nodes), nanos.getAsLong(), fresh, false, nanos.getAsLong()));
            }
        } finally {
            lock.unlock();
        }
    }

    private static CompletableFuture<Routes> within(CompletableFuture<Routes> shared, Deadline deadline) {
        CompletableFuture<Routes> own = shared.copy();
        own.orTimeout(deadline.remaining().toMillis() + 1, TimeUnit.MILLISECONDS);
        return own.exceptionallyCompose(fault -> CompletableFuture.failedFuture(
                Faults.unwrap(fault) instanceof IicpException known
                        ? known
                        : Faults.timeout("the directory did not answer inside the time limit of the call")));
    }

    private record Remembered(
            List<NodeDescriptor> nodes, long atNanos, Duration freshFor, boolean isDisproved, long restsUntilNanos) {
        Duration age(LongSupplier nanos) {
            return Duration.ofNanos(Math.max(0, nanos.getAsLong() - atNanos));
        }

        Routes routes(String source, Duration age) {
            return new Routes(nodes, source, age);
        }

        /** Kept for the case that the directory does not answer, but asked for anew. */
        Remembered disproved() {
            return new Remembered(nodes, atNanos, freshFor, true, restsUntilNanos);
        }

        /** Used as it is until then. */
        Remembered resting(long untilNanos) {
            return new Remembered(nodes, atNanos, freshFor, isDisproved, untilNanos);
        }
    }
}
