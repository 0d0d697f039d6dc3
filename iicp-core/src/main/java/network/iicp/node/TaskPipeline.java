package network.iicp.node;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.IntentRisk;
import network.iicp.protocol.Quoted;
import network.iicp.protocol.cooperation.SubTask;
import network.iicp.protocol.wire.CooperationCodec;
import network.iicp.protocol.wire.TaskCodec;
import network.iicp.protocol.wire.TaskEnvelope;
import network.iicp.transport.EventStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one way of every task into the node, whatever carried it. The order of the checks is part of the contract:
 *
 * <pre>
 * boundary (the carrier: size, encoding) ▸ stopping ▸ rate        {@link #preflight}, before the body is read
 * ▸ parse and validate ▸ risk, tools, intent, profiles ▸ authorise ▸ sub-task
 * ▸ sent before?                                                  {@link #process}
 * ▸ quota ▸ engine there ▸ capacity ▸ open ▸ payload gates ▸ handler      {@link Executions}
 * </pre>
 *
 * Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class TaskPipeline {

    private static final Logger log = LoggerFactory.getLogger(TaskPipeline.class);
    private static final int MOST_READERS = 4;

    private final Supplier<NodeState> state;
    private final RateLimits rates;
    private final JsonLimits jsonLimits;
    private final Offers offers;
    private final CooperationGate cooperation;
    private final Authorizer authorizer;
    private final ReplyCache replies;
    private final Executions executions;
    private final Answers answers;
    private final Streams streams;
    private final NodeEvents events;

    TaskPipeline(
            Supplier<NodeState> state,
            RateLimits rates,
            JsonLimits jsonLimits,
            Offers offers,
            CooperationGate cooperation,
            Authorizer authorizer,
            ReplyCache replies,
            Executions executions,
            Answers answers,
            Streams streams,
            NodeEvents events) {
        this.state = state;
        this.rates = rates;
        this.jsonLimits = jsonLimits;
        this.offers = offers;
        this.cooperation = cooperation;
        this.authorizer = authorizer;
        this.replies = replies;
        this.executions = executions;
        this.answers = answers;
        this.streams = streams;
        this.events = events;
    }

    /**
     * Checks what can be checked without the body.
     *
     * @throws IicpException if the node is stopping, or the caller comes too often
     */
    void preflight(InboundTask.Source source) {
        NodeState now = state.get();
        if (now == NodeState.DRAINING || now == NodeState.STOPPED) {
            throw Unavailable.stopping();
        }
        rates.count(source.origin(), source.address());
    }

    /** Takes a task whose body has arrived, and sees to its answer. Returns when its handler has ended, or without one. */
    void process(InboundTask inbound, Carrier carrier) {
        String taskId = null;
        TaskEnvelope envelope = null;
        try {
            Map<String, Object> body = parse(inbound.body());
            taskId = claimedId(body);
            envelope = TaskCodec.decode(body);
            admit(inbound, envelope, CooperationCodec.subTask(body).orElse(null), carrier);
        } catch (IicpException e) {
            refuse(carrier, Failures.ofNode(e).withTaskId(taskId), envelope);
        } catch (RuntimeException | Error e) {
            // Errors as well: whoever sent the task waits for an answer.
            log.error("task {} could not be admitted", taskId, e);
            IicpError error =
                    IicpError.of(ErrorCode.INTERNAL_ERROR, ErrorComponent.NODE, "the node failed to take this task");
            refuse(carrier, error.withTaskId(taskId), envelope);
        }
    }

    /** Answers a task that never got so far as to be parsed. */
    void refuse(Carrier carrier, IicpException refusal) {
        refuse(carrier, Failures.ofNode(refusal), null);
    }

    private void refuse(Carrier carrier, IicpError error, @Nullable TaskEnvelope envelope) {
        log.debug("task {} is refused: {}", error.taskId(), error.code());
        events.tell(new NodeEvent.TaskRefused(error.code()));
        carrier.answer(
                answers.failure(
                        error, envelope == null ? null : envelope.constraints().qos(), null),
                Carrier.Replay.FIRST);
    }

    private Map<String, Object> parse(byte[] body) {
        try {
            return Json.parseObject(body, jsonLimits);
        } catch (JsonException e) {
            ErrorCode code =
                    switch (e.reason()) {
                        case TOO_LARGE -> ErrorCode.REQUEST_TOO_LARGE;
                        case NOT_AN_OBJECT -> ErrorCode.VALIDATION_ERROR;
                        default -> ErrorCode.INVALID_HTTP_BODY;
                    };
            throw Refusal.of(code, "the body of the task cannot be read: %s".formatted(e.getMessage()));
        }
    }

    /** The id is repeated in refusals only if it is one; anything else would echo what a stranger wrote. */
    private static @Nullable String claimedId(Map<String, Object> body) {
        return body.get("task_id") instanceof String id && network.iicp.protocol.Task.isValidId(id) ? id : null;
    }

    private void admit(InboundTask inbound, TaskEnvelope envelope, @Nullable SubTask subTask, Carrier carrier) {
        IntentRisk.requireAllowed(envelope.intent(), ErrorComponent.NODE);
        cooperation.requireToolsAllowed(envelope.intent());
        offers.requireServed(envelope.intent());
        requireProfiles(envelope);
        if (envelope.encryptResponse() && !envelope.isConfidential()) {
            throw Refusal.of(
                    ErrorCode.CX_RESPONSE_UNAVAILABLE,
                    "an encrypted answer needs an encrypted task; send iicp_conf instead of payload");
        }
        Caller caller = authorizer.identify(inbound.credentials(), envelope.authToken(), envelope.intent());
        offers.requireAllowed(envelope.intent(), caller);
        if (subTask != null) {
            requireSubTaskAllowed(envelope, caller.account(inbound.source()), carrier);
        }
        Digest digest = Digest.of(inbound.path(), inbound.body());
        ReplyCache.Claim claim = replies.claim(envelope.taskId(), digest);
        if (claim instanceof ReplyCache.Claim.Fresh fresh) {
            executions.run(new Admitted(inbound, envelope, subTask, caller, carrier, fresh.entry(), digest));
        } else if (claim instanceof ReplyCache.Claim.Known known) {
            replay(envelope, known.answer(), carrier);
        } else {
            throw conflict(envelope.taskId(), ((ReplyCache.Claim.Conflict) claim).sameRequest());
        }
    }

    /** Its answer carries a receipt, which events have no member for. */
    private void requireSubTaskAllowed(TaskEnvelope envelope, @Nullable String source, Carrier carrier) {
        cooperation.requireAllowed(envelope.intent(), source);
        if (carrier.streaming()) {
            throw Refusal.of(ErrorCode.VALIDATION_ERROR, "a sub-task is answered as a whole; send it to /v1/task");
        }
    }

    private void requireProfiles(TaskEnvelope envelope) {
        Set<String> supported = offers.profiles(envelope.intent());
        for (String profile : envelope.constraints().requiredProfiles()) {
            if (!supported.contains(profile)) {
                throw Refusal.of(
                        ErrorCode.UNSUPPORTED_PROFILE,
                        "this node does not support the required profile %s for %s"
                                .formatted(Quoted.of(profile), envelope.intent().urn()));
            }
        }
    }

    private static IicpException conflict(String taskId, boolean sameRequest) {
        String why = sameRequest
                ? "task %s was sent too often while it is being executed; wait for its answer"
                : "task id %s was used for another request; use a new one";
        return Refusal.of(ErrorCode.CONFLICT, why.formatted(taskId));
    }

    private void replay(TaskEnvelope envelope, CompletableFuture<StoredReply> answer, Carrier carrier) {
        log.debug("task {} was sent before; its answer is repeated", envelope.taskId());
        answer.whenComplete((reply, failure) -> {
            if (reply instanceof StoredReply.Whole whole) {
                carrier.answer(whole, Carrier.Replay.REPLAYED);
            } else if (reply instanceof StoredReply.Events recorded) {
                watch(envelope, recorded.log(), carrier);
            }
        });
    }

    private void watch(TaskEnvelope envelope, EventLog log, Carrier carrier) {
        EventDelivery delivery = streams.delivery();
        Optional<EventLog.Reader> reader = log.watch(MOST_READERS, delivery::wake);
        if (reader.isEmpty()) {
            IicpException gone = Refusal.of(
                    ErrorCode.CONFLICT,
                    "the first events of task %s are no longer kept; attach to it with its secret"
                            .formatted(envelope.taskId()));
            refuse(carrier, Failures.ofNode(gone).withTaskId(envelope.taskId()), envelope);
            return;
        }
        EventStream stream = carrier.accept(Carrier.Replay.REPLAYED);
        carrier.onGone(delivery::gone);
        delivery.start(stream, reader.get());
    }
}
