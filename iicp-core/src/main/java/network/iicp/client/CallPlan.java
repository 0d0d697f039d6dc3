package network.iicp.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import network.iicp.client.selection.CandidateFilter;
import network.iicp.client.selection.CandidateOrder;
import network.iicp.protocol.Attempt;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.NodeDescriptor;
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

    /** The next node to ask, and why it. */
    record Choice(NodeDescriptor node, int attempt, String reason) {}

    private final ConsumerContext context;
    private final Task task;
    private final CallOptions options;
    private final RouteQuery query;
    private final Deadline deadline;
    private final TraceContext trace;
    private final int maxAttempts;
    private final Predicate<NodeDescriptor> preferred;
    private final Deque<NodeDescriptor> waiting = new ArrayDeque<>();
    private final Map<String, Integer> sends = new HashMap<>();
    private final List<Attempt> attempts = new ArrayList<>();
    private final Map<String, NodeDescriptor> named = new LinkedHashMap<>();
    private final Map<String, Integer> reasons = new TreeMap<>();
    private boolean routed;
    private boolean refreshed;
    private boolean explored;
    private boolean continuing;

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
        this.context = context;
        this.task = task;
        this.options = options;
        this.deadline = deadline;
        this.preferred = preferred;
        this.trace = TraceContext.root(context.random());
        this.maxAttempts = options.maxAttempts() == null ? context.settings().maxAttempts() : options.maxAttempts();
        String region = options.region() == null ? context.settings().region() : options.region();
        this.query = new RouteQuery(
                task.intent(),
                task.constraints().model(),
                region,
                options.qos(),
                options.minReputation(),
                RouteQuery.wantsSeveral(
                        options.node() != null, streaming, context.order().strategy()));
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

    List<Attempt> attempts() {
        return List.copyOf(attempts);
    }

    /** Returns the sends so far and one more that succeeded. */
    List<Attempt> attemptsWithSuccess(NodeDescriptor node, String reason, Duration elapsed) {
        List<Attempt> all = new ArrayList<>(attempts);
        all.add(new Attempt(all.size() + 1, node.prefix(), reason, Attempt.SUCCESS, elapsed));
        return all;
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
        if (rule == RetryRule.STOP) {
            return CompletableFuture.failedFuture(known(fault));
        }
        if (attempts.size() >= maxAttempts) {
            return CompletableFuture.failedFuture(exhausted(fault));
        }
        if (deadline.expired()) {
            return CompletableFuture.failedFuture(outOfTime(fault));
        }
        return switch (rule) {
            case SAME_NODE_LATER -> later(failed, fault);
            case REFRESH -> refresh().thenCompose(none -> untriedWaits() ? choose(fault) : another(failed, fault));
            default -> untriedWaits() ? choose(fault) : another(failed, fault);
        };
    }

    /** Notes a send that failed. */
    void failed(NodeDescriptor node, String reason, IicpException fault, Duration elapsed) {
        String code = fault.error().code();
        attempts.add(new Attempt(attempts.size() + 1, node.prefix(), reason, code, elapsed));
        context.tell(new RoutingEvent.AttemptFailed(
                task.id(), node.prefix(), code, elapsed, fault.retryAfter().orElse(null)));
        String before = context.breakers().state(node.id());
        if (RetryRule.blamesNode(fault)) {
            context.breakers().failed(node.id(), elapsed, fault);
        } else {
            context.breakers().released(node.id());
        }
        if (fault.error()
                .knownCode()
                .filter(c -> c == ErrorCode.TEMPORARILY_UNAVAILABLE)
                .isPresent()) {
            fault.retryAfter().ifPresent(wait -> context.breakers().pause(node.id(), wait));
        }
        tellBreaker(node, before);
    }

    /** Notes the send that answered. */
    void succeeded(NodeDescriptor node, String reason, Duration elapsed) {
        List<Attempt> all = attemptsWithSuccess(node, reason, elapsed);
        attempts.add(all.get(all.size() - 1));
        String before = context.breakers().state(node.id());
        context.breakers().succeeded(node.id(), elapsed);
        tellBreaker(node, before);
        context.tell(new RoutingEvent.Answered(task.id(), node.prefix(), elapsed));
    }

    /** Notes a send that was given up without blame: the caller cancelled. */
    void released(NodeDescriptor node) {
        context.breakers().released(node.id());
    }

    private void tellBreaker(NodeDescriptor node, String before) {
        String now = context.breakers().state(node.id());
        if (!now.equals(before)) {
            context.tell(new RoutingEvent.BreakerChanged(task.id(), node.prefix(), now));
        }
    }

    private CompletableFuture<Void> route() {
        return context.timer()
                .apart(context.routes().find(query, deadline, trace))
                .thenCompose(routes -> {
                    routed = true;
                    waiting.clear();
                    take(routes);
                    return waiting.isEmpty() && attempts.isEmpty()
                            ? firstOfMore()
                            : CompletableFuture.completedFuture(null);
                });
    }

    private CompletableFuture<Void> firstOfMore() {
        return further().thenAccept(found -> {
            if (!found) {
                throw nobody();
            }
        });
    }

    /** Nobody is left that was not asked: whom the directory names beyond those, else somebody again. */
    private CompletableFuture<Choice> another(NodeDescriptor failed, IicpException fault) {
        return further().thenCompose(found -> waiting.isEmpty() ? later(failed, fault) : choose(fault));
    }

    /**
     * Takes further nodes from a directory that names one at a time. What is known stays when that fails.
     *
     * @return whether there is one that may be asked
     */
    private CompletableFuture<Boolean> further() {
        Set<String> known = Set.copyOf(named.keySet());
        return context.timer()
                .apart(context.routes().more(query, known, deadline, trace))
                .exceptionally(fault -> Routes.NONE)
                .thenCompose(routes -> {
                    int before = waiting.size();
                    if (!routes.nodes().isEmpty()) {
                        take(routes);
                    }
                    boolean found = waiting.size() > before;
                    return found || known.containsAll(named.keySet())
                            ? CompletableFuture.completedFuture(found)
                            : further();
                });
    }

    private void take(Routes routes) {
        List<NodeDescriptor> eligible = new ArrayList<>();
        CandidateFilter.Wanted wanted =
                new CandidateFilter.Wanted(options.node(), task.constraints().model(), options.minReputation());
        for (NodeDescriptor node : routes.nodes()) {
            named.put(node.id(), node);
            String reason = Optional.ofNullable(ownReason(node))
                    .or(() -> context.filter().rejection(node, wanted))
                    .orElse(null);
            if (reason == null) {
                eligible.add(node);
            } else {
                reasons.merge(reason, 1, Integer::sum);
                context.tell(new RoutingEvent.Rejected(task.id(), node.prefix(), reason));
            }
        }
        context.tell(new RoutingEvent.Discovered(task.id(), task.intent(), eligible.size(), routes.source()));
        // A ticket is the directory's own choice; exploring is for lists.
        CandidateOrder.Ordered ordered = routes.ticketed()
                ? new CandidateOrder.Ordered(eligible, false)
                : context.order().order(eligible);
        explored = ordered.explored();
        Predicate<NodeDescriptor> untried = node -> !sends.containsKey(node.id());
        enqueue(ordered.nodes(), untried.and(preferred));
        enqueue(ordered.nodes(), untried.and(preferred.negate()));
        enqueue(ordered.nodes(), untried.negate());
    }

    private @Nullable String ownReason(NodeDescriptor node) {
        if (sends.getOrDefault(node.id(), 0) >= MAX_SENDS_TO_ONE_NODE) {
            return "already_tried";
        }
        return context.keys().allows(node) ? null : "other_key_than_pinned";
    }

    private void enqueue(List<NodeDescriptor> nodes, Predicate<NodeDescriptor> which) {
        nodes.stream().filter(which).forEach(waiting::add);
    }

    private boolean untriedWaits() {
        return waiting.stream().anyMatch(node -> !sends.containsKey(node.id()));
    }

    private IicpException nobody() {
        int known = named.size();
        if (known == 0) {
            String model = query.model() == null ? "" : " with the model asked for";
            return Faults.error(
                    ErrorCode.NO_PROVIDER,
                    "the directory names no node for %s%s; start one with: iicp-node serve"
                            .formatted(task.intent(), model));
        }
        if (reasons.keySet().equals(Set.of(CandidateFilter.MISSING_KEY))) {
            return Faults.error(
                    ErrorCode.CX_REQUIRED,
                    "none of the %d nodes offers an encryption key, and encryption is required".formatted(known));
        }
        if (reasons.keySet().equals(Set.of(CandidateFilter.ENDPOINT_REFUSED))) {
            return Faults.error(
                    ErrorCode.ENDPOINT_REFUSED,
                    "none of the %d nodes has an endpoint that the scope %s allows"
                            .formatted(known, context.settings().scope()));
        }
        return Faults.error(ErrorCode.ROUTING_POLICY, "none of the %d nodes may be used: %s".formatted(known, reasons));
    }

    private CompletableFuture<Choice> choose(@Nullable IicpException fault) {
        NodeDescriptor refusedByBreaker = null;
        while (!waiting.isEmpty()) {
            NodeDescriptor node = waiting.poll();
            if (context.breakers().tryAcquire(node.id())) {
                return CompletableFuture.completedFuture(choice(node));
            }
            context.tell(new RoutingEvent.Rejected(task.id(), node.prefix(), "breaker_open"));
            refusedByBreaker = refusedByBreaker == null ? node : refusedByBreaker;
        }
        if (refusedByBreaker != null) {
            NodeDescriptor lastResort = refusedByBreaker;
            // Every candidate is resting. One must be asked all the same: a breaker never makes a mesh unusable.
            return further()
                    .thenCompose(
                            found -> found ? choose(fault) : CompletableFuture.completedFuture(choice(lastResort)));
        }
        return CompletableFuture.failedFuture(
                fault == null
                        ? Faults.error(ErrorCode.NO_PROVIDER, "no node is left for " + task.intent())
                        : exhausted(fault));
    }

    private Choice choice(NodeDescriptor node) {
        int before = sends.merge(node.id(), 1, Integer::sum) - 1;
        int attempt = attempts.size() + 1;
        String reason = before > 0 && !continuing ? "retry" : firstTimeReason(attempt);
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
                context.backOff().pause(attempts.size(), fault.retryAfter().orElse(Duration.ZERO));
        if (sends.getOrDefault(failed.id(), 0) >= MAX_SENDS_TO_ONE_NODE && refreshed) {
            return CompletableFuture.failedFuture(exhausted(fault));
        }
        if (pause.compareTo(deadline.remaining()) >= 0) {
            return CompletableFuture.failedFuture(exhausted(fault));
        }
        CompletableFuture<Void> due = new CompletableFuture<>();
        try {
            context.timer().schedule(() -> due.complete(null), pause.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            // The client was closed while the call was running.
            return CompletableFuture.failedFuture(known(fault));
        }
        if (RetryRule.of(fault) == RetryRule.SAME_NODE_LATER) {
            return due.thenApply(none -> choice(failed));
        }
        return due.thenCompose(none -> refresh()).thenCompose(none -> choose(fault));
    }

    private CompletableFuture<Void> refresh() {
        refreshed = true;
        context.routes().forget(query);
        return route().exceptionally(fault -> {
            // A directory that cannot be asked again does not hide the failure that made us ask.
            return null;
        });
    }

    private IicpException known(IicpException fault) {
        return fault.withError(fault.error().withAttempts(attempts).withTaskId(task.id()));
    }

    private IicpException outOfTime(IicpException fault) {
        return known(Faults.error(
                ErrorCode.TASK_TIMEOUT,
                "the time limit of the call passed after %d sends; the last one failed with %s"
                        .formatted(attempts.size(), fault.code()),
                fault));
    }

    private IicpException exhausted(IicpException fault) {
        if (attempts.size() <= 1 && !routedElsewhere()) {
            return known(fault);
        }
        return known(Faults.error(
                ErrorCode.NO_AVAILABLE_NODE,
                "all %d sends of the task failed; the last one, to node %s, with %s: %s"
                        .formatted(
                                attempts.size(),
                                attempts.get(attempts.size() - 1).node(),
                                fault.code(),
                                fault.getMessage()),
                fault));
    }

    private boolean routedElsewhere() {
        return routed && sends.size() > 1;
    }
}
