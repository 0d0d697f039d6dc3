package network.iicp.protocol.summarization;

import org.jspecify.annotations.Nullable;

/**
 * A text to shorten. Immutable; absent options are {@code null} and left to the node.
 *
 * @param text the text, not blank
 * @param maxLength longest summary, at least 1; the registry names no unit, an emulation counts words
 * @param format what the summary looks like
 * @param language the language of the summary, such as {@code de}; that of the text unless given
 * @param model the model wanted
 */
public record SummaryRequest(
        String text,
        @Nullable Integer maxLength,
        @Nullable SummaryFormat format,
        @Nullable String language,
        @Nullable String model) {

    /** Checks that there is a text, and the ranges. */
    public SummaryRequest {
        if (text.isBlank()) {
            throw new IllegalArgumentException("a summary needs a text");
        }
        if (maxLength != null && maxLength < 1) {
            throw new IllegalArgumentException("maxLength must be at least 1, was " + maxLength);
        }
    }

    /** Returns a request without options. */
    public static SummaryRequest of(String text) {
        return new SummaryRequest(text, null, null, null, null);
    }

    /** Returns a copy with this longest summary. */
    public SummaryRequest withMaxLength(@Nullable Integer length) {
        return new SummaryRequest(text, length, format, language, model);
    }

    /** Returns a copy that asks for this format. */
    public SummaryRequest withFormat(@Nullable SummaryFormat wanted) {
        return new SummaryRequest(text, maxLength, wanted, language, model);
    }

    /** Returns a copy that asks for a summary in this language. */
    public SummaryRequest withLanguage(@Nullable String code) {
        return new SummaryRequest(text, maxLength, format, code, model);
    }

    /** Returns a copy that asks for this model. */
    public SummaryRequest withModel(@Nullable String name) {
        return new SummaryRequest(text, maxLength, format, language, name);
    }

    /** Names the options; never shows the text. */
    @Override
    public String toString() {
        return "SummaryRequest[format %s, model %s]".formatted(format, model);
    }
}
