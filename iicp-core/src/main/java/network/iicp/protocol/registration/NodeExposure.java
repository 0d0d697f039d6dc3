package network.iicp.protocol.registration;

import java.net.URI;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a node is reached besides its HTTP endpoint. Everything may be absent. Immutable.
 *
 * @param transportEndpoint address of the native transport, {@code iicp://} or {@code iicpsec://}, or {@code null}
 * @param method how traffic reaches the node, or {@code null}
 * @param natType the address translation in front of it, or {@code null}
 * @param mode what it found out about its exposure, or {@code null}
 * @param metadata free members on how this was found out
 * @param relayAcceptPort the port on which it relays for others, or {@code null} when it is no relay
 */
public record NodeExposure(
        @Nullable URI transportEndpoint,
        @Nullable TransportMethod method,
        @Nullable NatType natType,
        @Nullable ExposureMode mode,
        Map<String, Object> metadata,
        @Nullable Integer relayAcceptPort) {

    /** Nothing is said. */
    public static final NodeExposure UNSTATED = new NodeExposure(null, null, null, null, Map.of(), null);

    /**
     * Checks the port and copies the metadata.
     *
     * @throws IllegalArgumentException if the port is not between 1 and 65535
     */
    public NodeExposure {
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        if (relayAcceptPort != null && (relayAcceptPort < 1 || relayAcceptPort > 65_535)) {
            throw new IllegalArgumentException("relayAcceptPort must be between 1 and 65535, was " + relayAcceptPort);
        }
    }

    /** Returns whether the node relays for others. */
    public boolean relayCapable() {
        return relayAcceptPort != null;
    }

    /**
     * Returns whether the node says by which translation and method it is reached; a public directory then believes it
     * without dialling back.
     */
    public boolean isDeclaredReachable() {
        return method != null && natType != null && natType.isConcrete();
    }

    /** Returns the exposure of a node whose endpoint is its own address. */
    public static NodeExposure direct() {
        return new NodeExposure(null, TransportMethod.DIRECT, null, null, Map.of(), null);
    }
}
