package network.iicp.protocol.registration;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The address translation in front of a node. Source: IICP directory, registration. */
public enum NatType {
    /** There is none. */
    NONE,
    /** Anyone may send to the mapped port. */
    FULL_CONE,
    /** Only addresses that were sent to may answer. */
    RESTRICTED_CONE,
    /** Only address and port that were sent to may answer. */
    PORT_RESTRICTED,
    /** Every destination gets its own mapping. */
    SYMMETRIC,
    /** Not determined. */
    UNKNOWN;

    /** Returns the word used on the wire. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns whether this names a translation that was really found. */
    public boolean isConcrete() {
        return this != NONE && this != UNKNOWN;
    }

    /** Reads the word used on the wire. */
    public static Optional<NatType> of(String word) {
        return Arrays.stream(values()).filter(t -> t.wireName().equals(word)).findFirst();
    }
}
