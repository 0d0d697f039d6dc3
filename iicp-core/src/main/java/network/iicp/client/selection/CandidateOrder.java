package network.iicp.client.selection;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import network.iicp.protocol.NodeDescriptor;

/**
 * Orders candidates by a {@link RoutingStrategy}. Thread-safe if the random generator is.
 *
 * @param strategy the strategy
 * @param epsilon chance of exploring, 0 to 1
 * @param topK how many of the best take part in a draw, at least 1
 * @param temperature how sharply softmax prefers the best, at least 0.001
 * @param random where chance comes from
 */
public record CandidateOrder(
        RoutingStrategy strategy, double epsilon, int topK, double temperature, RandomGenerator random) {

    /** Default of {@code topK}. */
    public static final int DEFAULT_TOP_K = 3;

    /** Default of {@code temperature}. */
    public static final double DEFAULT_TEMPERATURE = 0.04;

    /** Default chance of exploring. */
    public static final double DEFAULT_EPSILON = 0.05;

    private static final double LEAST_WEIGHT = 0.01;
    private static final double JUST_BELOW_ONE = 0.999999999;

    /** Checks the ranges. */
    public CandidateOrder {
        Objects.requireNonNull(strategy, "strategy");
        Objects.requireNonNull(random, "random");
        if (!(epsilon >= 0 && epsilon <= 1) || topK < 1 || !(temperature >= 0.001)) {
            throw new IllegalArgumentException(
                    "epsilon must be 0..1, topK at least 1, temperature at least 0.001; were %s, %d, %s"
                            .formatted(epsilon, topK, temperature));
        }
    }

    /** Returns an order with default parameters. */
    public static CandidateOrder of(RoutingStrategy strategy, double epsilon, RandomGenerator random) {
        return new CandidateOrder(strategy, epsilon, DEFAULT_TOP_K, DEFAULT_TEMPERATURE, random);
    }

    /**
     * The ordered candidates.
     *
     * @param nodes all candidates, the one to try first at the front
     * @param explored whether the front one was put there by chance
     */
    public record Ordered(List<NodeDescriptor> nodes, boolean explored) {
        /** Copies the list. */
        public Ordered {
            nodes = List.copyOf(nodes);
        }
    }

    /** Orders candidates that come in the directory's order. None is dropped. */
    public Ordered order(List<NodeDescriptor> candidates) {
        if (candidates.size() < 2) {
            return new Ordered(candidates, false);
        }
        return switch (strategy) {
            case DETERMINISTIC -> new Ordered(candidates, false);
            case EPSILON -> epsilon(candidates);
            case SOFTMAX_TOP_K -> front(candidates, drawSoftmax(candidates));
            case WEIGHTED -> front(candidates, drawWeighted(candidates));
        };
    }

    private Ordered epsilon(List<NodeDescriptor> candidates) {
        if (random.nextDouble() >= epsilon) {
            return new Ordered(candidates, false);
        }
        return front(candidates, random.nextInt(candidates.size()));
    }

    private static Ordered front(List<NodeDescriptor> candidates, int chosen) {
        List<NodeDescriptor> ordered = new ArrayList<>(candidates);
        ordered.add(0, ordered.remove(chosen));
        return new Ordered(ordered, chosen != 0);
    }

    private int drawSoftmax(List<NodeDescriptor> candidates) {
        int pool = Math.min(topK, candidates.size());
        double best = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < pool; i++) {
            best = Math.max(best, candidates.get(i).score());
        }
        double[] weights = new double[pool];
        for (int i = 0; i < pool; i++) {
            weights[i] = Math.exp((candidates.get(i).score() - best) / temperature);
        }
        return draw(weights);
    }

    private int drawWeighted(List<NodeDescriptor> candidates) {
        int pool = Math.min(topK, candidates.size());
        double[] weights = new double[pool];
        for (int i = 0; i < pool; i++) {
            NodeDescriptor node = candidates.get(i);
            Double load = node.load();
            double busy = load == null ? 0 : Math.min(1, Math.max(0, load));
            weights[i] = Math.max(node.score(), LEAST_WEIGHT) / (1 + busy);
        }
        return draw(weights);
    }

    private int draw(double[] weights) {
        double sum = 0;
        for (double weight : weights) {
            sum += weight;
        }
        double left = Math.min(random.nextDouble(), JUST_BELOW_ONE) * sum;
        for (int i = 0; i < weights.length; i++) {
            left -= weights[i];
            if (left <= 0) {
                return i;
            }
        }
        return weights.length - 1;
    }
}
