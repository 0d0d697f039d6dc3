package network.iicp.micrometer;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Usage;
import network.iicp.spi.RoutingEvent;
import network.iicp.spi.RoutingListener;
import network.iicp.spi.TraceSource;
import org.jspecify.annotations.Nullable;

/**
 * Observes the calls of a client with Micrometer: one observation for each call, as a child of the one that is current where the call is
 * made, and one below it for each send, those to several nodes at once too. Where tracing is set up, the requests to directories and nodes carry the trace of the call.
 * Give the same object to {@code IicpClient.Builder#listener} and {@code IicpClient.Builder#traceSource}. Thread-safe.
 *
 * <table>
 *   <caption>Observations</caption>
 *   <tr><th>name</th><th>low cardinality</th><th>high cardinality</th></tr>
 *   <tr><td>{@value #CALL}</td><td>{@code gen_ai.operation.name}, {@code gen_ai.provider.name}, {@code gen_ai.request.model},
 *     {@code iicp.intent}, {@code iicp.streaming}, {@code iicp.outcome}</td><td>{@code iicp.task.id}, {@code iicp.attempts},
 *     {@code gen_ai.response.model}, {@code gen_ai.usage.input_tokens}, {@code gen_ai.usage.output_tokens}</td></tr>
 *   <tr><td>{@value #ATTEMPT}</td><td>{@code iicp.attempt.reason}, {@code iicp.encrypted}, {@code iicp.streaming},
 *     {@code iicp.outcome}</td><td>{@code iicp.node}, {@code iicp.attempt}</td></tr>
 * </table>
 *
 * Intents of the application's own and models are told by name up to {@value #MOST_NAMES} of each, then as {@code other}.
 */
public final class MicrometerCalls implements RoutingListener, TraceSource {

    /** The observation of a call. */
    public static final String CALL = "iicp.client.call";

    /** The observation of a send. */
    public static final String ATTEMPT = "iicp.client.attempt";

    /** Most names of models, and most intents, that are told apart. */
    public static final int MOST_NAMES = 100;

    private static final String TRACEPARENT = "traceparent";
    private static final String TRACESTATE = "tracestate";
    private static final String OUTCOME = "iicp.outcome";
    private static final String NONE = "none";
    private static final String OTHER = "other";
    private static final String ABANDONED = "abandoned";
    private static final Map<Intent, String> OPERATIONS = Map.of(
            Intent.LLM_CHAT, "chat",
            Intent.LLM_COMPLETION, "text_completion",
            Intent.LLM_EMBEDDING, "embeddings",
            Intent.AUDIO_TRANSCRIBE, "transcription",
            Intent.AUDIO_SPEECH, "speech",
            Intent.SAFETY_MODERATE, "moderation");

    private final ObservationRegistry registry;
    private final Names models = new Names();
    private final Names intents = new Names();
    private final Map<String, Call> calls = new ConcurrentHashMap<>();

    /** Names that are told apart, up to a bound. */
    private static final class Names {

        private final Set<String> known = ConcurrentHashMap.newKeySet();

        String bounded(@Nullable String name) {
            if (name == null) {
                return NONE;
            }
            if (known.contains(name)) {
                return name;
            }
            if (known.size() >= MOST_NAMES) {
                return OTHER;
            }
            known.add(name);
            return name;
        }
    }

    /** A call that is under way, and its sends that are. */
    private record Call(
            Observation observation,
            Map<String, String> headers,
            Map<String, Choice> choices,
            Map<String, Observation> attempts,
            Set<String> parts) {}

    /** What tracing systems are told of a failure: its code. Messages may name addresses. */
    private static final class CallFailed extends RuntimeException {

        private static final long serialVersionUID = 1L;

        CallFailed(String code) {
            super(code, null, false, false);
        }
    }

    /** Why a node is about to be asked. */
    private record Choice(int attempt, String reason) {}

    /** Observes into a registry. */
    public MicrometerCalls(ObservationRegistry registry) {
        this.registry = Objects.requireNonNull(registry, "registry");
    }

    @Override
    public void onEvent(RoutingEvent event) {
        if (registry.isNoop()) {
            return;
        }
        if (event instanceof RoutingEvent.Started started) {
            calls.put(started.taskId(), begin(started));
            return;
        }
        Call call = calls.get(event.taskId());
        if (call == null) {
            return;
        }
        if (event instanceof RoutingEvent.Selected selected) {
            call.choices().put(selected.node().prefix(), new Choice(selected.attempt(), selected.reason()));
        } else if (event instanceof RoutingEvent.Submitted submitted) {
            send(call, submitted);
        } else if (event instanceof RoutingEvent.AttemptFailed failed) {
            endAttempt(call, failed.node(), outcome(failed.code()));
        } else if (event instanceof RoutingEvent.Answered answered) {
            endAttempt(call, answered.node(), RoutingEvent.Ended.SUCCESS);
        } else if (event instanceof RoutingEvent.GaveUp gone) {
            endAttempt(call, gone.node(), RoutingEvent.Ended.CANCELLED);
        } else if (event instanceof RoutingEvent.PartStarted started) {
            call.parts().add(started.part());
            calls.put(started.part(), call);
        } else if (event instanceof RoutingEvent.StreamStarted) {
            call.observation().event(Observation.Event.of("iicp.first.content"));
        } else if (event instanceof RoutingEvent.StaleRoutesUsed) {
            call.observation().event(Observation.Event.of("iicp.stale.routes"));
        } else if (event instanceof RoutingEvent.Ended ended) {
            calls.remove(ended.taskId());
            call.parts().forEach(calls::remove);
            end(call, ended);
        }
    }

