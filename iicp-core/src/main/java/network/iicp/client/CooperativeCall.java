package network.iicp.client;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import network.iicp.client.cooperation.Aggregation;
import network.iicp.client.cooperation.CooperationGates;
import network.iicp.client.cooperation.CooperationPolicy;
import network.iicp.client.cooperation.CooperationRequest;
import network.iicp.client.cooperation.CoordinatorReceipt;
import network.iicp.client.cooperation.WorkerReceipts;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.wire.TaskReply;
import network.iicp.spi.RoutingEvent;
import org.jspecify.annotations.Nullable;

/**
 * One question, or its parts, to several workers at once, and one answer made of theirs. Workers have six tenths of the call's time. An answer that is
 * not bound to this call, or whose receipt does not fit it, counts as a failure of its worker, and another one is asked. The future completes with an
 * outcome whatever happens; only a cancel makes it fail.
 */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class CooperativeCall {

    private static final double WORKERS_SHARE = 0.6;
    private static final double TOO_BUSY = 0.8;

    private final ConsumerContext context;
    private final NodeExchange exchange;
    private final Cooperation cooperation;
    private final Task task;
    private final CallOptions options;
    private final CooperationRequest request;
    private final Deadline deadline;
    private final SubTask binding;
    private final List<CompletableFuture<Counted>> calls = new CopyOnWriteArrayList<>();
    private final CompletableFuture<CooperationOutcome> result = new CompletableFuture<>();

    /** A worker's answer that counts. */
    private record Counted(TaskResult answer, CoordinatorReceipt receipt) {}

    CooperativeCall(
            ConsumerContext context,
            NodeExchange exchange,
            Cooperation cooperation,
            Task task,
            CallOptions options,
            CooperationRequest request,
            Deadline deadline) {
        this.context = context;
        this.exchange = exchange;
        this.cooperation = cooperation;
        this.task = task;
        this.options = options;
        this.request = request;
        this.deadline = deadline;
        this.binding =
                new SubTask(task.id(), sessionKey(), context.trace(options).traceId());
    }

    private String sessionKey() {
        byte[] chance = new byte[16];
        context.secureRandom().nextBytes(chance);
        try {
            MessageDigest hash = MessageDigest.getInstance("SHA-256");
            hash.update(task.id().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash.digest(chance));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    CompletableFuture<CooperationOutcome> start() {
        result.whenComplete((outcome, fault) -> calls.forEach(call -> call.cancel(true)));
        CooperationGates.Verdict verdict = cooperation
                .gates()
                .judge(
                        task.intent(),
                        task.payload(),
                        request,
                        cooperation.local().isPresent());
        switch (verdict) {
            case REMOTE -> askWorkers();
            case LOCAL ->
                answerHere(Faults.error(ErrorCode.INTERNAL_ERROR, "the application gave no answer of its own"));
            default -> fail(refusal(verdict));
        }
        return result;
    }

    private IicpException refusal(CooperationGates.Verdict verdict) {
        return switch (verdict) {
            case OFF ->
                Faults.error(ErrorCode.INVALID_CONFIG, "cooperation is off; turn it on in the client's settings");
            case TOO_EXPENSIVE ->
                Faults.error(
                        ErrorCode.CREDITS_INSUFFICIENT,
                        "%d answers may cost more credits than the settings allow".formatted(request.replicas()));
            case TOO_MANY ->
                Faults.error(
                        ErrorCode.INVALID_CONFIG,
                        "%d workers are wanted, and the settings allow %d"
                                .formatted(
                                        request.replicas(),
                                        cooperation.settings().maxReplicas()));
            case SENSITIVE ->
                Faults.error(
                        ErrorCode.ROUTING_POLICY,
                        "the question is sensitive and must not leave this process; nothing was sent");
            default ->
                Faults.error(ErrorCode.ROUTING_POLICY, "%s is none that workers may execute".formatted(task.intent()));
        };
    }

    // ---- workers

    private void askWorkers() {
        Selector selector = new Selector(context, task, options, node -> true);
        context.timer()
                .apart(context.routes().find(selector.query(false, true), deadline, context.trace(options)))
                .whenComplete((routes, fault) -> guarded(() -> {
                    if (fault != null) {
                        withoutWorkers(Faults.typed(fault));
                    } else {
                        dispatch(selector, routes);
                    }
                }));
    }

    /** A defect in a callback must end the call, not leave its caller waiting. */
    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            fail(Faults.typed(e));
        }
    }

    private void dispatch(Selector selector, Routes routes) {
        Selector.Selection selection = selector.select(routes, null, this::unfit);
        int eligible = selection.ordered().size();
        if (eligible < request.replicas()) {
            IicpException few = Faults.error(
                    ErrorCode.NOT_ENOUGH_WORKERS,
                    "%d workers are needed, and %d of %d nodes may be asked"
                            .formatted(
                                    request.replicas(), eligible, routes.nodes().size()));
            withoutWorkers(few.withError(few.error()
                    .withTaskId(task.id())
                    .withLeftOut(selection.leftOut().stream()
                            .map(Selector.Rejected::toLeftOut)
                            .toList())));
            return;
        }
        Duration share = Duration.ofNanos((long) (deadline.remaining().toNanos() * WORKERS_SHARE));
        Lane first = Lane.of(this::unfit, binding);
        for (int i = 0; i < request.replicas(); i++) {
            ask(i, first.another(), Deadline.after(share));
        }
        CompletableFuture.allOf(calls.toArray(CompletableFuture<?>[]::new))
                .whenComplete((none, fault) -> guarded(this::decide));
    }

    private @Nullable String unfit(NodeDescriptor node) {
        var settings = cooperation.settings();
        if (!settings.trustedPeers().isEmpty() && !settings.trustedPeers().contains(node.id())) {
            return "not_a_trusted_peer";
        }
        if (node.load() != null && node.load() >= TOO_BUSY) {
            return "worker_too_busy";
        }
        double reputation = node.reputation() == null ? 0 : node.reputation();
        return reputation < settings.minReputation() ? "reputation_too_low" : null;
    }

    private void ask(int place, Lane lane, Deadline workersDeadline) {
        Map<String, Object> payload = request.policy() == CooperationPolicy.MAP_REDUCE
                ? request.chunk(place).payload()
                : task.payload();
        Task own = new Task(UUID.randomUUID().toString(), task.intent(), payload, task.constraints());
        context.tell(new RoutingEvent.PartStarted(task.id(), own.id()));
        calls.add(new BufferedCall<>(context, exchange, own, options, workersDeadline, lane, this::counted).start());
    }

    /** A worker that is asked once more may get its task under a new id: what counts is the one it answered. */
    private Counted counted(TaskReply reply, TaskResult answer) {
        WorkerReceipts.Binding expected =
                new WorkerReceipts.Binding(reply.taskId(), binding.parentTaskId(), binding.sessionKey());
        cooperation
                .receipts()
                .rejection(expected, reply.result(), reply.trace(), reply.receipt())
                .ifPresent(reason -> {
                    throw new ProtocolViolationException(IicpError.of(
                                    ErrorCode.PROTOCOL_ERROR,
                                    ErrorComponent.NODE,
                                    "the worker's answer does not count: " + reason)
                            .withTaskId(reply.taskId()));
                });
        Map<String, Object> receipt = reply.receipt() == null ? Map.of() : reply.receipt();
        long tokens = Cooperation.tokens(receipt);
        cooperation.gates().spend(tokens);
        cooperation.settle(receipt);
        return new Counted(
                answer,
                CoordinatorReceipt.of(
                        binding.sessionKey(),
                        reply.taskId(),
                        String.valueOf(receipt.get("worker_node_id")),
                        tokens,
                        context.clock().instant(),
                        String.valueOf(receipt.get("nonce"))));
    }

    // ---- one answer of several

    private void decide() {
        long start = System.nanoTime();
        List<Counted> counted = calls.stream()
                .filter(call -> !call.isCompletedExceptionally())
                .map(CompletableFuture::join)
                .toList();
        List<TaskResult> answers = counted.stream().map(Counted::answer).toList();
        List<CoordinatorReceipt> receipts =
                counted.stream().map(Counted::receipt).toList();
        if (answers.isEmpty()) {
            withoutWorkers(timedOut());
            return;
        }
        var chosen =
                request.choose(answers, task.payload(), cooperation.settings().equality());
        long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
        String worker = chosen.map(c -> c.answer().provenance().node()).orElse(null);
        Aggregation how = aggregation(
                answers.size(), worker, millis, chosen.map(c -> c.votes()).orElse(0));
        if (chosen.isPresent()) {
            result.complete(new CooperationOutcome(chosen.get().answer(), answers, null, how, receipts, false));
        } else {
            result.complete(new CooperationOutcome(null, answers, undecided(answers.size()), how, receipts, false));
        }
    }

    private IicpException undecided(int answered) {
        IicpException fault = request.policy() == CooperationPolicy.MAP_REDUCE
                ? Faults.error(
                        ErrorCode.NO_AVAILABLE_NODE,
                        "%d of %d parts were answered; a part that is missing fails the whole"
                                .formatted(answered, request.replicas()))
                : Faults.error(
                        ErrorCode.NO_CONSENSUS,
                        "no %d of %d answers agree".formatted(request.effectiveQuorum(), answered));
        return fault.withError(fault.error().withTaskId(task.id()));
    }

    private IicpException timedOut() {
        IicpException last = calls.stream()
                .map(call -> Faults.typed(call.handle((answer, fault) -> fault).join()))
                .reduce((a, b) -> b)
                .orElseThrow();
        IicpError error = IicpError.of(
                ErrorCode.TASK_TIMEOUT,
                ErrorComponent.CLIENT,
                "no worker answered in a way that counts; the last one failed with %s: %s"
                        .formatted(last.code(), last.getMessage()));
        return IicpException.of(
                new IicpError(
                        error.code(),
                        "IICP-E024",
                        error.message(),
                        error.component(),
                        true,
                        504,
                        null,
                        task.id(),
                        null,
                        last.attempts(),
                        last.leftOut()),
                last);
    }

    private Aggregation aggregation(int answered, @Nullable String worker, long millis, int votes) {
        return new Aggregation(
                request.policy(), calls.size(), answered, worker, millis, votes, request.effectiveQuorum());
    }

    // ---- without workers

    private void withoutWorkers(IicpException fault) {
        if (cooperation.local().isPresent()) {
            answerHere(fault);
        } else {
            fail(fault);
        }
    }

    private void answerHere(IicpException otherwise) {
        cooperation
                .local()
                .orElseThrow()
                .apply(task)
                .whenComplete((answer, fault) -> guarded(() -> {
                    if (answer == null) {
                        fail(fault == null ? otherwise : Faults.typed(fault));
                    } else {
                        result.complete(new CooperationOutcome(
                                answer, List.of(answer), null, aggregation(0, null, 0, 0), List.of(), true));
                    }
                }));
    }

    private void fail(IicpException fault) {
        IicpException named = fault.withError(fault.error().withTaskId(task.id()));
        result.complete(new CooperationOutcome(null, List.of(), named, aggregation(0, null, 0, 0), List.of(), false));
    }
}
