package network.iicp.protocol.registration;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a node found out about its own exposure to the network. Source: IICP directory, registration. */
public enum ExposureMode {
    /** It can only call out. */
    OUTBOUND_ONLY,
    /** It has a public IPv4 address. */
    IPV4_PUBLIC_DIRECT,
    /** Its provider shares one IPv4 address among customers. */
    IPV4_CGNAT_BLOCKED,
    /** It has an IPv6 address behind a closed firewall. */
    IPV6_DIRECT_FIREWALL_REQUIRED,
    /** It has an IPv6 address, and the firewall opens on request. */
    IPV6_DIRECT_PINHOLE_AVAILABLE,
    /** It needs a relay. */
    RELAY_REQUIRED,
    /** It needs a tunnel. */
    TUNNEL_REQUIRED,
    /** It has both IPv4 and IPv6. */
    DUAL_STACK_AVAILABLE;

    /** Returns the word used on the wire. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads the word used on the wire. */
    public static Optional<ExposureMode> of(String word) {
        return Arrays.stream(values()).filter(m -> m.wireName().equals(word)).findFirst();
    }
}
