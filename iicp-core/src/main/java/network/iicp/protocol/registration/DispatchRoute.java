package network.iicp.protocol.registration;

import java.util.Objects;
import network.iicp.protocol.NodeDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * One node a directory named, and its signed word for that, not checked yet. Immutable. Source: IICP directory, dispatch ticket.
 *
 * @param ticket the signed word
 * @param node the node, as its route describes it; without load and profiles unless the directory is one of ours
 * @param manifestDigest SHA-256 of the policy manifest that came with the route, or {@code null}
 */
public record DispatchRoute(
        String ticket, NodeDescriptor node, @Nullable String manifestDigest) {

    /** Checks that nothing required is missing. */
    public DispatchRoute {
        Objects.requireNonNull(ticket, "ticket");
        Objects.requireNonNull(node, "node");
    }

    /** Shows no ticket. */
    @Override
    public String toString() {
        return "DispatchRoute[%s]".formatted(node.prefix());
    }
}
