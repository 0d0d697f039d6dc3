package network.iicp.protocol.registration;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How traffic reaches a node from outside. Source: IICP directory, registration. */
public enum TransportMethod {
    /** The endpoint is the node's own address. */
    DIRECT,
    /** A router forwards a port, opened by UPnP. */
    UPNP_MAPPED,
    /** A path punched through address translation. */
    STUN_HOLE_PUNCH,
    /** Through a relay. */
    TURN_RELAY,
    /** Through a tunnel service. */
    EXTERNAL_TUNNEL,
    /** Through a browser data channel. */
    WEBRTC_DATACHANNEL,
    /** Not determined. */
    UNKNOWN;

    /** Returns the word used on the wire. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads the word used on the wire. */
    public static Optional<TransportMethod> of(String word) {
        return Arrays.stream(values()).filter(m -> m.wireName().equals(word)).findFirst();
    }
}
