package network.iicp.client.selection;

import java.util.Arrays;
import java.util.Optional;

/** How candidates are ordered. The input is the directory's order, best first. */
public enum RoutingStrategy {
    /** The directory's order. */
    DETERMINISTIC("deterministic"),
    /** The directory's order, with a small chance that a random candidate goes first, so that new nodes get a try. */
    EPSILON("epsilon"),
    /** One of the best few drawn by score, sharply; the rest in order. */
    SOFTMAX_TOP_K("softmax_top_k"),
    /** One of the best few drawn by score over load; the rest in order. */
    WEIGHTED("weighted_v1");

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
