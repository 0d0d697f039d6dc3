package network.iicp.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import network.iicp.protocol.Capability;
import network.iicp.protocol.CapacityException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.ModelReport;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.protocol.registration.BackendStability.Reason;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.TaskContext;
import network.iicp.spi.TaskHandler;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Time stands still unless a test moves it. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EngineMonitorTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String HELLO = "{'model':'m','messages':[{'role':'user','content':'x'}]}";
    private static final Map<String, Object> ANSWER =
            Map.of("model", "m:q4", "usage", Map.of("prompt_tokens", 4, "completion_tokens", 20));

    private final AtomicLong nanos =
            new AtomicLong(Long.MAX_VALUE - Duration.ofSeconds(40).toNanos());
    private final Scripted engine = new Scripted();
    private final EngineMonitor monitor = new EngineMonitor(engine, Clock.fixed(NOW, ZoneOffset.UTC), nanos::get);

    private final class Scripted implements InferenceBackend {
        private TaskHandler work = context -> ANSWER;
        private BackendStability stability = BackendStability.OK;
        private List<ModelReport> reports = List.of();
        private boolean closed;

        @Override
        public String type() {
            return "vllm";
        }

        @Override
        public List<Capability> capabilities() {
            return List.of(Capability.of(Intent.LLM_CHAT, List.of("m")));
        }

        @Override
        public State state() {
            return State.OK;
        }

        @Override
        public BackendStability stability() {
            return stability;
        }

        @Override
        public List<ModelReport> models() {
            return reports;
        }

        @Override
        public Object handle(TaskContext context) throws Exception {
            return work.handle(context);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private static RecordingContext buffered() {
        return RecordingContext.buffered(Intent.LLM_CHAT, HELLO);
    }

    private void fail(RuntimeException failure, int times) {
        engine.work = context -> {
            throw failure;
        };
        for (int i = 0; i < times; i++) {
            assertThatThrownBy(() -> monitor.handle(buffered())).isSameAs(failure);
        }
    }

    private void failsFiveTimes() {
        fail(BackendFaults.failed("broken", null), 5);
    }

    @Nested
    class Failures {

        @Test
        void five_in_a_row_leave_the_engine_alone_for_thirty_seconds() {
            fail(BackendFaults.failed("broken", null), 4);
            assertThat(monitor.current()).isEqualTo(BackendStability.OK);
            fail(BackendFaults.failed("broken", null), 1);

            BackendStability draining = monitor.current();
            assertThat(draining.state()).isEqualTo(BackendStability.State.DRAINING);
            assertThat(draining.reason()).isEqualTo(Reason.BACKEND_UNSTABLE);
            assertThat(draining.retryAfterSeconds()).isEqualTo(30);
            assertThat(draining.drainUntil()).isEqualTo(NOW.plusSeconds(30));
            assertThat(monitor.state()).isEqualTo(InferenceBackend.State.UNAVAILABLE);

            engine.work = context -> ANSWER;
            pass(Duration.ofSeconds(12));
            CapacityException refused = catchThrowableOfType(CapacityException.class, () -> monitor.handle(buffered()));
            assertThat(refused.error().retryAfter()).isEqualTo(Duration.ofSeconds(18));
        }

        @Test
        void with_a_success_between_them_are_not_in_a_row() throws Exception {
            fail(BackendFaults.failed("broken", null), 4);
            engine.work = context -> ANSWER;
            monitor.handle(buffered());
            fail(BackendFaults.failed("broken", null), 4);
            assertThat(monitor.current()).isEqualTo(BackendStability.OK);
        }

        @Test
        void end_with_one_task_that_tries_the_engine() throws Exception {
            failsFiveTimes();
            pass(Duration.ofSeconds(30));
            assertThat(monitor.current()).isEqualTo(BackendStability.UNSTABLE);

            engine.work = context -> {
                // While one task tries, others wait.
                assertThatThrownBy(() -> monitor.handle(buffered())).isInstanceOf(CapacityException.class);
                return ANSWER;
            };
            monitor.handle(buffered());

            assertThat(monitor.current()).isEqualTo(BackendStability.OK);
            engine.work = context -> ANSWER;
            assertThat(monitor.handle(buffered())).isEqualTo(ANSWER);
        }

        @Test
        void go_on_when_the_task_that_tries_fails() {
            failsFiveTimes();
            pass(Duration.ofSeconds(30));
            fail(BackendFaults.failed("broken", null), 1);
            assertThat(monitor.current().retryAfterSeconds()).isEqualTo(30);
        }

        @Test
        void leave_the_trial_to_the_next_task_when_the_first_is_cancelled() throws Exception {
            failsFiveTimes();
            pass(Duration.ofSeconds(30));
            engine.work = context -> {
                throw new InterruptedException("cancelled");
            };
            assertThatThrownBy(() -> monitor.handle(buffered())).isInstanceOf(InterruptedException.class);
            engine.work = context -> ANSWER;
            assertThat(monitor.handle(buffered())).isEqualTo(ANSWER);
        }

        @Test
        void are_not_what_callers_do_wrong_nor_a_full_engine() {
            fail(BackendFaults.rejected("too long"), 6);
            fail(BackendFaults.invalidPayload("no messages"), 6);
            fail(BackendFaults.unavailable("busy", null), 6);
            assertThat(monitor.current()).isEqualTo(BackendStability.OK);
        }

        @Test
        void are_surprises_of_the_engine_itself_too() {
            fail(new IllegalStateException("bug"), 5);
            assertThat(monitor.current().state()).isEqualTo(BackendStability.State.DRAINING);
        }

        @Test
        void are_silences_of_tasks_that_had_time_and_no_others() {
            engine.work = context -> {
                pass(Duration.ofSeconds(5));
                throw new InterruptedException("out of time");
            };
            for (int i = 0; i < 6; i++) {
                assertThatThrownBy(() -> monitor.handle(outOfTime())).isInstanceOf(InterruptedException.class);
            }
            assertThat(monitor.current()).isEqualTo(BackendStability.OK);
            engine.work = context -> {
                pass(Duration.ofSeconds(10));
                throw new InterruptedException("out of time");
            };
            for (int i = 0; i < 5; i++) {
                assertThatThrownBy(() -> monitor.handle(outOfTime())).isInstanceOf(InterruptedException.class);
            }
            assertThat(monitor.current().state()).isEqualTo(BackendStability.State.DRAINING);
        }

        private RecordingContext outOfTime() {
            return buffered().within(Duration.ZERO);
        }
    }

    @Nested
    class What_the_engine_says {

        @Test
        void is_kept_for_the_time_it_names() {
            engine.stability = new BackendStability(BackendStability.State.DRAINING, Reason.BACKEND_LOADING, 30, null);
            assertThat(monitor.stability().reason()).isEqualTo(Reason.BACKEND_LOADING);
            engine.stability = BackendStability.OK;
            pass(Duration.ofSeconds(20));
            BackendStability kept = monitor.stability();
            assertThat(kept.reason()).isEqualTo(Reason.BACKEND_LOADING);
            assertThat(kept.retryAfterSeconds()).isEqualTo(10);
            pass(Duration.ofSeconds(10));
            assertThat(monitor.current()).isEqualTo(BackendStability.UNSTABLE);
            assertThat(monitor.stability()).isEqualTo(BackendStability.OK);
        }

        @Test
        void without_a_time_holds_until_it_says_otherwise() {
            engine.stability = BackendStability.UNAVAILABLE;
            assertThat(monitor.stability()).isEqualTo(BackendStability.UNAVAILABLE);
            assertThat(monitor.current()).isEqualTo(BackendStability.UNAVAILABLE);
            engine.stability = BackendStability.OK;
            assertThat(monitor.stability()).isEqualTo(BackendStability.OK);
        }

        @Test
        void does_not_end_what_its_tasks_showed() {
            failsFiveTimes();
            engine.stability = BackendStability.OK;
            assertThat(monitor.stability().state()).isEqualTo(BackendStability.State.DRAINING);
        }

        @Test
        void of_kind_and_models_passes_and_closing_reaches_it() {
            assertThat(monitor.type()).isEqualTo("vllm");
            assertThat(monitor.capabilities()).isEqualTo(engine.capabilities());
            assertThat(monitor.requiresKnownCallers()).isFalse();
            monitor.close();
            assertThat(engine.closed).isTrue();
        }
    }

    @Nested
    class Speed {

        private void streams(int beforeFirst, int generating, int heldUp) throws Exception {
            engine.work = context -> {
                pass(Duration.ofMillis(beforeFirst));
                context.emit(Map.of("choices", List.of()));
                pass(Duration.ofMillis(generating));
                return ANSWER;
            };
            monitor.handle(
                    RecordingContext.streaming(Intent.LLM_CHAT, HELLO).onEmit(part -> pass(Duration.ofMillis(heldUp))));
        }

        private ModelReport report() {
            assertThat(monitor.models()).hasSize(1);
            return monitor.models().get(0);
        }

        @Test
        void of_streams_is_time_to_the_first_part_and_tokens_in_a_second() throws Exception {
            engine.reports = List.of(ModelReport.of("m:latest", true, 4096));
            streams(400, 2_000, 0);
            assertThat(report()).isEqualTo(new ModelReport("m:latest", true, 4096, 10.0, 400.0, 1));
        }

        @Test
        void is_a_moving_average() throws Exception {
            streams(400, 2_000, 0);
            streams(1_400, 1_000, 0);
            assertThat(report().firstTokenMillis()).isEqualTo(700.0);
            assertThat(report().tokensPerSecond()).isEqualTo(13.0);
            assertThat(report().measuredTasks()).isEqualTo(2);
        }

        @Test
        void is_not_judged_by_a_consumer_that_holds_it_up() throws Exception {
            streams(400, 2_000, 1_000);
            assertThat(report().tokensPerSecond()).isNull();
            assertThat(report().firstTokenMillis()).isEqualTo(400.0);
        }

        @Test
        void of_whole_answers_counts_while_there_are_no_streams() throws Exception {
            engine.work = context -> {
                pass(Duration.ofSeconds(4));
                return ANSWER;
            };
            monitor.handle(buffered());
            assertThat(report().tokensPerSecond()).isEqualTo(5.0);
            assertThat(report().firstTokenMillis()).isNull();
            streams(400, 2_000, 0);
            assertThat(report().tokensPerSecond()).isEqualTo(10.0);
        }

        @Test
        void is_not_told_by_short_answers_or_failures() throws Exception {
            engine.work = context -> {
                pass(Duration.ofSeconds(1));
                return Map.of("usage", Map.of("completion_tokens", 3));
            };
            monitor.handle(buffered());
            assertThat(report().tokensPerSecond()).isNull();
            fail(BackendFaults.failed("broken", null), 1);
            assertThat(report().measuredTasks()).isEqualTo(1);
        }

        @Test
        void of_more_models_than_anybody_has_is_forgotten() throws Exception {
            for (int i = 0; i < 200; i++) {
                monitor.handle(RecordingContext.buffered(Intent.LLM_CHAT, HELLO.replace("'m'", "'m" + i + "'")));
            }
            assertThat(monitor.models()).hasSize(64).last().satisfies(report -> assertThat(report.model())
                    .isEqualTo("m199"));
        }
    }

    @Test
    void reports_have_sensible_numbers() {
        assertThatThrownBy(() -> ModelReport.of("m", null, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("contextLength");
        assertThatThrownBy(() -> ModelReport.of("m", null, null).measured(-1.0, null, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tokensPerSecond");
        assertThatThrownBy(() -> ModelReport.of("m", null, null).measured(1.0, Double.NaN, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("firstTokenMillis");
    }
}
