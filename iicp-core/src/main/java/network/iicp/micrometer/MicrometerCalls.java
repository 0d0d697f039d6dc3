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
    private static final String ABANDONED = "abandoned";

    private final ObservationRegistry registry;
    private final ObservedNames models = new ObservedNames(MOST_NAMES);
    private final ObservedNames intents = new ObservedNames(MOST_NAMES);
    private final Map<String, Call> calls = new ConcurrentHashMap<>();

    /** A call that is under way, and its sends that are. */
    private record Call(
            Observation observation,
            Map<String, String> headers,
            Map<String, Choice> choices,
            Map<String, Observation> attempts,
            Set<String> parts) {}

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
            endAttempt(call, failed.node(), ObservedOutcome.bounded(failed.code()));
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
        String operation = ObservedNames.operation(started.intent());
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
                        intents.bounded(started.intent()),
                        "iicp.streaming",
                        String.valueOf(started.streaming()),
                        ObservedOutcome.KEY,
                        ObservedOutcome.NONE))
                .highCardinalityKeyValue("iicp.task.id", started.taskId())
                .start();
        return new Call(
                observation,
                headers,
                new ConcurrentHashMap<>(),
                new ConcurrentHashMap<>(),
                ConcurrentHashMap.newKeySet());
    }

    private void send(Call call, RoutingEvent.Submitted submitted) {
        Choice choice = call.choices().getOrDefault(submitted.node(), new Choice(1, ObservedOutcome.NONE));
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
                        ObservedOutcome.KEY,
                        ObservedOutcome.NONE))
                .highCardinalityKeyValues(KeyValues.of(
                        KeyValue.of("iicp.node", submitted.node()),
                        KeyValue.of("iicp.attempt", String.valueOf(choice.attempt()))))
                .start();
        Observation before = call.attempts().put(submitted.node(), attempt);
        if (before != null) {
            ObservedOutcome.stop(before, ABANDONED);
        }
    }

    private static void endAttempt(Call call, String node, String outcome) {
        Observation attempt = call.attempts().remove(node);
        if (attempt != null) {
            ObservedOutcome.stop(attempt, outcome);
        }
    }

    private static void end(Call call, RoutingEvent.Ended ended) {
        call.attempts().values().forEach(attempt -> ObservedOutcome.stop(attempt, ABANDONED));
        Usage usage = ended.usage();
        Observation observation = call.observation();
        observation.highCardinalityKeyValue("iicp.attempts", String.valueOf(ended.attempts()));
        observation.highCardinalityKeyValue(
                "gen_ai.response.model", ended.model() == null ? ObservedOutcome.NONE : ended.model());
        observation.highCardinalityKeyValue("gen_ai.usage.input_tokens", count(usage.promptTokens()));
        observation.highCardinalityKeyValue("gen_ai.usage.output_tokens", count(usage.completionTokens()));
        ObservedOutcome.stop(observation, ObservedOutcome.bounded(ended.outcome()));
    }

    private static String count(@Nullable Integer tokens) {
        return tokens == null ? ObservedOutcome.NONE : tokens.toString();
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
