package network.iicp.client.selection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import network.iicp.client.selection.NodeRecords.Seen;
import network.iicp.protocol.NodeDescriptor;

/**
 * Orders candidates by a {@link RoutingStrategy}. Thread-safe if the random generator is.
 *
 * @param strategy the strategy
 * @param epsilon chance of exploring, 0 to 1
 * @param topK how many of the best take part in a draw, at least 1
 * @param temperature how sharply softmax prefers the best, at least 0.001
 * @param random where chance comes from
 * @param records what this client has seen of the nodes
 */
public record CandidateOrder(
        RoutingStrategy strategy,
        double epsilon,
        int topK,
        double temperature,
        RandomGenerator random,
        NodeRecords records) {

    /** Default of {@code topK}. */
    public static final int DEFAULT_TOP_K = 3;

    /** Default of {@code temperature}. */
    public static final double DEFAULT_TEMPERATURE = 0.04;

    /** Default chance of exploring. */
    public static final double DEFAULT_EPSILON = 0.05;

    private static final double LEAST_WEIGHT = 0.01;
    private static final double JUST_BELOW_ONE = 0.999999999;
    private static final Duration LATENCY_OF_NOBODY = Duration.ofMillis(1);

    /** Checks the ranges. */
    public CandidateOrder {
        Objects.requireNonNull(strategy, "strategy");
        Objects.requireNonNull(random, "random");
        Objects.requireNonNull(records, "records");
        if (!(epsilon >= 0 && epsilon <= 1) || topK < 1 || !(temperature >= 0.001)) {
            throw new IllegalArgumentException(
                    "epsilon must be 0..1, topK at least 1, temperature at least 0.001; were %s, %d, %s"
                            .formatted(epsilon, topK, temperature));
        }
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

    /** Orders candidates that come in the directory's order. None is dropped; suspect ones go last. */
    public Ordered order(List<NodeDescriptor> candidates) {
        if (candidates.size() < 2) {
            return new Ordered(candidates, false);
        }
        Map<String, Seen> seen = new HashMap<>();
        candidates.forEach(node -> seen.put(node.id(), records.seen(node.id())));
        List<NodeDescriptor> trusted = new ArrayList<>();
        List<NodeDescriptor> suspect = new ArrayList<>();
        candidates.forEach(node -> (seenOf(seen, node).isSuspect() ? suspect : trusted).add(node));
        if (trusted.isEmpty()) {
            return byStrategy(suspect, seen);
        }
        Ordered first = byStrategy(trusted, seen);
        List<NodeDescriptor> all = new ArrayList<>(first.nodes());
        all.addAll(suspect);
        return new Ordered(all, first.explored());
    }

    private static Seen seenOf(Map<String, Seen> seen, NodeDescriptor node) {
        return seen.getOrDefault(node.id(), Seen.NOTHING);
    }

    private Ordered byStrategy(List<NodeDescriptor> candidates, Map<String, Seen> seen) {
        if (candidates.size() < 2) {
            return new Ordered(candidates, false);
        }
        return switch (strategy) {
            case DETERMINISTIC -> new Ordered(candidates, false);
            case EPSILON -> epsilon(candidates);
            case SOFTMAX_TOP_K -> front(candidates, draw(softmaxWeights(candidates, seen)));
            case WEIGHTED -> front(candidates, draw(loadWeights(candidates, seen)));
            case LEAST_LOADED -> cheapestFirst(candidates, load(candidates, seen));
            case LATENCY_AWARE -> cheapestFirst(candidates, latency(candidates, seen));
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

    private double[] softmaxWeights(List<NodeDescriptor> candidates, Map<String, Seen> seen) {
        double[] weights = new double[Math.min(topK, candidates.size())];
        double best = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < weights.length; i++) {
            best = Math.max(best, candidates.get(i).score());
        }
        for (int i = 0; i < weights.length; i++) {
            NodeDescriptor node = candidates.get(i);
            weights[i] = Math.exp((node.score() - best) / temperature)
                    * (1 - seenOf(seen, node).errorRate());
        }
        return weights;
    }

    private double[] loadWeights(List<NodeDescriptor> candidates, Map<String, Seen> seen) {
        double[] weights = new double[Math.min(topK, candidates.size())];
        for (int i = 0; i < weights.length; i++) {
            NodeDescriptor node = candidates.get(i);
            double useful = 1 - seenOf(seen, node).errorRate();
            weights[i] = Math.max(node.score(), LEAST_WEIGHT) / (1 + busy(node)) * useful;
        }
        return weights;
    }

    private static double busy(NodeDescriptor node) {
        Double load = node.load();
        return load == null ? 0 : Math.min(1, Math.max(0, load));
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

    /** Own calls count first, the node's own word on its load decides between equals. Failing often is as bad as being busy. */
    private static double[] load(List<NodeDescriptor> candidates, Map<String, Seen> seen) {
        double[] costs = new double[candidates.size()];
        for (int i = 0; i < costs.length; i++) {
            NodeDescriptor node = candidates.get(i);
            Seen own = seenOf(seen, node);
            costs[i] = (1 + own.inFlight() + busy(node) / 2) / (1 - own.errorRate());
        }
        return costs;
    }

    /** A node that has not answered yet is taken to be as fast as the fastest, so that it gets a try. */
    private static double[] latency(List<NodeDescriptor> candidates, Map<String, Seen> seen) {
        Duration fastest = candidates.stream()
                .map(node -> seenOf(seen, node).latency())
                .filter(Objects::nonNull)
                .min(Comparator.naturalOrder())
                .orElse(LATENCY_OF_NOBODY);
        double[] costs = new double[candidates.size()];
        for (int i = 0; i < costs.length; i++) {
            Seen own = seenOf(seen, candidates.get(i));
            Duration expected = own.latency() == null ? fastest : own.latency();
            costs[i] = (double) (1 + expected.toNanos()) * (1 + own.inFlight()) / (1 - own.errorRate());
        }
        return costs;
    }

    /** Equals go in an order of chance, or every client would choose the same of them. */
    private Ordered cheapestFirst(List<NodeDescriptor> candidates, double[] costs) {
        record Priced(NodeDescriptor node, double cost, double lot) {}
        List<Priced> priced = new ArrayList<>();
        for (int i = 0; i < costs.length; i++) {
            priced.add(new Priced(candidates.get(i), costs[i], random.nextDouble()));
        }
        priced.sort(Comparator.comparingDouble(Priced::cost).thenComparingDouble(Priced::lot));
        return new Ordered(priced.stream().map(Priced::node).toList(), false);
    }
}