    private Call begin(RoutingEvent.Started started) {
        Map<String, String> headers = new HashMap<>();
        SenderContext<Map<String, String>> context = new SenderContext<>(
                (carrier, name, value) -> {
                    if (carrier != null) {
                        carrier.put(name, value);
                    }
                },
                Kind.CLIENT);
        context.setCarrier(headers);
        context.setRemoteServiceName("iicp");
        String operation = OPERATIONS.getOrDefault(started.intent(), OTHER);
        Observation observation = Observation.createNotStarted(CALL, () -> context, registry)
                .contextualName(started.model() == null ? operation : operation + " " + started.model())
                .lowCardinalityKeyValues(KeyValues.of(
                        "gen_ai.operation.name",
                        operation,
                        "gen_ai.provider.name",
                        "iicp",
                        "gen_ai.request.model",
                        models.bounded(started.model()),
                        "iicp.intent",
                        intent(started.intent()),
                        "iicp.streaming",
                        String.valueOf(started.streaming()),
                        OUTCOME,
                        NONE))
                .highCardinalityKeyValue("iicp.task.id", started.taskId())
                .start();
        return new Call(
                observation,
                headers,
                new ConcurrentHashMap<>(),
                new ConcurrentHashMap<>(),
                ConcurrentHashMap.newKeySet());
    }

    private String intent(Intent intent) {
        return OPERATIONS.containsKey(intent) ? intent.urn() : intents.bounded(intent.urn());
    }

    private void send(Call call, RoutingEvent.Submitted submitted) {
        Choice choice = call.choices().getOrDefault(submitted.node(), new Choice(1, NONE));
        Observation attempt = Observation.createNotStarted(ATTEMPT, registry)
                .parentObservation(call.observation())
                .contextualName("iicp attempt " + choice.attempt())
                .lowCardinalityKeyValues(KeyValues.of(
                        "iicp.attempt.reason",
                        choice.reason(),
                        "iicp.encrypted",
                        String.valueOf(submitted.encrypted()),
                        "iicp.streaming",
                        String.valueOf(submitted.streaming()),
                        OUTCOME,
                        NONE))
                .highCardinalityKeyValues(KeyValues.of(
                        KeyValue.of("iicp.node", submitted.node()),
                        KeyValue.of("iicp.attempt", String.valueOf(choice.attempt()))))
                .start();
        Observation before = call.attempts().put(submitted.node(), attempt);
        if (before != null) {
            stop(before, ABANDONED);
        }
    }

    private static void endAttempt(Call call, String node, String outcome) {
        Observation attempt = call.attempts().remove(node);
        if (attempt != null) {
            stop(attempt, outcome);
        }
    }

    private static void end(Call call, RoutingEvent.Ended ended) {
        call.attempts().values().forEach(attempt -> stop(attempt, ABANDONED));
        Usage usage = ended.usage();
        Observation observation = call.observation();
        observation.highCardinalityKeyValue("iicp.attempts", String.valueOf(ended.attempts()));
        observation.highCardinalityKeyValue("gen_ai.response.model", ended.model() == null ? NONE : ended.model());
        observation.highCardinalityKeyValue("gen_ai.usage.input_tokens", count(usage.promptTokens()));
        observation.highCardinalityKeyValue("gen_ai.usage.output_tokens", count(usage.completionTokens()));
        stop(observation, outcome(ended.outcome()));
    }

    private static String count(@Nullable Integer tokens) {
        return tokens == null ? NONE : tokens.toString();
    }

    private static void stop(Observation observation, String outcome) {
        observation.lowCardinalityKeyValue(OUTCOME, outcome);
        if (ErrorCode.of(outcome).isPresent()) {
            observation.error(new CallFailed(outcome));
        }
        observation.stop();
    }

    private static String outcome(String word) {
        if (word.equals(RoutingEvent.Ended.SUCCESS) || word.equals(RoutingEvent.Ended.CANCELLED)) {
            return word;
        }
        return ErrorCode.of(word).map(ErrorCode::slug).orElse(OTHER);
    }

    @Override
    public @Nullable Headers headers(String taskId) {
        Call call = calls.get(taskId);
        if (call == null) {
            return null;
        }
        String traceparent = call.headers().get(TRACEPARENT);
        return traceparent == null
                ? null
                : new Headers(traceparent, call.headers().get(TRACESTATE));
    }
}
