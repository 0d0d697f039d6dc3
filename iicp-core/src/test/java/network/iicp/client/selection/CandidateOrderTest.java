package network.iicp.client.selection;

import static network.iicp.client.selection.Nodes.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import network.iicp.protocol.NodeDescriptor;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CandidateOrderTest {

    private static final NodeRecords NOTHING_SEEN = new NodeRecords(() -> 0);
    private static final List<NodeDescriptor> ABC =
            List.of(node("a", 0.9, 0.9), node("b", 0.8, 0.0), node("c", 0.7, 0.5));

    @ParameterizedTest
    @EnumSource(RoutingStrategy.class)
    void no_strategy_loses_or_repeats_a_candidate(RoutingStrategy strategy) {
        Random random = new Random(7);
        CandidateOrder order = new CandidateOrder(strategy, 0.5, 3, 0.04, random, NOTHING_SEEN);
        for (int run = 0; run < 500; run++) {
            List<NodeDescriptor> candidates = new ArrayList<>();
            int size = random.nextInt(12);
            for (int i = 0; i < size; i++) {
                candidates.add(node("n" + i, random.nextDouble(), random.nextBoolean() ? random.nextDouble() : null));
            }
            List<NodeDescriptor> ordered = order.order(candidates).nodes();
            assertThat(new HashSet<>(ordered)).isEqualTo(new HashSet<>(candidates));
            assertThat(ordered).hasSameSizeAs(candidates);
        }
    }

    @Test
    void epsilon_zero_is_the_order_of_the_directory() {
        assertThat(ids(order(RoutingStrategy.EPSILON, 0, 0.0).order(ABC))).containsExactly("a", "b", "c");
    }

    @Test
    void epsilon_one_explores_every_candidate_equally() {
        CandidateOrder order = new CandidateOrder(RoutingStrategy.EPSILON, 1, 3, 0.04, new Random(42), NOTHING_SEEN);
        Map<String, Integer> first = new HashMap<>();
        for (int i = 0; i < 3_000; i++) {
            first.merge(order.order(ABC).nodes().get(0).id(), 1, Integer::sum);
        }
        assertThat(first.keySet()).isEqualTo(Set.of("a", "b", "c"));
        assertThat(first.values()).allSatisfy(count -> assertThat(count).isBetween(850, 1_150));
    }

    @Test
    void an_explored_candidate_goes_first_and_the_rest_stays_in_order() {
        CandidateOrder.Ordered ordered =
                new CandidateOrder(RoutingStrategy.EPSILON, 1, 3, 0.04, new Fixed(0.0, 2), NOTHING_SEEN).order(ABC);
        assertThat(ids(ordered)).containsExactly("c", "a", "b");
        assertThat(ordered.explored()).isTrue();
    }

    @Test
    void the_weighted_draw_spreads_as_published() {
        assertThat(firstCounts(3)).isEqualTo(Map.of("a", 272, "b", 460, "c", 268));
        assertThat(firstCounts(2)).isEqualTo(Map.of("a", 372, "b", 628));
    }

    private static Map<String, Integer> firstCounts(int topK) {
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < 1_000; i++) {
            CandidateOrder order = new CandidateOrder(
                    RoutingStrategy.WEIGHTED, 0, topK, 0.04, new Fixed((i + 0.5) / 1_000, 0), NOTHING_SEEN);
            counts.merge(order.order(ABC).nodes().get(0).id(), 1, Integer::sum);
        }
        return counts;
    }

    @Test
    void load_above_one_and_a_draw_of_one_stay_in_range() {
        List<NodeDescriptor> overloaded = List.of(node("a", 0.9, 4.0), node("b", 0.5, 0.0));
        assertThat(ids(order(RoutingStrategy.WEIGHTED, 0, 0.9).order(overloaded)))
                .containsExactly("b", "a");
        assertThat(ids(order(RoutingStrategy.WEIGHTED, 0, 1.0).order(overloaded)))
                .containsExactly("b", "a");
    }

    @Test
    void softmax_prefers_the_best_sharply() {
        CandidateOrder order =
                new CandidateOrder(RoutingStrategy.SOFTMAX_TOP_K, 0, 3, 0.04, new Random(3), NOTHING_SEEN);
        int best = 0;
        for (int i = 0; i < 1_000; i++) {
            best += order.order(ABC).nodes().get(0).id().equals("a") ? 1 : 0;
        }
        assertThat(best).isBetween(870, 960);
    }

    @Test
    void parameters_out_of_range_are_refused() {
        assertThatThrownBy(() -> new CandidateOrder(RoutingStrategy.EPSILON, 1.5, 3, 0.04, new Random(1), NOTHING_SEEN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1.5");
        assertThatThrownBy(() -> new CandidateOrder(RoutingStrategy.WEIGHTED, 0, 0, 0.04, new Random(1), NOTHING_SEEN))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static CandidateOrder order(RoutingStrategy strategy, double epsilon, double draw) {
        return new CandidateOrder(strategy, epsilon, 3, 0.04, new Fixed(draw, 0), NOTHING_SEEN);
    }

    private static List<String> ids(CandidateOrder.Ordered ordered) {
        return ordered.nodes().stream().map(NodeDescriptor::id).toList();
    }

    /** Chance that always falls the same way. */
    private record Fixed(double draw, int index) implements RandomGenerator {
        @Override
        public double nextDouble() {
            return draw;
        }

        @Override
        public int nextInt(int bound) {
            return index;
        }

        @Override
        public long nextLong() {
            return 0;
        }
    }
}
