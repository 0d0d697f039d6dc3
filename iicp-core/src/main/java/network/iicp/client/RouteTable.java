package network.iicp.client;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import network.iicp.client.KnownRoutes.State;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.transport.TraceContext;
import org.jspecify.annotations.Nullable;

/**
 * Asks directories for nodes and remembers what they say. A list is fresh for 5 s and used for 30 s more while a new one is fetched; a
 * ticket is used until 10 s before its end and renewed ahead of it; an empty answer holds for 2 s. Callers that ask for the same at the same
 * time share one request. Beside a ticket the list is fetched in the background, so that a node that fails can be replaced when the
 * directory fails too. While no directory answers, what is known is used for as long as the settings allow. A directory that comes back may have
 * forgotten its nodes: for a minute, nodes that were known stay behind those it names, and that it names nobody is not believed. Bounded and
 * thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class RouteTable {

    private static final int MAX_ENTRIES = 256;
    private static final Duration DIRECTORY_LIMIT = Duration.ofSeconds(5);
    private static final long STANDBY_FRESH_NANOS = Duration.ofSeconds(60).toNanos();

    /** What is asked at the moment: the query, without the nodes that are known; {@code null} for the list beside a ticket. */
    private record Question(RouteQuery query, @Nullable Set<String> without) {}

    private final Directories directories;
    private final boolean keepsStandby;
    private final Duration staleFor;
    private final LongSupplier nanos;
    private final Outage outage;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<RouteQuery, KnownRoutes> known = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<RouteQuery, KnownRoutes> eldest) {
            return size() > MAX_ENTRIES;
        }
    };
    private final Map<Question, CompletableFuture<Routes>> asked = new HashMap<>();

    /**
     * @param keepsStandby whether the list is fetched beside a ticket
     * @param staleFor how long what is known is used while no directory answers
     */
    RouteTable(
            Directories directories,
            boolean keepsStandby,
            Duration staleFor,
            LongSupplier nanos,
            RandomGenerator random) {
        this.directories = directories;
        this.keepsStandby = keepsStandby;
        this.staleFor = staleFor;
        this.nanos = nanos;
        this.outage = new Outage(nanos, random);
    }

    /** Returns nodes for the query; fails with a directory's error only when nothing usable is known. */
    CompletableFuture<Routes> find(RouteQuery query, Deadline deadline, TraceContext trace) {
        long now = nanos.getAsLong();
        KnownRoutes routes = recall(query);
        State state = routes == null ? State.OLD : routes.state(now);
        if (routes != null && state != State.OLD) {
            if (state == State.AGEING && outage.mayAsk()) {
                askFirst(query, trace);
            }
            List<NodeDescriptor> usable = routes.usable(now);
            return CompletableFuture.completedFuture(new Routes(
                    usable.isEmpty() ? nodes(routes) : usable, Routes.CACHE, routes.age(now), routes.ticketed()));
        }
        if (routes != null && outage.isOn() && isStandIn(routes, now)) {
            if (outage.mayAsk()) {
                askFirst(query, trace);
            }
            return CompletableFuture.completedFuture(stale(routes, now));
        }
        return within(askFirst(query, trace), deadline)
                .exceptionallyCompose(fault -> standIn(query, Faults.unwrap(fault)));
    }

    private static List<NodeDescriptor> nodes(KnownRoutes routes) {
        return routes.nodes().stream().map(KnownRoutes.Timed::node).toList();
    }

    /**
     * Returns a node beyond those a call knows: another ticket, or the list that was fetched beside one. Empty when there is none, or the
     * directory named all it has in a list.
     *
     * @param without ids of the nodes the call knows
     */
    CompletableFuture<Routes> more(RouteQuery query, Set<String> without, Deadline deadline, TraceContext trace) {
        KnownRoutes routes = recall(query);
        long now = nanos.getAsLong();
        if (routes == null || !routes.ticketed() || routes.nodes().isEmpty()) {
            return CompletableFuture.completedFuture(Routes.NONE);
        }
        List<NodeDescriptor> others = routes.usable(now).stream()
                .filter(node -> !without.contains(node.id()))
                .toList();
        if (!others.isEmpty() && !routes.disproved()) {
            return CompletableFuture.completedFuture(new Routes(others, Routes.CACHE, routes.age(now), true));
        }
        CompletableFuture<Routes> ticket =
                outage.mayAsk() ? askNext(query, without, trace) : CompletableFuture.failedFuture(noDirectory());
        return within(ticket.thenApply(this::notForgotten), deadline).exceptionallyCompose(fault -> {
            KnownRoutes latest = recall(query);
            return latest == null || latest.standbyWithout(without).isEmpty()
                    ? CompletableFuture.failedFuture(Faults.unwrap(fault))
                    : CompletableFuture.completedFuture(standby(latest, without));
        });
    }

    /** That there is no further ticket is not believed of a directory that has just come back. */
    private Routes notForgotten(Routes further) {
        if (further.nodes().isEmpty() && outage.isRecent()) {
            throw noDirectory();
        }
        return further;
    }

    private Routes standby(KnownRoutes routes, Set<String> without) {
        Duration age = Duration.ofNanos(Math.max(0, nanos.getAsLong() - routes.standbyAtNanos()));
        return new Routes(routes.standbyWithout(without), Routes.STANDBY, age, true);
    }

    private static IicpException noDirectory() {
        return Faults.error(ErrorCode.NETWORK_ERROR, "no directory answered a moment ago; they are asked again soon");
    }

    /** Forgets what is known for the query, because a node did not behave as described. */
    void forget(RouteQuery query) {
        change(query, KnownRoutes::disprove);
    }

    /** Returns how many queries are remembered. */
    int size() {
        lock.lock();
        try {
            return known.size();
        } finally {
            lock.unlock();
        }
    }

    private @Nullable KnownRoutes recall(RouteQuery query) {
        lock.lock();
        try {
            return known.get(query);
        } finally {
            lock.unlock();
        }
    }

    private void change(RouteQuery query, UnaryOperator<KnownRoutes> change) {
        lock.lock();
        try {
            KnownRoutes present = known.get(query);
            if (present != null) {
                known.put(query, change.apply(present));
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isStandIn(KnownRoutes routes, long now) {
        return !routes.all().isEmpty() && routes.age(now).compareTo(staleFor) <= 0;
    }

    private static Routes stale(KnownRoutes routes, long now) {
        return new Routes(routes.all(), Routes.STALE_CACHE, routes.age(now), routes.ticketed());
    }

    /** What is known stands in for directories that do not answer, not for one that refuses. */
    private CompletableFuture<Routes> standIn(RouteQuery query, Throwable fault) {
        KnownRoutes routes = recall(query);
        long now = nanos.getAsLong();
        return routes != null && Directories.isOutage(fault) && isStandIn(routes, now)
                ? CompletableFuture.completedFuture(stale(routes, now))
                : CompletableFuture.failedFuture(fault);
    }

    private CompletableFuture<Routes> askFirst(RouteQuery query, TraceContext trace) {
        return shared(new Question(query, Set.of()), () -> directories
                .first(query, new Request(Deadline.after(DIRECTORY_LIMIT), trace))
                .thenApply(named -> {
                    KnownRoutes latest = remember(query, named);
                    if (!named.ticketed()) {
                        return new Routes(nodes(latest), Routes.DIRECTORY, Duration.ZERO, false);
                    }
                    if (!named.nodes().isEmpty() && keepsStandby) {
                        keepStandby(query, trace);
                    }
                    return routes(named);
                }));
    }

    /**
     * Returns the nodes to keep behind those that are named; empty unless a directory may have forgotten them.
     *
     * @throws IicpException if nobody is named and that is not believed
     */
    private List<NodeDescriptor> believed(RouteQuery query, Named named) {
        KnownRoutes before = recall(query);
        if (before == null || !outage.isRecent() || !isStandIn(before, nanos.getAsLong())) {
            return List.of();
        }
        if (named.nodes().isEmpty()) {
            throw Faults.error(
                    ErrorCode.NETWORK_ERROR, "a directory has come back and names nobody yet for " + query.intent());
        }
        return before.all();
    }

    private static Routes routes(Named named) {
        return new Routes(
                named.nodes(), named.ticketed() ? Routes.TICKET : Routes.DIRECTORY, Duration.ZERO, named.ticketed());
    }

    private CompletableFuture<Routes> askNext(RouteQuery query, Set<String> without, TraceContext trace) {
        return shared(new Question(query, new TreeSet<>(without)), () -> directories
                .next(query, List.copyOf(without), new Request(Deadline.after(DIRECTORY_LIMIT), trace))
                .thenApply(named -> {
                    change(query, present -> present.with(named, nanos.getAsLong()));
                    return routes(named);
                }));
    }

    private void keepStandby(RouteQuery query, TraceContext trace) {
        KnownRoutes routes = recall(query);
        boolean recent = routes != null
                && !routes.standby().isEmpty()
                && nanos.getAsLong() - routes.standbyAtNanos() < STANDBY_FRESH_NANOS;
        if (!recent) {
            shared(new Question(query, null), () -> directories
                    .list(query, new Request(Deadline.after(DIRECTORY_LIMIT), trace))
                    .thenApply(named -> {
                        List<NodeDescriptor> kept = believed(query, named);
                        change(query, present -> present.withStandby(named.nodes(), nanos.getAsLong())
                                .keeping(kept));
                        return routes(named);
                    }));
        }
    }

    private KnownRoutes remember(RouteQuery query, Named named) {
        List<NodeDescriptor> kept = believed(query, named);
        long now = nanos.getAsLong();
        lock.lock();
        try {
            KnownRoutes latest = KnownRoutes.of(named, known.get(query), now).keeping(kept);
            known.put(query, latest);
            return latest;
        } finally {
            lock.unlock();
        }
    }

    /** One request for each question at a time; it has its own limit, so that one impatient caller does not end it for others. */
    private CompletableFuture<Routes> shared(Question question, Supplier<CompletableFuture<Routes>> asking) {
        CompletableFuture<Routes> answer = new CompletableFuture<>();
        lock.lock();
        try {
            CompletableFuture<Routes> running = asked.putIfAbsent(question, answer);
            if (running != null) {
                return running;
            }
        } finally {
            lock.unlock();
        }
        begin(asking).whenComplete((routes, thrown) -> {
            done(question);
            if (thrown == null) {
                outage.over();
                answer.complete(routes);
            } else {
                Throwable fault = Faults.unwrap(thrown);
                if (Directories.isOutage(fault)) {
                    outage.failed(fault);
                }
                answer.completeExceptionally(fault);
            }
        });
        return answer;
    }

    /** A question that cannot even be put, such as one with too long a name, is answered like any other. */
    private static CompletableFuture<Routes> begin(Supplier<CompletableFuture<Routes>> asking) {
        try {
            return asking.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void done(Question question) {
        lock.lock();
        try {
            asked.remove(question);
        } finally {
            lock.unlock();
        }
    }

    private static CompletableFuture<Routes> within(CompletableFuture<Routes> shared, Deadline deadline) {
        CompletableFuture<Routes> own = shared.copy();
        own.orTimeout(deadline.remaining().toMillis() + 1, TimeUnit.MILLISECONDS);
        return own.exceptionallyCompose(fault -> CompletableFuture.failedFuture(
                Faults.unwrap(fault) instanceof IicpException typed
                        ? typed
                        : Faults.timeout("the directory did not answer inside the time limit of the call")));
    }
}
