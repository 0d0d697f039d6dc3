package network.iicp.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.micrometer.observation.transport.SenderContext;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.Usage;
import network.iicp.spi.RoutingEvent;
import network.iicp.spi.TraceSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MicrometerCallsTest {

    private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private final TestObservationRegistry registry = TestObservationRegistry.create();
    private final List<Observation.Context> started = new ArrayList<>();
    private final List<Observation.Context> stopped = new ArrayList<>();
    private final MicrometerCalls calls = new MicrometerCalls(registry);

    @BeforeEach
    void collect() {
        registry.observationConfig().observationHandler(new ObservationHandler<>() {
            @Override
            public void onStart(Observation.Context context) {
                started.add(context);
            }

            @Override
            public void onStop(Observation.Context context) {
                stopped.add(context);
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
    }

    private static NodeDescriptor node(String id) {
        URI endpoint = URI.create("http://127.0.0.1:9");
        return new NodeDescriptor(
                id, endpoint, 1, true, null, null, List.of(), List.of(), null, null, null, List.of(), Map.of());
    }

    private void begin(String task, Intent intent, String model) {
        calls.onEvent(new RoutingEvent.Started(task, intent, model, false));
    }

    private void send(String task, String node, int attempt, String reason) {
        calls.onEvent(new RoutingEvent.Selected(task, node(node), attempt, reason));
        calls.onEvent(new RoutingEvent.Submitted(task, NodeDescriptor.prefixOf(node), true, false));
    }

    private void end(String task, String outcome) {
        calls.onEvent(new RoutingEvent.Ended(
                task, Intent.LLM_CHAT, outcome, Duration.ofMillis(5), 2, "llama", Usage.of(3, 4)));
    }

    private static String tag(Observation.ContextView context, String key) {
        return Objects.requireNonNull(context.getLowCardinalityKeyValue(key)).getValue();
    }

    @Test
    void a_call_and_its_sends_are_observations_with_words_of_the_protocol() {
        begin("t1", Intent.LLM_CHAT, "llama3");
        send("t1", "node-one", 1, "first_choice");
        calls.onEvent(new RoutingEvent.AttemptFailed("t1", "node-one", "backend_error", Duration.ZERO, null));
        send("t1", "node-two", 2, "failover");
        calls.onEvent(new RoutingEvent.Answered("t1", "node-two", Duration.ZERO));
        end("t1", "success");

        TestObservationRegistryAssert.assertThat(registry)
                .doesNotHaveAnyRemainingCurrentObservation()
                .hasNumberOfObservationsWithNameEqualTo(MicrometerCalls.ATTEMPT, 2)
                .hasObservationWithNameEqualTo(MicrometerCalls.CALL)
                .that()
                .hasBeenStarted()
                .hasBeenStopped()
                .hasContextualNameEqualTo("chat llama3")
                .hasLowCardinalityKeyValue("gen_ai.operation.name", "chat")
                .hasLowCardinalityKeyValue("gen_ai.provider.name", "iicp")
                .hasLowCardinalityKeyValue("gen_ai.request.model", "llama3")
                .hasLowCardinalityKeyValue("iicp.intent", Intent.LLM_CHAT.urn())
                .hasLowCardinalityKeyValue("iicp.streaming", "false")
                .hasLowCardinalityKeyValue("iicp.outcome", "success")
                .hasHighCardinalityKeyValue("iicp.task.id", "t1")
                .hasHighCardinalityKeyValue("iicp.attempts", "2")
                .hasHighCardinalityKeyValue("gen_ai.response.model", "llama")
                .hasHighCardinalityKeyValue("gen_ai.usage.input_tokens", "3")
                .hasHighCardinalityKeyValue("gen_ai.usage.output_tokens", "4")
                .doesNotHaveError();
        TestObservationRegistryAssert.assertThat(registry)
                .hasAnObservation(one -> one.hasNameEqualTo(MicrometerCalls.ATTEMPT)
                        .hasLowCardinalityKeyValue("iicp.outcome", "backend_error")
                        .hasLowCardinalityKeyValue("iicp.attempt.reason", "first_choice")
                        .hasHighCardinalityKeyValue("iicp.node", "node-one"))
                .hasAnObservation(one -> one.hasNameEqualTo(MicrometerCalls.ATTEMPT)
                        .hasLowCardinalityKeyValue("iicp.outcome", "success")
                        .hasLowCardinalityKeyValue("iicp.attempt.reason", "failover")
                        .hasHighCardinalityKeyValue("iicp.attempt", "2"));
        assertThat(stopped).containsExactlyInAnyOrderElementsOf(started).hasSize(3);
        assertThat(started.subList(1, 3)).allSatisfy(attempt -> assertThat(
                        Objects.requireNonNull(attempt.getParentObservation()).getContextView())
                .isSameAs(started.get(0)));
    }

    @Test
    void a_call_is_a_child_of_what_is_observed_where_it_is_made() {
        Observation outer = Observation.start("outer", registry);
        outer.scoped(() -> begin("t1", Intent.LLM_EMBEDDING, null));
        end("t1", "no_available_node");
        outer.stop();

        TestObservationRegistryAssert.assertThat(registry)
                .hasObservationWithNameEqualTo(MicrometerCalls.CALL)
                .that()
                .hasParentObservationEqualTo(outer)
                .hasContextualNameEqualTo("embeddings")
                .hasLowCardinalityKeyValue("gen_ai.request.model", "none")
                .hasLowCardinalityKeyValue("iicp.outcome", "no_available_node")
                .hasError();
    }

    @Test
    void a_send_that_was_given_up_ends_with_its_call() {
        begin("t1", Intent.LLM_CHAT, null);
        send("t1", "node-one", 1, "first_choice");
        end("t1", "cancelled");

        TestObservationRegistryAssert.assertThat(registry)
                .hasObservationWithNameEqualTo(MicrometerCalls.ATTEMPT)
                .that()
                .hasLowCardinalityKeyValue("iicp.outcome", "abandoned")
                .hasBeenStopped()
                .doesNotHaveError();
    }

    @Test
    void the_headers_are_those_that_tracing_put_there() {
        registry.observationConfig().observationHandler(new Propagation());

        begin("t1", Intent.LLM_CHAT, null);

        assertThat(calls.headers("t1")).isEqualTo(new TraceSource.Headers(TRACE, "vendor=1"));
        assertThat(calls.headers("unknown")).isNull();
        end("t1", "success");
        assertThat(calls.headers("t1")).as("after the end").isNull();
    }

    @Test
    void without_tracing_there_are_no_headers_and_without_observations_nothing_is_kept() {
        begin("t1", Intent.LLM_CHAT, null);
        assertThat(calls.headers("t1")).isNull();

        MicrometerCalls off = new MicrometerCalls(ObservationRegistry.NOOP);
        off.onEvent(new RoutingEvent.Started("t2", Intent.LLM_CHAT, null, false));
        assertThat(off.headers("t2")).isNull();
    }

    @Test
    void names_that_callers_choose_are_bounded() {
        for (int i = 0; i < MicrometerCalls.MOST_NAMES + 20; i++) {
            begin("t" + i, Intent.parse("urn:iicp:intent:x.acme:job-" + i + ":v1"), "model-" + i);
        }

        assertThat(started.stream()
                        .map(context -> tag(context, "gen_ai.request.model"))
                        .distinct())
                .hasSize(MicrometerCalls.MOST_NAMES + 1)
                .contains("other");
        assertThat(started.stream().map(context -> tag(context, "iicp.intent")).distinct())
                .hasSize(MicrometerCalls.MOST_NAMES + 1)
                .contains("other");
    }

    /** Does what a tracing library does for outgoing requests. */
    private static final class Propagation implements ObservationHandler<SenderContext<Object>> {
        @Override
        public void onStart(SenderContext<Object> context) {
            context.getSetter().set(context.getCarrier(), "traceparent", TRACE);
            context.getSetter().set(context.getCarrier(), "tracestate", "vendor=1");
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return context instanceof SenderContext<?>;
        }
    }

    @Test
    void keys_are_the_documented_ones() {
        begin("t1", Intent.LLM_CHAT, null);
        send("t1", "node-one", 1, "first_choice");
        calls.onEvent(new RoutingEvent.Answered("t1", "node-one", Duration.ZERO));
        end("t1", "success");

        assertThat(started).hasSize(2).allSatisfy(context -> assertThat(
                        context.getLowCardinalityKeyValues().stream().map(KeyValue::getKey))
                .isSubsetOf(
                        "gen_ai.operation.name",
                        "gen_ai.provider.name",
                        "gen_ai.request.model",
                        "iicp.intent",
                        "iicp.streaming",
                        "iicp.outcome",
                        "iicp.attempt.reason",
                        "iicp.encrypted"));
    }
}
