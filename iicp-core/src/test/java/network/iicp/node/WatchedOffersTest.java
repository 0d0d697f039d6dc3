package network.iicp.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import network.iicp.protocol.Capability;
import network.iicp.protocol.CapacityException;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.Intent;
import network.iicp.protocol.ModelReport;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskConstraints;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.spi.InferenceBackend.State;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What the tasks of an engine show counts at once, and what is known of its models is told. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class WatchedOffersTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final AtomicLong nanos = new AtomicLong();
    private final FakeEngine good = new FakeEngine("vllm", Capability.of(Intent.LLM_CHAT, List.of("a")));
    private final FakeEngine bad = new FakeEngine("ollama", Capability.of(Intent.LLM_CHAT, List.of("b")));
    private final Offer watchedBad = watched(bad);
    private final Offers offers =
            new Offers(List.of(watched(good), watchedBad), List.of(), Set.of(), NodeAuthentication.OPEN);

    WatchedOffersTest() {
        offers.adopt(offers.survey());
    }

    private Offer watched(FakeEngine engine) {
        return Offer.of(engine).watched(Clock.fixed(NOW, ZoneOffset.UTC), nanos::get);
    }

    private void badFailsFiveTimes() {
        bad.taskFailure = new IllegalStateException("broken");
        Task task = new Task(
                "3f2b8c1e-5d4a-4f6b-9a7c-1e2d3c4b5a69", Intent.LLM_CHAT, Map.of("model", "b"), TaskConstraints.NONE);
        for (int i = 0; i < 5; i++) {
            Execution execution = new Execution(task, Deadline.after(Duration.ofSeconds(20)), "00-0-0-00", null);
            assertThat(execution.call(watchedBad.handler())).isInstanceOf(Execution.Outcome.Failed.class);
        }
    }

    @Test
    void an_engine_that_fails_five_times_in_a_row_gets_no_tasks_until_it_may_be_tried() {
        badFailsFiveTimes();

        CapacityException refused = catchThrowableOfType(
                CapacityException.class, () -> offers.match(Intent.LLM_CHAT, "b", Caller.ANONYMOUS));
        assertThat(refused.error().retryAfter()).isEqualTo(Duration.ofSeconds(30));
        assertThat(offers.match(Intent.LLM_CHAT, "a", Caller.ANONYMOUS).model()).isEqualTo("a");
        assertThat(offers.stability()).isEqualTo(BackendStability.UNSTABLE);
        offers.survey();
        assertThatThrownBy(() -> offers.match(Intent.LLM_CHAT, "b", Caller.ANONYMOUS))
                .isInstanceOf(CapacityException.class);

        nanos.addAndGet(Duration.ofSeconds(30).toNanos());
        assertThat(offers.match(Intent.LLM_CHAT, "b", Caller.ANONYMOUS).model()).isEqualTo("b");
        assertThat(offers.state()).isEqualTo(State.DEGRADED);
    }

    @Test
    void a_node_whose_only_engine_rests_drains_and_says_until_when() {
        Offers alone = new Offers(List.of(watchedBad), List.of(), Set.of(), NodeAuthentication.OPEN);
        alone.adopt(alone.survey());
        badFailsFiveTimes();
        assertThat(alone.isAvailable()).isFalse();
        BackendStability stability = alone.stability();
        assertThat(stability.state()).isEqualTo(BackendStability.State.DRAINING);
        assertThat(stability.retryAfterSeconds()).isEqualTo(30);
        assertThat(stability.drainUntil()).isEqualTo(NOW.plusSeconds(30));
    }

    @Test
    void an_engine_that_does_not_answer_a_survey_is_unavailable_until_it_does() {
        bad.failure = FakeEngine.down();
        offers.survey();
        assertThatThrownBy(() -> offers.match(Intent.LLM_CHAT, "b", Caller.ANONYMOUS))
                .isInstanceOf(CapacityException.class);
        bad.failure = null;
        offers.survey();
        assertThat(offers.match(Intent.LLM_CHAT, "b", Caller.ANONYMOUS).model()).isEqualTo("b");
    }

    @Test
    void only_models_that_are_served_are_reported_on() {
        good.reports = List.of(ModelReport.of("a", true, 4096), ModelReport.of("hidden", true, 1));
        bad.reports = List.of(ModelReport.of("b", null, null));
        assertThat(offers.reports()).containsExactly(ModelReport.of("a", true, 4096));
    }

    @Test
    void health_tells_when_to_come_back_and_what_is_known_of_models() {
        NodeHealth health = new NodeHealth(
                "n",
                NodeState.SERVING,
                "eu",
                1,
                4,
                4,
                true,
                List.of(Intent.LLM_CHAT.urn()),
                List.of("a"),
                new BackendStability(
                        BackendStability.State.DRAINING,
                        BackendStability.Reason.BACKEND_LOADING,
                        12,
                        Instant.ofEpochSecond(1_900_000_000)),
                List.of(ModelReport.of("a", true, 4096).measured(12.345, 250.04, 7), ModelReport.of("c", false, null)),
                List.of());
        Map<String, Object> json = health.toJson();
        assertThat(json.get("backend_stability"))
                .hasToString(
                        "{backend_state=draining, reason_class=backend_loading, retry_after_s=12, drain_until=1900000000}");
        Map<String, Object> first = new LinkedHashMap<>();
        first.put("model", "a");
        first.put("loaded", true);
        first.put("context_length", 4096);
        first.put("tokens_per_second", 12.3);
        first.put("time_to_first_token_ms", 250.0);
        first.put("measured_tasks", 7);
        assertThat(json.get("model_reports")).isEqualTo(List.of(first, Map.of("model", "c", "loaded", false)));
    }
}
