package network.iicp.client;

import java.time.Duration;
import java.util.List;
import network.iicp.protocol.NodeDescriptor;

/**
 * What a directory named for a query.
 *
 * @param nodes the nodes, best first; one at most with a ticket
 * @param ticketed whether a ticket names them
 * @param usableFor how long they may be used without asking again
 */
record Named(List<NodeDescriptor> nodes, boolean ticketed, Duration usableFor) {

    /** How long a list is used without asking again. */
    static final Duration LIST_FRESH = Duration.ofSeconds(5);

    /** How long it is believed that there is nothing. */
    static final Duration NOTHING_FRESH = Duration.ofSeconds(2);

    static final Named NOTHING = new Named(List.of(), false, NOTHING_FRESH);

    Named {
        nodes = List.copyOf(nodes);
    }

    static Named list(List<NodeDescriptor> nodes) {
        return new Named(nodes, false, nodes.isEmpty() ? NOTHING_FRESH : LIST_FRESH);
    }

    static Named ticket(NodeDescriptor node, Duration usableFor) {
        return new Named(List.of(node), true, usableFor);
    }

    /** No route, said by a directory that issues tickets. */
    static Named noTicket() {
        return new Named(List.of(), true, NOTHING_FRESH);
    }
}
