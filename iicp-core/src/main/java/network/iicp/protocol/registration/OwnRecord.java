package network.iicp.protocol.registration;

import java.net.URI;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a directory knows about the node that asks.
 *
 * @param nodeId its id
 * @param endpoint the base URL it registered, or {@code null}
 * @param observedSourceIp address its last call came from, or {@code null}
 */
public record OwnRecord(
        String nodeId, @Nullable URI endpoint, @Nullable String observedSourceIp) {

    /** Checks that nothing required is missing. */
    public OwnRecord {
        Objects.requireNonNull(nodeId, "nodeId");
    }
}
