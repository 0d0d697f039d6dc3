package network.iicp.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import network.iicp.client.selection.ExternalRanking;
import network.iicp.protocol.Attempt;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.LeftOut;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.RoutingReceipt;
import network.iicp.protocol.Task;
import network.iicp.spi.RoutingEvent;
import network.iicp.transport.TraceContext;
import org.jspecify.annotations.Nullable;

/**
 * The choices of one call: which nodes may be asked, which were, who is next, and when to stop. Not thread-safe; a call
 * uses it from one callback at a time.
 */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class CallPlan {

    private static final int MAX_SENDS_TO_ONE_NODE = 2;

    /** Attempts of a call for each send it may make: a connection that is refused is an attempt, but the task was not sent. */
    private static final int MAX_ATTEMPTS_FOR_A_SEND = 3;

    /** The failures of nodes' own making after which the task itself is taken to be the cause. */
    private static final int MAX_SERVER_FAULTS = 2;

    /** Another call of the same fan-out has the node. */
    static final String TAKEN = "taken_by_another_task";

    /** The next node to ask, and why it. */
    record Choice(NodeDescriptor node, int attempt, String reason) {}

    private final ConsumerContext context;
    private final Task task;
    private final CallOptions options;
    private final Selector selector;
    private final RouteQuery query;
    private final Deadline deadline;
    private final TraceContext trace;
    private final int maxAttempts;
    private final AttemptLog log;
    private final Executor steps;
    private final Lane lane;
    private final Deque<NodeDescriptor> waiting = new ArrayDeque<>();
    private final Map<String, Integer> sends = new HashMap<>();
    private final PreparedTasks prepared;
    private final SendAccounts accounts;
    private boolean refreshed;
    private boolean explored;
    private boolean continuing;
    private int serverFaults;
    private int refusedConnections;
    private final Set<String> named = new HashSet<>();
    private final Set<String> eligible = new HashSet<>();
    private final Set<String> toldResting = new HashSet<>();
    private final Map<String, String> chosenBy = new HashMap<>();
    private final List<Selector.Rejected> rejected = new ArrayList<>();
    private ExternalRanking.@Nullable Ranked ranked;
    private @Nullable String onlyNode;

    /**
     * @param preferred candidates that go first whatever the strategy says, such as those that can stream
     * @param streaming whether the answer is wanted as it comes
     */
    CallPlan(
            ConsumerContext context,
            Task task,
            CallOptions options,
            Deadline deadline,
            Predicate<NodeDescriptor> preferred,
            boolean streaming) {
        this(context, task, options, deadline, preferred, streaming, Runnable::run, Lane.alone());
    }

    /**
     * @param steps runs what this plan does after a wait, one step at a time
     * @param lane what it shares with other calls for the same question
     */
    CallPlan(
            ConsumerContext context,
            Task task,
            CallOptions options,
            Deadline deadline,
            Predicate<NodeDescriptor> preferred,
            boolean streaming,
            Executor steps,
            Lane lane) {
        this.context = context;
        this.steps = steps;
        this.lane = lane;
        this.task = task;
        this.options = options;
        this.deadline = deadline;
        this.trace = context.trace(options);
        this.maxAttempts = options.maxAttempts() == null ? context.settings().maxAttempts() : options.maxAttempts();
        this.selector = new Selector(context, task, options, preferred);
        this.query = selector.query(streaming, lane.isShared() || hedging().isOn());
        this.onlyNode = options.node();
        this.log = new AttemptLog(context, task);
        this.accounts = new SendAccounts(context, task, log);
        this.prepared = new PreparedTasks(options);
    }

    /** Returns the time limits of the call. */
    TimeLimits limits() {
        return options.over(context.settings().limits());
    }

    /** From here on the nodes that are chosen go on where another one was cut off. */
    void continuing() {
        continuing = true;
    }

    Task task() {
        return task;
    }

    Deadline deadline() {
        return deadline;
    }

    TraceContext trace() {
        return trace;
    }

    AttemptLog log() {
        return log;
    }

    /** Returns where is noted what becomes of the sends. */
    SendAccounts accounts() {
        return accounts;
    }

    /**
     * Makes the task ready for a node; what was sent before is sent again as it was.
     *
     * @param sent the task of the call, or what goes on where it was cut off
     * @param choice the node, and why it
     * @param streaming whether events are asked for
     */
    NodeExchange.Prepared prepare(NodeExchange exchange, Task sent, Choice choice, boolean streaming) {
        boolean clearWanted = !selector.encryptionRequired();
        return prepared.prepare(
                sent,
                choice,
                streaming,
                ready -> exchange.prepare(ready, choice.node(), deadline, streaming, clearWanted, lane.subTask()));
    }

    /** What a node was asked to cancel is over there before it is asked to do it once more. */
    private CompletableFuture<Choice> whenWithdrawn(Choice choice) {
        CompletableFuture<Void> withdrawn = prepared.withdrawn(choice.node());
        return withdrawn.isDone()
                ? CompletableFuture.completedFuture(choice)
                : withdrawn.thenApplyAsync(none -> choice, steps);
    }

    /** A strict call takes no answer of another model than it named. */
    void requireModel(NodeDescriptor node, @Nullable String answered) {
        selector.requireModel(node, answered);
    }

    /** Returns how the node that answers was chosen. */
    RoutingReceipt receipt(NodeDescriptor node, boolean encrypted, List<Attempt> attempts) {
        String how = ranked == null
                ? chosenBy.getOrDefault(node.id(), context.order().strategy().wireName())
                : ranked.receipt(ranked.nodes().get(0).id().equals(node.id()));
        return new RoutingReceipt(how, eligible.size(), node.prefix(), null, encrypted, attempts, log.leftOut());
    }

    /** Returns the first node to ask. */
    CompletableFuture<Choice> first() {
        return route().thenCompose(none -> choose(null));
    }

    /**
     * Returns the node to ask after a failure, when its time has come.
     *
     * @param failed the node that failed
     * @param fault how
     */
    CompletableFuture<Choice> after(NodeDescriptor failed, IicpException fault) {
        RetryRule rule = RetryRule.of(fault);
        boolean mayRunTwice = !Boolean.FALSE.equals(options.idempotent());
        if (rule == RetryRule.STOP || !(mayRunTwice || RetryRule.neverSent(fault))) {
            return CompletableFuture.failedFuture(log.known(fault));
        }
        refusedConnections += RetryRule.connectionRefused(fault) ? 1 : 0;
        serverFaults += rule == RetryRule.OTHER_NODE_ONCE ? 1 : 0;
        if (isSentEnough() || serverFaults >= MAX_SERVER_FAULTS || isHopeless(rule, fault)) {
            return CompletableFuture.failedFuture(exhausted(fault));
        }
        if (deadline.expired()) {
            return CompletableFuture.failedFuture(outOfTime(fault));
        }
        CompletableFuture<Choice> next =
                switch (rule) {
                    case SAME_NODE_LATER -> later(failed, fault);
                    case REFRESH ->
                        refresh().thenCompose(none -> untriedWaits() ? choose(fault) : another(failed, fault));
                    default -> untriedWaits() ? choose(fault) : another(failed, fault);
                };
        return next.thenCompose(this::whenWithdrawn);
    }

    private boolean isSentEnough() {
        int attempts = log.started();
        return attempts - refusedConnections >= maxAttempts || attempts >= maxAttempts * MAX_ATTEMPTS_FOR_A_SEND;
    }

    /** One node alone, and it says that it will never do. */
    private boolean isHopeless(RetryRule rule, IicpException fault) {
        return onlyNode != null && rule == RetryRule.OTHER_NODE && !fault.retryable();
    }

    private CompletableFuture<Void> route() {
        return context.timer()
                .apart(context.routes().find(query, deadline, trace))
                .thenComposeAsync(this::begin, steps);
    }

    private CompletableFuture<Void> begin(Routes routes) {
        waiting.clear();
        take(routes);
        if (waiting.isEmpty() && log.started() == 0) {
            return further().thenAccept(found -> {
                if (!found) {
                    throw log.known(selector.nobody(named.size(), rejected));
                }
            });
        }
        boolean onlySuspects = waiting.stream().allMatch(this::isSuspect);
        return routes.ticketed() && onlySuspects && onlyNode == null
                ? further().thenAccept(found -> suspectsLast())
                : CompletableFuture.completedFuture(null);
    }

    private boolean isSuspect(NodeDescriptor node) {
        return context.records().seen(node.id()).isSuspect();
    }

    /** The directory names one node at a time and does not know what this client has seen of it. */
    private void suspectsLast() {
        List<NodeDescriptor> all = new ArrayList<>(waiting);
        waiting.clear();
        all.stream().filter(node -> !isSuspect(node)).forEach(waiting::add);
        all.stream().filter(this::isSuspect).forEach(waiting::add);
    }

    /** Nobody is left that was not asked: whom the directory names beyond those, else somebody again. */
    private CompletableFuture<Choice> another(NodeDescriptor failed, IicpException fault) {
        return onlyNode != null
                ? later(failed, fault)
                : further().thenCompose(found -> untriedWaits() ? choose(fault) : later(failed, fault));
    }

    /**
     * Takes further nodes from a directory that names one at a time. What is known stays when that fails.
     *
     * @return whether there is one that may be asked
     */
    private CompletableFuture<Boolean> further() {
        Set<String> known = Set.copyOf(named);
        return context.timer()
                .apart(context.routes().more(query, known, deadline, trace))
                .exceptionally(fault -> Routes.NONE)
                .thenComposeAsync(
                        routes -> {
                            int before = waiting.size();
                            if (!routes.nodes().isEmpty()) {
                                take(routes);
                            }
                            boolean found = waiting.size() > before;
                            return found || known.containsAll(named)
                                    ? CompletableFuture.completedFuture(found)
                                    : further();
                        },
                        steps);
    }

    private void take(Routes routes) {
        Selector.Selection selection = selector.select(routes, onlyNode, this::triedEnough);
        routes.nodes().forEach(node -> named.add(node.id()));
        rejected.addAll(selection.leftOut());
        selection.leftOut().forEach(out -> leaveOut(out.toLeftOut()));
        context.tell(new RoutingEvent.Discovered(
                task.id(), task.intent(), selection.ordered().size(), routes.source()));
        if (routes.source().equals(Routes.STALE_CACHE)) {
            context.tell(new RoutingEvent.StaleRoutesUsed(task.id(), routes.age()));
        }
        explored = selection.explored();
        ranked = selection.ranked();
        String how = routes.ticketed()
                ? RoutingReceipt.TICKET
                : context.order().strategy().wireName();
        for (NodeDescriptor node : selection.ordered()) {
            eligible.add(node.id());
            chosenBy.put(node.id(), how);
        }
        selection.ordered().stream()
                .filter(node -> !sends.containsKey(node.id()))
                .forEach(waiting::add);
        selection.ordered().stream()
                .filter(node -> sends.containsKey(node.id()))
                .forEach(waiting::add);
    }

    private @Nullable String triedEnough(NodeDescriptor node) {
        String refusal = lane.refusal(node);
        if (refusal != null) {
            return refusal;
        }
        return sends.getOrDefault(node.id(), 0) >= MAX_SENDS_TO_ONE_NODE ? "already_tried" : null;
    }

    private boolean allTriedEnough() {
        return eligible.stream().allMatch(id -> sends.getOrDefault(id, 0) >= MAX_SENDS_TO_ONE_NODE);
    }

    private void leaveOut(LeftOut candidate) {
        log.leftOut(candidate);
        context.tell(new RoutingEvent.Rejected(task.id(), candidate.node(), candidate.reason()));
    }

    private boolean untriedWaits() {
        return waiting.stream().anyMatch(node -> !sends.containsKey(node.id()));
    }

    private CompletableFuture<Choice> choose(@Nullable IicpException fault) {
        List<NodeDescriptor> resting = new ArrayList<>();
        while (!waiting.isEmpty()) {
            NodeDescriptor node = waiting.poll();
            if (!lane.take(node.id())) {
                leaveOut(new LeftOut(node.prefix(), TAKEN));
            } else if (context.breakers().tryAcquire(node.id())) {
                waiting.addAll(resting);
                return CompletableFuture.completedFuture(choice(node, null));
            } else {
                resting.add(node);
                if (toldResting.add(node.id())) {
                    leaveOut(new LeftOut(node.prefix(), "breaker_open"));
                }
            }
        }
        if (!resting.isEmpty()) {
            // Every candidate is resting. One must be asked all the same: a breaker never makes a mesh unusable.
            return further()
                    .thenCompose(
                            found -> found ? choose(fault) : CompletableFuture.completedFuture(lastResort(resting)));
        }
        return CompletableFuture.failedFuture(
                fault == null
                        ? log.known(Faults.error(ErrorCode.NO_PROVIDER, "no node is left for " + task.intent()))
                        : exhausted(fault));
    }

    /** The one that was asked least of those that rest; the others wait for their turn. */
    private Choice lastResort(List<NodeDescriptor> resting) {
        NodeDescriptor last = resting.stream()
                .min(Comparator.comparingInt(node -> sends.getOrDefault(node.id(), 0)))
                .orElseThrow();
        resting.stream().filter(node -> !node.id().equals(last.id())).forEach(waiting::add);
        return choice(last, "last_resort");
    }

    private Hedging hedging() {
        return options.hedging() == null ? context.settings().hedging() : options.hedging();
    }

    /** Returns how long the node that is working has alone before another one is asked too; empty when none is. */
    Optional<Duration> hedgeAfter() {
        Hedging hedging = hedging();
        boolean allowed =
                hedging.isOn() && !Boolean.FALSE.equals(options.idempotent()) && onlyNode == null && !isSentEnough();
        return allowed
                ? hedging.delay()
                        .or(() -> context.answerTimes().p95(task))
                        .filter(d -> d.compareTo(deadline.remaining()) < 0)
                : Optional.empty();
    }

    /** Returns another node to ask while one is working; empty when there is none that was not asked. */
    Optional<Choice> hedge() {
        if (isSentEnough()) {
            return Optional.empty();
        }
        for (NodeDescriptor node : List.copyOf(waiting)) {
            boolean free = !sends.containsKey(node.id()) && lane.take(node.id());
            if (free && context.breakers().tryAcquire(node.id())) {
                waiting.remove(node);
                return Optional.of(choice(node, "hedge"));
            }
        }
        return Optional.empty();
    }

    private Choice choice(NodeDescriptor node, @Nullable String special) {
        int before = sends.merge(node.id(), 1, Integer::sum) - 1;
        int attempt = accounts.started(node);
        if (selector.isStrict()) {
            onlyNode = node.id();
            waiting.removeIf(other -> !other.id().equals(node.id()));
        }
        String usual = before > 0 && !continuing ? "retry" : firstTimeReason(attempt);
        String reason = special == null ? usual : special;
        context.tell(new RoutingEvent.Selected(task.id(), node, attempt, reason));
        return new Choice(node, attempt, reason);
    }

    private String firstTimeReason(int attempt) {
        if (continuing) {
            return Attempt.CONTINUATION;
        }
        if (attempt > 1) {
            return "failover";
        }
        return explored ? "exploration" : "first_choice";
    }

    /** Nobody else is left: pause as the node asked, or by the back-off rule, then ask the directory anew. */
    private CompletableFuture<Choice> later(NodeDescriptor failed, IicpException fault) {
        Duration pause =
                context.backOff().pause(log.started(), fault.retryAfter().orElse(Duration.ZERO));
        boolean sameOnly = RetryRule.of(fault) == RetryRule.SAME_NODE_LATER;
        boolean nobodyLeft = sameOnly ? triedEnough(failed) != null : refreshed && allTriedEnough();
        if (pause.compareTo(deadline.remaining()) >= 0 || nobodyLeft) {
            return CompletableFuture.failedFuture(exhausted(fault));
        }
        CompletableFuture<Void> due = new CompletableFuture<>();
        try {
            context.timer().schedule(() -> due.complete(null), pause.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            // The client was closed while the call was running.
            return CompletableFuture.failedFuture(log.known(fault));
        }
        if (sameOnly) {
            return due.thenApplyAsync(none -> choice(failed, null), steps);
        }
        return due.thenComposeAsync(none -> refresh(), steps).thenCompose(none -> choose(fault));
    }

    /** A directory that cannot be asked again does not hide the failure that made us ask; a refusal of our own ends the call. */
    private CompletableFuture<Void> refresh() {
        refreshed = true;
        context.routes().forget(query);
        return route().exceptionallyCompose(fault ->
                isRefusal(fault) ? CompletableFuture.failedFuture(fault) : CompletableFuture.completedFuture(null));
    }

    private static boolean isRefusal(Throwable fault) {
        return Faults.unwrap(fault) instanceof IicpException known
                && known.error()
                        .knownCode()
                        .filter(code -> code == ErrorCode.CANDIDATE_RANKER_REFUSED)
                        .isPresent();
    }

    private IicpException outOfTime(IicpException fault) {
        return log.known(Faults.error(
                ErrorCode.TASK_TIMEOUT,
                "the time limit of the call passed after %d sends; the last one failed with %s"
                        .formatted(log.started(), fault.code()),
                fault));
    }

    private IicpException exhausted(IicpException fault) {
        if (log.started() <= 1 && sends.size() <= 1) {
            return log.known(fault);
        }
        IicpException whole = Faults.error(
                ErrorCode.NO_AVAILABLE_NODE,
                "all %d sends of the task failed; the last one, to node %s, with %s: %s"
                        .formatted(log.started(), log.lastNode(), fault.code(), fault.getMessage()),
                fault);
        return log.known(
                whole.withError(whole.error().withRetryAfter(fault.retryAfter().orElse(null))));
    }
}
