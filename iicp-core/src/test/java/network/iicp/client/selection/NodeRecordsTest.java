package network.iicp.client.selection;

import static network.iicp.client.selection.Nodes.node;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import network.iicp.protocol.NodeDescriptor;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class NodeRecordsTest {

    private static final Duration FAST = Duration.ofMillis(10);
    private static final Duration SLOW = Duration.ofMillis(500);

    private long now = TimeUnit.HOURS.toNanos(5);
    private final NodeRecords records = new NodeRecords(() -> now);
    private final List<NodeDescriptor> abc = List.of(node("a", 0.9, 0.0), node("b", 0.8, 0.0), node("c", 0.7, 0.0));

    @Test
    void calls_under_way_are_counted_and_never_below_zero() {
        records.started("a");
        records.started("a");
        assertThat(records.seen("a").inFlight()).isEqualTo(2);
        records.answered("a", FAST);
        records.released("a");
        records.released("a");
        assertThat(records.seen("a").inFlight()).isZero();
    }

    @Test
    void a_slower_answer_is_believed_at_once_and_a_faster_one_slowly() {
        answer("a", FAST);
        answer("a", SLOW);
        assertThat(records.seen("a").latency()).isEqualTo(SLOW);
        advance(Duration.ofMillis(100));
        answer("a", FAST);
        assertThat(records.seen("a").latency()).isBetween(Duration.ofMillis(480), SLOW);
        for (int i = 0; i < 100; i++) {
            advance(Duration.ofSeconds(1));
            answer("a", FAST);
        }
        assertThat(records.seen("a").latency()).isBetween(FAST, Duration.ofMillis(15));
    }

    @Test
    void a_fast_failure_does_not_make_a_node_look_fast() {
        answer("a", SLOW);
        fail("a", Duration.ofMillis(1));
        assertThat(records.seen("a").latency()).isEqualTo(SLOW);
    }

    @Test
    void a_single_blip_makes_nobody_suspect() {
        fail("a", FAST);
        assertThat(records.seen("a").isSuspect()).isFalse();
        assertThat(records.seen("a").errorRate()).isEqualTo(0.5);
    }

    @Test
    void repeated_failures_make_a_node_suspect_until_they_fade() {
        fail("a", FAST);
        fail("a", FAST);
        assertThat(records.seen("a").isSuspect()).isTrue();
        advance(NodeRecords.HALF_LIFE);
        assertThat(records.seen("a").isSuspect()).isFalse();
    }

    @Test
    void a_node_that_has_failed_for_long_is_tried_again_within_a_minute() {
        for (int i = 0; i < 10_000; i++) {
            fail("a", FAST);
        }
        advance(Duration.ofSeconds(60));
        assertThat(records.seen("a").isSuspect()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(RoutingStrategy.class)
    void whatever_the_strategy_a_node_that_fails_fast_attracts_no_traffic(RoutingStrategy strategy) {
        CandidateOrder order = new CandidateOrder(strategy, 0.5, 3, 0.04, new Random(5), records);
        fail("a", FAST);
        fail("a", FAST);
        for (int i = 0; i < 50; i++) {
            List<NodeDescriptor> nodes = order.order(abc).nodes();
            assertThat(nodes.get(2).id()).isEqualTo("a");
            assertThat(nodes).hasSize(3);
        }
    }

    @Test
    void when_all_are_suspect_the_strategy_decides_and_nobody_is_dropped() {
        for (NodeDescriptor node : abc) {
            fail(node.id(), FAST);
            fail(node.id(), FAST);
        }
        assertThat(ids(RoutingStrategy.DETERMINISTIC)).containsExactly("a", "b", "c");
    }

    @Test
    void a_node_that_asked_for_a_pause_goes_behind_the_others_for_that_time() {
        records.rest("a", Duration.ofSeconds(2));
        assertThat(ids(RoutingStrategy.DETERMINISTIC)).containsExactly("b", "c", "a");
        advance(Duration.ofMillis(2_100));
        assertThat(ids(RoutingStrategy.DETERMINISTIC)).containsExactly("a", "b", "c");
    }

    @Test
    void an_answer_ends_a_pause() {
        records.rest("a", Duration.ofSeconds(20));
        answer("a", FAST);
        assertThat(records.seen("a").resting()).isFalse();
    }

    @Test
    void least_loaded_prefers_who_has_fewest_calls_of_ours_under_way() {
        records.started("a");
        records.started("a");
        records.started("b");
        assertThat(ids(RoutingStrategy.LEAST_LOADED)).containsExactly("c", "b", "a");
    }

    @Test
    void least_loaded_asks_the_word_of_the_node_between_equals() {
        List<NodeDescriptor> nodes = List.of(node("a", 0.9, 0.9), node("b", 0.8, 0.1), node("c", 0.7, 0.5));
        CandidateOrder order = new CandidateOrder(RoutingStrategy.LEAST_LOADED, 0, 3, 0.04, new Random(1), records);
        assertThat(order.order(nodes).nodes()).extracting(NodeDescriptor::id).containsExactly("b", "c", "a");
    }

    @Test
    void equals_are_spread() {
        CandidateOrder order = new CandidateOrder(RoutingStrategy.LEAST_LOADED, 0, 3, 0.04, new Random(1), records);
        assertThat(java.util.stream.IntStream.range(0, 50)
                        .mapToObj(i -> order.order(abc).nodes().get(0).id())
                        .distinct())
                .containsExactlyInAnyOrder("a", "b", "c");
    }

    @Test
    void latency_aware_prefers_the_fast_and_counts_calls_under_way() {
        answer("a", SLOW);
        answer("b", FAST);
        answer("c", Duration.ofMillis(30));
        assertThat(ids(RoutingStrategy.LATENCY_AWARE)).containsExactly("b", "c", "a");
        for (int i = 0; i < 5; i++) {
            records.started("b");
        }
        assertThat(ids(RoutingStrategy.LATENCY_AWARE)).containsExactly("c", "b", "a");
    }

    @Test
    void latency_aware_gives_unknown_nodes_a_try() {
        answer("a", SLOW);
        answer("b", FAST);
        records.started("b");
        assertThat(ids(RoutingStrategy.LATENCY_AWARE).get(0)).isEqualTo("c");
    }

    @Test
    void many_nodes_do_not_fill_the_memory() {
        for (int i = 0; i < 10_000; i++) {
            records.started("node-" + i);
        }
        assertThat(records.size()).isLessThanOrEqualTo(4_096);
    }

    private List<String> ids(RoutingStrategy strategy) {
        return new CandidateOrder(strategy, 0, 3, 0.04, new Random(1), records)
                .order(abc).nodes().stream().map(NodeDescriptor::id).toList();
    }

    private void answer(String node, Duration elapsed) {
        records.started(node);
        records.answered(node, elapsed);
    }

    private void fail(String node, Duration elapsed) {
        records.started(node);
        records.failed(node, elapsed, false);
    }

    private void advance(Duration time) {
        now += time.toNanos();
    }
}
