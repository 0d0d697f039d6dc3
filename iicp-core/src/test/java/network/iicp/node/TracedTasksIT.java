package network.iicp.node;

import static network.iicp.node.TestNode.answer;
import static network.iicp.node.TestNode.chat;
import static network.iicp.node.TestNode.newId;
import static network.iicp.node.TestNode.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.observation.Observation;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import network.iicp.micrometer.MicrometerTasks;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Qos;
import network.iicp.spi.TraceSource;
import network.iicp.transport.TraceContext;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The trace of a task, from its consumer through the node to the engine. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TracedTasksIT {

    private static final String TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
    private static final String CONSUMER = "00-" + TRACE_ID + "-b7ad6b7169203331-00";
    private static final String OURS = "00-" + TRACE_ID + "-00f067aa0ba902b7-00";

    private final List<String> engineSaw = new CopyOnWriteArrayList<>();

    private TestNode node(TraceSource source) {
        return TestNode.start(settings -> settings.traceSource(source).handler(chat("m1"), context -> {
            engineSaw.add(context.traceparent());
            return answer("hello");
        }));
    }

    @Test
    void the_beginning_of_a_task_is_told_on_its_thread_with_the_trace_of_its_consumer() throws Exception {
        List<String> asked = new CopyOnWriteArrayList<>();
        String id = newId();
        try (TestNode node = node(task -> {
            asked.add(task);
            return new TraceSource.Headers(OURS, null);
        })) {
            node.post(task(id), "traceparent", CONSUMER, "tracestate", "vendor=1");

            assertThat(node.heard(NodeEvent.TaskStarted.class)).singleElement().satisfies(started -> {
                assertThat(started.taskId()).isEqualTo(id);
                assertThat(started.intent()).isEqualTo(Intent.LLM_CHAT);
                assertThat(started.encrypted()).isFalse();
                assertThat(started.streamed()).isFalse();
                assertThat(started.qos()).isEqualTo(Qos.BEST_EFFORT);
                assertThat(started.trace())
                        .isEqualTo(TraceContext.parse(CONSUMER, "vendor=1").orElseThrow());
            });
            assertThat(node.heard.stream().map(Object::getClass).map(Class::getSimpleName))
                    .containsSubsequence("TaskStarted", "EngineEnded", "TaskEnded");
        }
        assertThat(asked).containsExactly(id);
        assertThat(engineSaw).containsExactly(OURS);
    }

    @Test
    void the_engine_gets_the_trace_of_the_consumer_when_nobody_knows_better() throws Exception {
        try (TestNode node = node(task -> {
            throw new IllegalStateException("no tracer");
        })) {
            node.post(task(newId()), "traceparent", CONSUMER);
            node.post(task(newId()), "traceparent", "00-nonsense");
        }
        try (TestNode node = node(task -> new TraceSource.Headers("malformed", null))) {
            node.post(task(newId()), "traceparent", CONSUMER);
        }

        assertThat(engineSaw).hasSize(3);
        assertThat(engineSaw.get(0))
                .matches("00-" + TRACE_ID + "-[0-9a-f]{16}-00")
                .isNotEqualTo(CONSUMER);
        assertThat(engineSaw.get(1)).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01").doesNotContain(TRACE_ID);
        assertThat(engineSaw.get(2)).startsWith("00-" + TRACE_ID);
    }

    @Test
    void what_a_handler_observes_is_below_the_task_and_a_failure_is_told() throws Exception {
        TestObservationRegistry registry = TestObservationRegistry.create();
        MicrometerTasks observed = new MicrometerTasks(registry);
        List<Observation> current = new CopyOnWriteArrayList<>();
        try (TestNode node = TestNode.start(settings -> settings.listener(observed)
                .traceSource(observed::headers)
                .handler(chat("m1"), context -> {
                    current.add(Objects.requireNonNull(registry.getCurrentObservation()));
                    throw new IllegalStateException("a test");
                }))) {
            node.post(task(newId()));
        }

        assertThat(current)
                .singleElement()
                .satisfies(work -> assertThat(work.getContextView().getName()).isEqualTo(MicrometerTasks.ENGINE));
        TestObservationRegistryAssert.assertThat(registry)
                .doesNotHaveAnyRemainingCurrentObservation()
                .hasObservationWithNameEqualTo(MicrometerTasks.TASK)
                .that()
                .hasBeenStopped()
                .hasLowCardinalityKeyValue("iicp.outcome", "backend_error")
                .hasError();
    }
}
