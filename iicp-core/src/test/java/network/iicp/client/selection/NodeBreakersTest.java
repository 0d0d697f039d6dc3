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
        fail("a", NodeBreakers.MINIMUM_CALLS);
        assertThat(breakers.state("a")).isEqualTo("open");
        assertThat(breakers.tryAcquire("a")).isFalse();
        assertThat(breakers.tryAcquire("b")).isTrue();
    }

    @Test
    void after_the_pause_one_probe_goes_through_and_its_success_closes() {
        fail("a", NodeBreakers.MINIMUM_CALLS);
        clock.advance(Duration.ofSeconds(6));
        assertThat(breakers.tryAcquire("a")).as("the probe").isTrue();
        assertThat(breakers.tryAcquire("a"))
                .as("a second call beside the probe")
                .isFalse();
        breakers.succeeded("a", TOOK);
        assertThat(breakers.state("a")).isEqualTo("closed");
    }

    @Test
    void a_failed_probe_opens_for_longer() {
        fail("a", NodeBreakers.MINIMUM_CALLS);
        clock.advance(Duration.ofSeconds(6));
        assertThat(breakers.tryAcquire("a")).isTrue();
        breakers.failed("a", TOOK, FAULT);
        clock.advance(Duration.ofSeconds(6));
        assertThat(breakers.tryAcquire("a")).as("6 s into a pause of 10 s").isFalse();
        clock.advance(Duration.ofSeconds(5));
        assertThat(breakers.tryAcquire("a")).isTrue();
    }

    @Test
    void a_probe_that_says_nothing_gives_its_place_back() {
        fail("a", NodeBreakers.MINIMUM_CALLS);
        clock.advance(Duration.ofSeconds(6));
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
