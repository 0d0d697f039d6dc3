package network.iicp.protocol.registration;

import java.util.List;
import network.iicp.protocol.NodeDescriptor;

/**
 * The nodes a directory named, best first. Immutable.
 *
 * @param nodes readable nodes in the directory's order, at most as many as asked, each id once
 * @param skipped entries that were left out because they were not readable, repeated an id or exceeded the limit
 * @param relayAvailable whether the directory says that some of them relay for others
 */
public record DiscoverReply(List<NodeDescriptor> nodes, int skipped, boolean relayAvailable) {

    /** Copies the nodes. */
    public DiscoverReply {
        nodes = List.copyOf(nodes);
    }

    /** Returns how many nodes there are. */
    public int count() {
        return nodes.size();
    }
}
