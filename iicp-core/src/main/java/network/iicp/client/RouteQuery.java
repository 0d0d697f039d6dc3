package network.iicp.client;

import network.iicp.client.selection.RoutingStrategy;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Modality;
import network.iicp.protocol.Qos;
import org.jspecify.annotations.Nullable;

/**
 * What the directory is asked for, and the key routes are remembered under.
 *
 * @param intent what is wanted
 * @param model the model wanted, or {@code null}
 * @param region region to prefer, or {@code null}
 * @param qos urgency, or {@code null}
 * @param minReputation least reputation, or {@code null}
 * @param several whether the call chooses among several nodes, so that a list fits better than a ticket for one
 * @param modality what the model must take besides text, or {@code null}
 */
record RouteQuery(
        Intent intent,
        @Nullable String model,
        @Nullable String region,
        @Nullable Qos qos,
        @Nullable Double minReputation,
        boolean several,
        @Nullable Modality modality) {

    /**
     * Strategies that follow the directory's order work with one node at a time. The others choose; so does a call that wants one certain
     * node, or one that streams.
     */
    static boolean wantsSeveral(boolean certainNode, boolean streaming, RoutingStrategy strategy) {
        return certainNode
                || streaming
                || (strategy != RoutingStrategy.DETERMINISTIC && strategy != RoutingStrategy.EPSILON);
    }
}
