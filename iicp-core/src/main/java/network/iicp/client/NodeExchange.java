package network.iicp.client;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import network.iicp.crypto.ConfidentialRequest;
import network.iicp.crypto.TaskKey;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.EndpointRefusedException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskConstraints;
import network.iicp.protocol.wire.ErrorCodec;
import network.iicp.protocol.wire.LifecycleCodec;
import network.iicp.protocol.wire.LifecyclePaths;
import network.iicp.protocol.wire.TaskCodec;
import network.iicp.protocol.wire.TaskEnvelope;
import network.iicp.protocol.wire.TaskReply;
import network.iicp.protocol.wire.TaskReplyCodec;
import network.iicp.spi.RoutingEvent;
import network.iicp.transport.EndpointGuard;
import network.iicp.transport.EndpointScope;
import network.iicp.transport.HttpCall;
import network.iicp.transport.HttpReply;
import network.iicp.transport.HttpTransport;
import network.iicp.transport.Redirects;
import network.iicp.transport.SseReply;
import network.iicp.transport.TraceContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is said to a node: a task, sealed or in clear; a request to cancel; a look at its health. Thread-safe. */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class NodeExchange {

    private static final Logger log = LoggerFactory.getLogger(NodeExchange.class);
    private static final String TASK_PATH = "/v1/task";
    private static final Duration CANCEL_LIMIT = Duration.ofSeconds(2);
    private static final int UNAUTHORIZED = 401;
    private static final int SMALL_REPLY = 64 * 1024;
    private static final EndpointGuard PUBLIC = EndpointGuard.of(EndpointScope.PUBLIC, List.of());

    private final ClientSettings settings;
    private final HttpTransport transport;
    private final Redirects redirects;
    private final EndpointGuard guard;
    private final ConsumerContext context;
    private final JsonLimits limits;
    private final Cancels cancels;
    private final LearnedPaths learned = new LearnedPaths(System::nanoTime);

    NodeExchange(ConsumerContext context, HttpTransport transport) {
        this.context = context;
        this.settings = context.settings();
        this.transport = transport;
        this.cancels = new Cancels(transport, context.timer());
        this.guard = context.filter().guard();
        this.redirects = new Redirects(transport, Redirects.Rule.SAME_ORIGIN, guard);
        // A sealed answer is one long string, an embedding many numbers: the size of the answer is the bound that
        // counts.
        this.limits = JsonLimits.DEFAULT
                .withMaxBytes(settings.maxResponseBytes())
                .withMaxStringLength(settings.maxResponseBytes())
                .withMaxValues(Math.max(JsonLimits.DEFAULT.maxValues(), settings.maxResponseBytes() / 4));
    }

    /**
     * A task made ready for one node.
     *
     * @param task the task
     * @param node who gets it
     * @param sealed the sealed form, or {@code null} when it goes in clear
     * @param answerSealed whether the answer must be sealed
     * @param body the bytes to send
     * @param taskKey what allows to cancel it
     * @param withdrawal whether the node was asked to cancel it
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared, never shown
    record Prepared(
            Task task,
            NodeDescriptor node,
            @Nullable ConfidentialRequest sealed,
            boolean answerSealed,
            byte[] body,
            TaskKey taskKey,
            Withdrawal withdrawal) {
        boolean encrypted() {
            return sealed != null;
        }
    }

    /**
     * Seals the task to the node, or leaves it in clear where settings, scheme and scope allow that.
     *
     * @param streaming whether events are asked for
     * @param clearWanted whether the task may go in clear at all
     * @param subTask what makes it one of several tasks for the same question, or {@code null}
     * @throws IicpException if it must not go in clear and cannot be sealed
     */
    Prepared prepare(
            Task task,
            NodeDescriptor node,
            Deadline deadline,
            boolean streaming,
            boolean clearWanted,
            @Nullable SubTask subTask) {
        TaskConstraints bounds = task.constraints().withTimeout(nodeLimit(deadline));
        if (streaming) {
            bounds = bounds.withRequiredProfiles(List.of(Capability.SERVICE_LIFECYCLE));
        }
        Optional<ConfidentialityKey> key =
                node.key().filter(k -> k.isUsable(context.clock().instant()));
        TaskKey taskKey = TaskKey.generate(context.secureRandom());
        if (key.isEmpty()) {
            requireClearAllowed(node, clearWanted);
            TaskEnvelope envelope = TaskEnvelope.plain(task.id(), task.intent(), task.payload(), bounds)
                    .withAuthToken(settings.nodeCredential());
            return new Prepared(
                    task,
                    node,
                    null,
                    false,
                    Json.bytes(TaskCodec.encode(bound(envelope, subTask))),
                    taskKey,
                    new Withdrawal());
        }
        context.keys()
                .changed(node.id(), key.get())
                .ifPresent(before -> tellKeyChanged(task, node, before, KeyWatch.name(key.get())));
        ConfidentialRequest sealed = ConfidentialRequest.seal(
                key.get(), task.id(), task.intent(), Json.bytes(task.payload()), context.secureRandom());
        boolean answerSealed =
                streaming ? key.get().encryptsStreams() : key.get().encryptsResponses();
        TaskEnvelope envelope = TaskEnvelope.sealed(task.id(), task.intent(), sealed.envelope(), answerSealed, bounds)
                .withAuthToken(settings.nodeCredential());
        return new Prepared(
                task,
                node,
                sealed,
                answerSealed,
                Json.bytes(TaskCodec.encode(bound(envelope, subTask))),
                taskKey,
                new Withdrawal());
    }

    private static TaskEnvelope bound(TaskEnvelope envelope, @Nullable SubTask subTask) {
        return subTask == null ? envelope : envelope.withCooperation(subTask.cip(), subTask.trace());
    }

    private void tellKeyChanged(Task task, NodeDescriptor node, String before, String now) {
        log.warn(
                "node {} has the encryption key {} in place of {}; if that is unexpected, pin its key",
                node.prefix(),
                now,
                before);
        context.tell(new RoutingEvent.KeyChanged(task.id(), node.prefix(), before, now));
    }

    private static Duration nodeLimit(Deadline deadline) {
        Duration left = deadline.remaining();
        if (left.compareTo(TaskConstraints.MIN_TIMEOUT) < 0) {
            return TaskConstraints.MIN_TIMEOUT;
        }
        return left.compareTo(TaskConstraints.MAX_TIMEOUT) > 0 ? TaskConstraints.MAX_TIMEOUT : left;
    }

    /** In clear over http only to loopback or private endpoints: anyone on the way could read it. */
    private static void requireClearAllowed(NodeDescriptor node, boolean wanted) {
        boolean clearAllowed =
                wanted && ("https".equals(node.endpoint().getScheme()) || isLocalOrPrivate(node.endpoint()));
        if (!clearAllowed) {
            throw IicpException.of(IicpError.of(
                            ErrorCode.CX_REQUIRED,
                            ErrorComponent.CLIENT,
                            "node %s offers no usable encryption key".formatted(node.prefix()))
                    .withNode(node.prefix()));
        }
    }

    /** The own guard let the endpoint pass; one that a public mesh would refuse is on this machine or network. */
    private static boolean isLocalOrPrivate(URI endpoint) {
        try {
            PUBLIC.check(endpoint);
            return false;
        } catch (EndpointRefusedException e) {
            return true;
        }
    }

    /**
     * Sends the task and waits for its buffered answer. Cancelling the future aborts the exchange.
     *
     * @param unwanted whether the call is over already, asked right before sending
     */
    CompletableFuture<HttpReply> send(Prepared prepared, CallPlan plan, BooleanSupplier unwanted) {
        return authorized(
                prepared,
                plan.trace(),
                unwanted,
                token -> redirects.exchange(call(
                        prepared,
                        TASK_PATH,
                        "application/json",
                        plan,
                        plan.limits().idle(),
                        token)));
    }

    /**
     * Sends the task and opens its events.
     *
     * @param unwanted whether the call is over already, asked right before sending
     */
    CompletableFuture<SseReply> open(Prepared prepared, LifecyclePaths paths, CallPlan plan, BooleanSupplier unwanted) {
        return authorized(
                prepared,
                plan.trace(),
                unwanted,
                token -> transport.openEvents(call(
                        prepared,
                        paths.events(),
                        "text/event-stream",
                        plan,
                        plan.deadline().remaining(),
                        token)));
    }

    /**
     * Asks for the events of a task that was sent before.
     *
     * @param path where the node offers that
     * @param after number of the last event that is known, -1 for none
     */
    CompletableFuture<SseReply> attach(Prepared prepared, String path, long after, CallPlan plan) {
        URI uri = LifecyclePaths.under(
                prepared.node().endpoint(), path, prepared.task().id());
        return transport.openEvents(HttpCall.get(URI.create(uri + "?after=" + after))
                .header("Accept", "text/event-stream")
                .header("traceparent", plan.trace().traceparent())
                .header("X-IICP-Task-Secret", prepared.taskKey().secret())
                .deadline(plan.deadline())
                .connect(plan.limits().connect())
                .idle(plan.deadline().remaining())
                .maxBytes(settings.maxResponseBytes())
                .guard(guard)
                .build());
    }

    /** Returns the bounds of one event. */
    JsonLimits eventLimits() {
        return limits;
    }

    /**
     * Sends with the consumer token for the node, if tasks carry one. Cancelling the future ends whatever is under way; as
     * a call can end before its owner holds that future, it is asked once more when the token is there.
     */
    private <T> CompletableFuture<T> authorized(
            Prepared prepared,
            TraceContext trace,
            BooleanSupplier unwanted,
            Function<Optional<String>, CompletableFuture<T>> sending) {
        CompletableFuture<Optional<String>> token =
                context.tokens().of(prepared.node(), prepared.task().intent(), trace);
        if (token.isDone() && !token.isCompletedExceptionally() && !unwanted.getAsBoolean()) {
            return sending.apply(token.join());
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        token.whenComplete((shown, fault) -> {
            if (fault != null) {
                result.completeExceptionally(Faults.unwrap(fault));
            } else if (unwanted.getAsBoolean()) {
                result.cancel(false);
            } else if (!result.isDone()) {
                hand(sending.apply(shown), result);
            }
        });
        return result;
    }

    private static <T> void hand(CompletableFuture<T> exchange, CompletableFuture<T> result) {
        result.whenComplete((value, fault) -> {
            if (fault != null) {
                exchange.cancel(true);
            }
        });
        exchange.whenComplete((value, fault) -> {
            if (fault != null) {
                result.completeExceptionally(fault);
            } else if (!result.complete(value) && value instanceof SseReply unwanted) {
                unwanted.close();
            }
        });
    }

    /** The silence of streams is watched by who reads them, event by event. */
    private HttpCall call(
            Prepared prepared, String path, String accept, CallPlan plan, Duration idle, Optional<String> token) {
        Deadline deadline = plan.deadline();
        TraceContext trace = plan.trace();
        URI uri = LifecyclePaths.under(
                prepared.node().endpoint(), path, prepared.task().id());
        HttpCall.Builder call = HttpCall.post(uri)
                .body(prepared.body(), "application/json")
                .header("Accept", accept)
                .header("traceparent", trace.traceparent())
                .header("X-IICP-Task-Key", prepared.taskKey().key())
                .deadline(deadline)
                .connect(plan.limits().connect())
                .idle(idle)
                .maxBytes(settings.maxResponseBytes())
                .guard(guard);
        token.ifPresent(shown -> call.header(ConsumerTokens.HEADER, shown));
        return call.build();
    }

    /**
     * Reads a buffered answer, opening it if it is sealed.
     *
     * @throws IicpException if it is a failure in any form, or no answer to this task
     */
    TaskReply read(Prepared prepared, HttpReply reply) {
        return read(
                prepared,
                reply.status(),
                reply.body(),
                reply.header("retry-after").orElse(null));
    }

    TaskReply read(Prepared prepared, int status, byte[] bytes, @Nullable String retryAfter) {
        forgetRefusedToken(prepared, status);
        Instant now = context.clock().instant();
        String taskId = prepared.task().id();
        if (status < 400 && (status < 200 || status > 299)) {
            throw new ProtocolViolationException(IicpError.of(
                            ErrorCode.PROTOCOL_ERROR,
                            ErrorComponent.NODE,
                            "the node answered HTTP %d, which is no answer to a task".formatted(status))
                    .withTaskId(taskId));
        }
        Map<String, Object> body = parse(status, bytes, taskId);
        if (status < 400 && prepared.sealed() != null && prepared.answerSealed()) {
            Map<String, Object> sealed = TaskReplyCodec.sealedPart(body)
                    .orElseThrow(() -> IicpException.of(IicpError.of(
                                    ErrorCode.CX_RESPONSE_REQUIRED,
                                    ErrorComponent.CLIENT,
                                    "node %s answered in clear although the answer had to be encrypted"
                                            .formatted(prepared.node().prefix()))
                            .withTaskId(taskId)));
            body = parse(status, prepared.sealed().openResponse(sealed), taskId);
        }
        return TaskReplyCodec.decode(status, body, retryAfter, taskId, now);
    }

    /** Before the caller hears of the refusal, so that its next call asks for a new token. */
    private void forgetRefusedToken(Prepared prepared, int status) {
        if (status == UNAUTHORIZED) {
            context.tokens().forget(prepared.node(), prepared.task().intent());
        }
    }

    private Map<String, Object> parse(int status, byte[] bytes, String taskId) {
        try {
            return Json.parseObject(bytes, limits);
        } catch (JsonException e) {
            if (status >= 400) {
                // The status says enough; the body of an error need not be readable.
                return Map.of();
            }
            throw new ProtocolViolationException(
                    IicpError.of(
                                    ErrorCode.PROTOCOL_ERROR,
                                    ErrorComponent.NODE,
                                    "the node answered with something that is not a JSON object: " + e.getMessage())
                            .withTaskId(taskId),
                    e);
        }
    }

    /** Returns the failure that an answer other than an event stream holds. */
    IicpException refusal(Prepared prepared, int status, byte[] bytes, @Nullable String retryAfter) {
        forgetRefusedToken(prepared, status);
        if (status >= 400) {
            Map<String, Object> body = parse(status, bytes, prepared.task().id());
            return IicpException.of(ErrorCodec.decode(
                            status,
                            body,
                            retryAfter,
                            ErrorComponent.NODE,
                            context.clock().instant())
                    .withTaskId(prepared.task().id()));
        }
        return new ProtocolViolationException(IicpError.of(
                        ErrorCode.PROTOCOL_ERROR,
                        ErrorComponent.NODE,
                        "the node answered HTTP %d without an event stream".formatted(status))
                .withTaskId(prepared.task().id()));
    }

    /** Returns whether a node is asked for the events of a task, and not for a whole answer. */
    boolean canStream(NodeDescriptor node, Task task, boolean clearWanted) {
        if (!node.streams(task.intent())) {
            return false;
        }
        return node.key()
                .filter(key -> key.isUsable(context.clock().instant()))
                .map(ConfidentialityKey::encryptsStreams)
                .orElse(clearWanted);
    }

    /** Returns where the node offers events: from its capability, else from its health; empty when it offers none. */
    CompletableFuture<Optional<LifecyclePaths>> lifecyclePaths(NodeDescriptor node, Task task, Deadline deadline) {
        Optional<LifecyclePaths> known = knownPaths(node, task);
        if (known.isPresent()) {
            return CompletableFuture.completedFuture(known);
        }
        HttpCall health = HttpCall.get(LifecyclePaths.under(node.endpoint(), "/iicp/health", null))
                .header("Accept", "application/json")
                .deadline(deadline.within(settings.limits().connect()))
                .maxBytes(SMALL_REPLY)
                .guard(guard)
                .build();
        return transport.exchange(health).thenApply(reply -> {
            Optional<LifecyclePaths> found = reply.status() == 200
                    ? LifecyclePaths.fromHealth(parse(200, reply.body(), task.id()))
                    : Optional.empty();
            found.ifPresent(paths -> learned.put(node.endpoint(), paths));
            return found;
        });
    }

    private Optional<LifecyclePaths> knownPaths(NodeDescriptor node, Task task) {
        return advertisedPaths(node, task).or(() -> learned.get(node.endpoint()));
    }

    static Optional<LifecyclePaths> advertisedPaths(NodeDescriptor node, Task task) {
        return node.capabilities().stream()
                .filter(c -> c.intent().equals(task.intent()) && c.streams())
                .map(LifecyclePaths::fromCapability)
                .flatMap(Optional::stream)
                .findFirst();
    }

    /**
     * Tells the node to stop working on the task, where it offers that. Best effort: nobody waits for it.
     *
     * @param accepted whether the node has shown that it knows the task; if not, the request to cancel may be faster than the task, and is
     *     repeated
     */
    void cancel(Prepared prepared, TraceContext trace, boolean accepted) {
        knownPaths(prepared.node(), prepared.task()).ifPresent(paths -> prepared.withdrawal()
                .asked(cancels.send(
                        () -> cancelCall(prepared, paths, trace),
                        accepted,
                        prepared.node().prefix(),
                        prepared.task().id())));
    }

    private HttpCall cancelCall(Prepared prepared, LifecyclePaths paths, TraceContext trace) {
        return HttpCall.post(
                        paths.cancel(prepared.node().endpoint(), prepared.task().id()))
                .body(new byte[] {'{', '}'}, "application/json")
                .header("Accept", "application/json")
                .header("traceparent", trace.traceparent())
                .header("X-IICP-Task-Secret", prepared.taskKey().secret())
                .deadline(Deadline.after(CANCEL_LIMIT))
                .maxBytes(SMALL_REPLY)
                .guard(guard)
                .build();
    }

    /** Waits until the requests to cancel that are on their way were answered or failed, but no longer than the limit. */
    void awaitCancels(Duration limit) {
        if (!cancels.await(limit)) {
            log.debug("not every node answered a request to cancel within {} ms", limit.toMillis());
        }
    }

    /** Returns the sealed-event opener of a task, or {@code null} when its events come in clear. */
    static LifecycleCodec.@Nullable Opener opener(Prepared prepared) {
        ConfidentialRequest sealed = prepared.sealed();
        if (sealed == null || !prepared.answerSealed()) {
            return null;
        }
        return sealed::openEvent;
    }
}
