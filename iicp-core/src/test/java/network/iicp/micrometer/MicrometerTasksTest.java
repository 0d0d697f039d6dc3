package network.iicp.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.micrometer.observation.transport.ReceiverContext;
import io.micrometer.observation.transport.SenderContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import network.iicp.node.NodeEvent;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Qos;
import network.iicp.spi.TraceSource;
import network.iicp.transport.TraceContext;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MicrometerTasksTest {

    private static final String CONSUMER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private static final String OURS = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";

    private final TestObservationRegistry registry = TestObservationRegistry.create();
    private final MicrometerTasks tasks = new MicrometerTasks(registry);

    private void start(String task, Intent intent) {
        tasks.onEvent(new NodeEvent.TaskStarted(
                task,
                intent,
                true,
                false,
                Qos.INTERACTIVE,
                TraceContext.parse(CONSUMER, "vendor=1").orElseThrow()));
    }

    private void engineEnds() {
        tasks.onEvent(new NodeEvent.EngineEnded(Intent.LLM_CHAT, Duration.ofMillis(2)));
    }

    private void end(String task, String outcome) {
        tasks.onEvent(new NodeEvent.TaskEnded(
                task, Intent.LLM_CHAT, outcome, Duration.ofMillis(5), 7, true, false, Qos.INTERACTIVE));
    }

    @Test
    void a_task_and_the_work_of_its_engine_are_observations_and_the_work_is_current_meanwhile() {
        start("t1", Intent.LLM_CHAT);
        Observation current = Objects.requireNonNull(registry.getCurrentObservation());
        assertThat(current.getContextView().getName()).isEqualTo(MicrometerTasks.ENGINE);
        engineEnds();
        assertThat(registry.getCurrentObservation()).isNull();
        end("t1", "success");

        TestObservationRegistryAssert.assertThat(registry)
                .doesNotHaveAnyRemainingCurrentObservation()
                .hasObservationWithNameEqualTo(MicrometerTasks.TASK)
                .that()
                .hasBeenStopped()
                .hasContextualNameEqualTo("iicp task chat")
                .hasLowCardinalityKeyValue("gen_ai.operation.name", "chat")
                .hasLowCardinalityKeyValue("iicp.intent", Intent.LLM_CHAT.urn())
                .hasLowCardinalityKeyValue("iicp.encrypted", "true")
                .hasLowCardinalityKeyValue("iicp.streaming", "false")
                .hasLowCardinalityKeyValue("iicp.qos", "interactive")
                .hasLowCardinalityKeyValue("iicp.outcome", "success")
                .hasHighCardinalityKeyValue("iicp.task.id", "t1")
                .doesNotHaveError();
        TestObservationRegistryAssert.assertThat(registry)
                .hasObservationWithNameEqualTo(MicrometerTasks.ENGINE)
                .that()
                .hasBeenStopped()
                .hasLowCardinalityKeyValue("gen_ai.operation.name", "chat");
        assertThat(Objects.requireNonNull(current.getContextView().getParentObservation())
                        .getContextView()
                        .getName())
                .isEqualTo(MicrometerTasks.TASK);
    }

    @Test
    void a_task_that_ends_before_its_engine_does_carries_its_code_and_the_work_ends_later() {
        start("t1", Intent.LLM_CHAT);
        end("t1", "task_timeout");

        TestObservationRegistryAssert.assertThat(registry)
                .hasObservationWithNameEqualTo(MicrometerTasks.TASK)
                .that()
                .hasBeenStopped()
                .hasLowCardinalityKeyValue("iicp.outcome", "task_timeout")
                .hasError();
        TestObservationRegistryAssert.assertThat(registry)
                .hasObservationWithNameEqualTo(MicrometerTasks.ENGINE)
                .that()
                .isNotStopped();

        engineEnds();

        TestObservationRegistryAssert.assertThat(registry)
                .doesNotHaveAnyRemainingCurrentObservation()
                .hasObservationWithNameEqualTo(MicrometerTasks.ENGINE)
                .that()
                .hasBeenStopped();
    }

    @Test
    void tracing_is_given_the_trace_of_the_consumer_and_gives_the_one_for_the_engine() {
        List<String> received = new ArrayList<>();
        registry.observationConfig().observationHandler(new Tracing(received));

        start("t1", Intent.LLM_CHAT);

        assertThat(received).containsExactly(CONSUMER, "vendor=1");
        assertThat(tasks.headers("t1")).isEqualTo(new TraceSource.Headers(OURS, null));
        engineEnds();
        assertThat(tasks.headers("t1")).as("after the work").isNull();
    }

    @Test
    void without_tracing_there_are_no_headers_and_without_observations_nothing_is_kept() {
        start("t1", Intent.LLM_CHAT);
        assertThat(tasks.headers("t1")).isNull();
        engineEnds();

        MicrometerTasks off = new MicrometerTasks(ObservationRegistry.NOOP);
        off.onEvent(new NodeEvent.TaskStarted("t2", Intent.LLM_CHAT, true, true, Qos.BEST_EFFORT, null));
        off.onEvent(new NodeEvent.EngineEnded(Intent.LLM_CHAT, Duration.ZERO));
        assertThat(off.headers("t2")).isNull();
    }

    @Test
    void intents_of_the_application_are_bounded() {
        List<String> told = new ArrayList<>();
        for (int i = 0; i < MicrometerCalls.MOST_NAMES + 20; i++) {
            start("t" + i, Intent.parse("urn:iicp:intent:x.acme:job-" + i + ":v1"));
            told.add(Objects.requireNonNull(Objects.requireNonNull(registry.getCurrentObservation())
                            .getContextView()
                            .getLowCardinalityKeyValue("iicp.intent"))
                    .getValue());
            engineEnds();
            end("t" + i, "success");
        }

        assertThat(told.stream().distinct())
                .hasSize(MicrometerCalls.MOST_NAMES + 1)
                .contains("other");
    }

    /** Does what a tracing library does: reads what comes in, writes what goes out. */
    private record Tracing(List<String> received) implements ObservationHandler<Observation.Context> {
        @Override
        public void onStart(Observation.Context context) {
            if (context instanceof ReceiverContext<?> incoming) {
                read(incoming);
            } else if (context instanceof SenderContext<?> outgoing) {
                write(outgoing);
            }
        }

        private <C> void read(ReceiverContext<C> incoming) {
            C carrier = Objects.requireNonNull(incoming.getCarrier());
            for (String name : List.of("traceparent", "tracestate")) {
                received.add(incoming.getGetter().get(carrier, name));
            }
        }

        private static <C> void write(SenderContext<C> outgoing) {
            assertThat(outgoing.getCarrier()).isInstanceOf(Map.class);
            outgoing.getSetter().set(outgoing.getCarrier(), "traceparent", OURS);
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return true;
        }
    }
}
