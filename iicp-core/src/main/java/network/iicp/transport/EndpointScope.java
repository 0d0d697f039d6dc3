package network.iicp.transport;

import java.net.InetAddress;
import java.net.URI;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import network.iicp.transport.internal.IpLiteral;

/** How far away the endpoints of a mesh may be; one notion for directory, node and client. */
public enum EndpointScope {
    /** The directory is on this machine: loopback is allowed as well as listed private networks and the public internet. */
    LOCAL,
    /** Private networks are listed by the operator: they are allowed as well as the public internet; loopback only if listed. */
    PRIVATE,
    /** Only addresses that the whole internet routes. */
    PUBLIC;

    /**
     * Returns the scope that follows from where the directory is.
     *
     * @param directoryUrl the base URL of the directory
     * @param privateNetworksConfigured whether the operator listed private networks
     * @return {@link #LOCAL} for a loopback literal or {@code localhost}, otherwise {@link #PRIVATE} when networks are listed, otherwise
     *     {@link #PUBLIC}; no name is resolved
     */
    public static EndpointScope ofDirectory(URI directoryUrl, boolean privateNetworksConfigured) {
        Objects.requireNonNull(directoryUrl, "directoryUrl");
        String host = directoryUrl.getHost();
        if (host != null && isLoopback(host)) {
            return LOCAL;
        }
        return privateNetworksConfigured ? PRIVATE : PUBLIC;
    }

    private static boolean isLoopback(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        if (name.equals("localhost") || name.equals("localhost.")) {
            return true;
        }
        Optional<InetAddress> literal = IpLiteral.parse(name);
        return literal.isPresent() && AddressClass.of(literal.get()) == AddressClass.LOOPBACK;
    }
}
