package network.iicp.client;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How a consumer asks a directory for nodes. Source: IICP consumer, route discovery mode. */
public enum RouteDiscovery {
    /**
     * By dispatch tickets, one at a time, as long as the directory issues them; by a list where it does not, and where a choice among
     * several nodes is wanted.
     */
    AUTO,
    /** By dispatch tickets only. */
    TICKETED,
    /** By a list only. */
    LEGACY;

    /** Returns the mode of a word, in any case: {@code auto}, {@code ticketed} or {@code legacy}. */
    public static Optional<RouteDiscovery> of(String word) {
        return Arrays.stream(values())
                .filter(mode -> mode.wireName().equals(word.strip().toLowerCase(Locale.ROOT)))
                .findFirst();
    }

    /** Returns the word of this mode. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
