package network.iicp.client.selection;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class NodeBreakersTest {

    private static final Duration TOOK = Duration.ofMillis(10);
    private static final RuntimeException FAULT = new IllegalStateException("test");

    private final FakeClock clock = new FakeClock();
    private final NodeBreakers breakers = new NodeBreakers(clock);

    @Test
    void a_single_blip_ejects_nobody() {
        fail("a", 2);
        assertThat(breakers.tryAcquire("a")).isTrue();
        assertThat(breakers.state("a")).isEqualTo("closed");
    }

    @Test
    void a_node_that_keeps_failing_is_left_alone_and_others_are_not() {
        fail("a", NodeBreakers.FAILURES_IN_A_ROW);
        assertThat(breakers.state("a")).isEqualTo("open");
        assertThat(breakers.tryAcquire("a")).isFalse();
        assertThat(breakers.tryAcquire("b")).isTrue();
    }

    @Test
    void after_the_pause_one_probe_goes_through_and_its_success_closes() {
        fail("a", NodeBreakers.FAILURES_IN_A_ROW);
        clock.advance(Duration.ofSeconds(31));
        assertThat(breakers.tryAcquire("a")).as("the probe").isTrue();
        assertThat(breakers.tryAcquire("a"))
                .as("a second call beside the probe")
                .isFalse();
        breakers.succeeded("a", TOOK);
        assertThat(breakers.state("a")).isEqualTo("closed");
    }

    @Test
    void one_answer_in_between_starts_the_count_anew() {
        fail("a", 4);
        assertThat(breakers.tryAcquire("a")).isTrue();
        breakers.succeeded("a", TOOK);
        fail("a", 4);
        assertThat(breakers.state("a")).isEqualTo("closed");
        fail("a", 1);
        assertThat(breakers.state("a")).isEqualTo("open");
    }

    @Test
    void an_open_breaker_holds_for_thirty_seconds() {
        fail("a", NodeBreakers.FAILURES_IN_A_ROW);
        assertThat(breakers.isHeldBack("a")).isTrue();
        clock.advance(Duration.ofSeconds(29));
        assertThat(breakers.tryAcquire("a")).isFalse();
        clock.advance(Duration.ofSeconds(2));
        assertThat(breakers.isHeldBack("a")).isFalse();
        assertThat(breakers.tryAcquire("a")).isTrue();
    }

    @Test
    void a_failed_probe_opens_again() {
        fail("a", NodeBreakers.FAILURES_IN_A_ROW);
        clock.advance(Duration.ofSeconds(31));
        assertThat(breakers.tryAcquire("a")).isTrue();
        breakers.failed("a", TOOK, FAULT);
        assertThat(breakers.state("a")).isEqualTo("open");
        clock.advance(Duration.ofSeconds(29));
        assertThat(breakers.tryAcquire("a")).isFalse();
        clock.advance(Duration.ofSeconds(2));
        assertThat(breakers.tryAcquire("a")).isTrue();
    }

    @Test
    void a_node_that_was_asked_because_nobody_else_was_left_closes_its_breaker_by_answering() {
        fail("a", NodeBreakers.FAILURES_IN_A_ROW);
        breakers.succeeded("a", TOOK);
        assertThat(breakers.state("a")).isEqualTo("closed");
        assertThat(breakers.tryAcquire("a")).isTrue();
    }

    @Test
    void a_call_that_took_no_permission_gives_none_back() {
        fail("a", NodeBreakers.FAILURES_IN_A_ROW);
        clock.advance(Duration.ofSeconds(31));
        assertThat(breakers.tryAcquire("a")).as("the probe").isTrue();
        breakers.succeeded("b", TOOK);
        breakers.released("b");
        assertThat(breakers.tryAcquire("a")).as("beside the probe").isFalse();
    }

    @Test
    void a_longer_pause_is_not_cut_short_by_a_shorter_one() {
        breakers.pause("a", Duration.ofSeconds(60));
        breakers.pause("a", Duration.ofSeconds(1));
        clock.advance(Duration.ofSeconds(30));
        assertThat(breakers.tryAcquire("a")).isFalse();
    }

    @Test
    void a_probe_that_says_nothing_gives_its_place_back() {
        fail("a", NodeBreakers.FAILURES_IN_A_ROW);
        clock.advance(Duration.ofSeconds(31));
        assertThat(breakers.tryAcquire("a")).isTrue();
        breakers.released("a");
        assertThat(breakers.tryAcquire("a")).isTrue();
    }

    @Test
    void a_node_that_asked_to_be_left_alone_is() {
        breakers.pause("a", Duration.ofSeconds(30));
        assertThat(breakers.tryAcquire("a")).isFalse();
        clock.advance(Duration.ofSeconds(31));
        assertThat(breakers.tryAcquire("a")).isTrue();
    }

    @Test
    void many_nodes_do_not_fill_the_memory() {
        for (int i = 0; i < 10_000; i++) {
            breakers.succeeded("node-" + i, TOOK);
        }
        assertThat(breakers.size()).isLessThanOrEqualTo(4_096);
    }

    private void fail(String node, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(breakers.tryAcquire(node)).isTrue();
            breakers.failed(node, TOOK, FAULT);
        }
    }

    private static final class FakeClock extends Clock {
        private Instant now = Instant.parse("2026-11-20T12:00:00Z");

        void advance(Duration time) {
            now = now.plus(time);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
