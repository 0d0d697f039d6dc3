package network.iicp.protocol;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Kinds of content a model takes or gives. Source: IICP capability format. */
public enum Modality {
    /** Written text. */
    TEXT,
    /** Still pictures. */
    IMAGE,
    /** Sound. */
    AUDIO,
    /** Moving pictures. */
    VIDEO;

    /** Returns the word used on the wire. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads the word used on the wire. */
    public static Optional<Modality> of(String word) {
        return Arrays.stream(values()).filter(m -> m.wireName().equals(word)).findFirst();
    }
}
