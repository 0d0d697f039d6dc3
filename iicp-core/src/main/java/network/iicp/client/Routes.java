package network.iicp.client;

import java.time.Duration;
import java.util.List;
import network.iicp.protocol.NodeDescriptor;

/**
 * Nodes a directory named for a query, best first.
 *
 * @param nodes the nodes
 * @param source {@code directory}, {@code cache} or {@code stale_cache}
 * @param age time since the directory named them
 */
record Routes(List<NodeDescriptor> nodes, String source, Duration age) {
    Routes {
        nodes = List.copyOf(nodes);
    }
}
