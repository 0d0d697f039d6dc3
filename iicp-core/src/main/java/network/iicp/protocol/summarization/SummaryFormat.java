package network.iicp.protocol.summarization;

import java.util.Locale;

/** What a summary looks like. Source: IICP intent registry 1.4, {@code llm:summarize:v1}. */
public enum SummaryFormat {
    /** A list of short points. */
    BULLETS,
    /** Running text. */
    PARAGRAPH,
    /** One line. */
    HEADLINE;

    /** Returns the word of the wire, such as {@code bullets}. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
