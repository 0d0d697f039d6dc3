package network.iicp.client;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Whether tasks carry a token that the directory issued for consumer, node and intent. Source: IICP consumer, consumer token. */
public enum ConsumerTokenUse {
    /** With a node token of the directory a consumer token is asked for; without an answer the task goes without. */
    OPTIONAL,
    /** A task does not go without one. */
    REQUIRED,
    /** None is asked for. */
    DISABLED;

    /** Returns the use of a word, in any case: {@code optional}, {@code required} or {@code disabled}. */
    public static Optional<ConsumerTokenUse> of(String word) {
        return Arrays.stream(values())
                .filter(use -> use.wireName().equals(word.strip().toLowerCase(Locale.ROOT)))
                .findFirst();
    }

    /** Returns the word of this use. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
