package network.iicp.client.selection;

import java.util.Arrays;
import java.util.Optional;

/**
 * How candidates are ordered. The input is the directory's order, best first. Whatever the strategy, nodes that failed this
 * client repeatedly of late, or asked for a pause, come after the others. The last two look only at what this client has
 * seen itself; nothing of that goes over the wire.
 */
public enum RoutingStrategy {
    /** The directory's order. */
    DETERMINISTIC("deterministic"),
    /** The directory's order, with a small chance that a random candidate goes first, so that new nodes get a try. */
    EPSILON("epsilon"),
    /** One of the best few drawn by score, sharply; the rest in order. */
    SOFTMAX_TOP_K("softmax_top_k"),
    /** One of the best few drawn by score over load; the rest in order. */
    WEIGHTED("weighted_v1"),
    /** The one with the fewest calls of this client under way goes first, at equal numbers the one with less load. */
    LEAST_LOADED("least_loaded"),
    /** The one that answered this client fastest of late goes first, counting calls under way; unknown ones get a try. */
    LATENCY_AWARE("latency_aware");

    private final String wireName;

    RoutingStrategy(String wireName) {
        this.wireName = wireName;
    }

    /** Returns the name used in configuration and receipts. */
    public String wireName() {
        return wireName;
    }

    /** Reads the name used in configuration. */
    public static Optional<RoutingStrategy> of(String word) {
        return Arrays.stream(values()).filter(s -> s.wireName.equals(word)).findFirst();
    }
}
