package network.iicp.client;

import java.time.Duration;
import java.util.List;
import network.iicp.protocol.NodeDescriptor;

/**
 * Nodes a directory named for a query, best first.
 *
 * @param nodes the nodes
 * @param source {@code directory}, {@code ticket}, {@code cache}, {@code standby} or {@code stale_cache}
 * @param age time since the directory named them
 * @param ticketed whether tickets name them, so that there may be more
 */
record Routes(List<NodeDescriptor> nodes, String source, Duration age, boolean ticketed) {

    /** Named just now in a list. */
    static final String DIRECTORY = "directory";

    /** Named just now by a ticket. */
    static final String TICKET = "ticket";

    /** Remembered. */
    static final String CACHE = "cache";

    /** From the list that was fetched beside a ticket, because no more tickets can be had. */
    static final String STANDBY = "standby";

    /** Remembered for longer than usual, because no directory answers. */
    static final String STALE_CACHE = "stale_cache";

    /** No node. */
    static final Routes NONE = new Routes(List.of(), CACHE, Duration.ZERO, false);

    Routes {
        nodes = List.copyOf(nodes);
    }
}
