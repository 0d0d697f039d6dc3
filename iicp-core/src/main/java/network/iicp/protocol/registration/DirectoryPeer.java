package network.iicp.protocol.registration;

import java.net.URI;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A node as the bootstrap list of a directory names it.
 *
 * @param nodeId its id
 * @param endpoint base URL
 * @param region where it says it is, or {@code null}
 * @param lastSeen its last sign of life, or {@code null}
 */
public record DirectoryPeer(
        String nodeId,
        URI endpoint,
        @Nullable String region,
        @Nullable Instant lastSeen) {

    /** Checks that nothing required is missing. */
    public DirectoryPeer {
        Objects.requireNonNull(nodeId, "nodeId");
        Objects.requireNonNull(endpoint, "endpoint");
    }

    /** Names the node by its prefix; never its endpoint. */
    @Override
    public String toString() {
        return "DirectoryPeer[%s]".formatted(network.iicp.protocol.NodeDescriptor.prefixOf(nodeId));
    }
}
