package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import network.iicp.protocol.registration.HeartbeatMetrics;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class NodeStandingTest {

    private static final Instant T0 = FakeClock.START;
    private int batch;

    private NodeStanding after(NodeStanding standing, int succeeded, int failed, Instant when) {
        return standing.after(new HeartbeatMetrics("batch-" + batch++, succeeded, failed, 100), when);
    }

    private static NodeStanding at(double reputation) {
        return new NodeStanding(reputation, "e", null, 0, 0, 0, null, null);
    }

    @ParameterizedTest
    @CsvSource({
        "0.5,  1,    0,    0.51",
        "0.5,  0,    1,    0.45",
        "0.5,  3,    1,    0.48",
        "0.5,  100,  0,    0.6",
        "0.01, 0,    1,    0",
        "0.99, 5,    0,    1",
        "0.5,  0,    0,    0.5",
        "0.5,  1000, 1000, 0",
        "0.5,  1000, 61,   0.45",
        "0.5,  300,  60,   0.5"
    })
    void a_batch_moves_the_reputation(double before, int succeeded, int failed, double expected) {
        assertThat(after(at(before), succeeded, failed, T0).reputation()).isEqualTo(expected);
    }

    @Test
    void gains_of_an_hour_are_bounded() {
        NodeStanding standing = NodeStanding.initial("e");
        standing = after(standing, 100, 0, T0);
        standing = after(standing, 100, 0, T0.plusSeconds(30));
        assertThat(standing.reputation()).isEqualTo(0.7);
        standing = after(standing, 100, 0, T0.plusSeconds(3599));
        assertThat(standing.reputation()).as("still the same window").isEqualTo(0.7);
        standing = after(standing, 100, 0, T0.plusSeconds(3600));
        assertThat(standing.reputation()).as("a new window").isEqualTo(0.8);
    }

    @Test
    void a_loss_neither_uses_nor_refunds_the_budget() {
        NodeStanding standing = NodeStanding.initial("e");
        standing = after(standing, 100, 0, T0);
        standing = after(standing, 0, 1, T0.plusSeconds(30));
        assertThat(standing.reputation()).isEqualTo(0.55);
        standing = after(standing, 100, 0, T0.plusSeconds(60));
        assertThat(standing.reputation()).isEqualTo(0.65);
        standing = after(standing, 100, 0, T0.plusSeconds(90));
        assertThat(standing.reputation()).as("the budget of 0.20 is used up").isEqualTo(0.65);
    }

    @Test
    void a_loss_does_not_open_the_window() {
        NodeStanding standing = after(NodeStanding.initial("e"), 0, 1, T0);
        assertThat(standing.windowStart()).isNull();
        standing = after(standing, 1, 0, T0.plusSeconds(10));
        assertThat(standing.windowStart()).isEqualTo(T0.plusSeconds(10));
    }

    @Test
    void a_repeated_batch_counts_once_and_only_the_last_is_remembered() {
        HeartbeatMetrics a = new HeartbeatMetrics("a", 1, 0, 100);
        HeartbeatMetrics b = new HeartbeatMetrics("b", 1, 0, 100);
        NodeStanding once = NodeStanding.initial("e").after(a, T0);
        assertThat(once.after(a, T0)).isSameAs(once);
        assertThat(once.after(b, T0).after(a, T0).tasks()).isEqualTo(3);
    }

    @Test
    void latency_is_averaged_and_never_costs_reputation() {
        NodeStanding standing = NodeStanding.initial("e")
                .after(new HeartbeatMetrics("a", 1, 0, 100_000), T0)
                .after(new HeartbeatMetrics("b", 1, 0, 200_000), T0)
                .after(new HeartbeatMetrics("c", 0, 0, 0), T0);
        assertThat(standing.latencyMillis()).isEqualTo(110_000.0);
        assertThat(standing.reputation()).isEqualTo(0.52);
    }

    @Test
    void hundreds_of_small_gains_stay_exact() {
        NodeStanding standing = NodeStanding.initial("e");
        Instant now = T0;
        for (int i = 0; i < 29; i++) {
            standing = after(standing, 1, 0, now);
            now = now.plus(Duration.ofMinutes(10));
        }
        assertThat(standing.reputation()).isEqualTo(0.79);
        assertThat(standing.tasks()).isEqualTo(29);
    }
}
