package network.iicp.client.cooperation;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How several workers make one answer. */
public enum CooperationPolicy {
    /** Every worker answers the whole question, the best answer counts. */
    BEST_OF_N,
    /** Every worker answers the whole question, the answer that enough of them give counts. */
    MAJORITY_VOTE,
    /** Every worker answers a part; the answers are joined. */
    MAP_REDUCE;

    /** Returns the word used on the wire, for example {@code best_of_n}. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads the word used on the wire. */
    public static Optional<CooperationPolicy> of(String word) {
        return Arrays.stream(values())
                .filter(policy -> policy.wireName().equals(word))
                .findFirst();
    }
}
