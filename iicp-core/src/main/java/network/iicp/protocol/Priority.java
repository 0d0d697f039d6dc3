package network.iicp.protocol;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How a task ranks among others that wait at the same node. Source: IICP core, task constraints. */
public enum Priority {
    /** After everything else. */
    LOW,
    /** The default. */
    NORMAL,
    /** Before normal tasks. */
    HIGH,
    /** Before everything else. */
    CRITICAL;

    /** Returns the word used on the wire. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads the word used on the wire. */
    public static Optional<Priority> of(String word) {
        return Arrays.stream(values()).filter(p -> p.wireName().equals(word)).findFirst();
    }
}
