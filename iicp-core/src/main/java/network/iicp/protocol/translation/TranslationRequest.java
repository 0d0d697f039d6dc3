package network.iicp.protocol.translation;

import org.jspecify.annotations.Nullable;

/**
 * A text to say in another language. Immutable.
 *
 * @param text the text, not blank
 * @param targetLanguage the language wanted, such as {@code de}; not blank
 * @param sourceLanguage the language of the text, or {@code null} to leave that to the node
 * @param model the model wanted, or {@code null} for any
 */
public record TranslationRequest(
        String text,
        String targetLanguage,
        @Nullable String sourceLanguage,
        @Nullable String model) {

    /** Checks that text and language are there. */
    public TranslationRequest {
        if (text.isBlank()) {
            throw new IllegalArgumentException("a translation needs a text");
        }
        if (targetLanguage.isBlank()) {
            throw new IllegalArgumentException("a translation needs a target language");
        }
    }

    /** Returns a request to translate from whatever language it is. */
    public static TranslationRequest of(String text, String targetLanguage) {
        return new TranslationRequest(text, targetLanguage, null, null);
    }

    /** Returns a copy that says which language the text has. */
    public TranslationRequest withSourceLanguage(@Nullable String code) {
        return new TranslationRequest(text, targetLanguage, code, model);
    }

    /** Returns a copy that asks for this model. */
    public TranslationRequest withModel(@Nullable String name) {
        return new TranslationRequest(text, targetLanguage, sourceLanguage, name);
    }

    /** Names languages and model; never shows the text. */
    @Override
    public String toString() {
        return "TranslationRequest[%s to %s, model %s]".formatted(sourceLanguage, targetLanguage, model);
    }
}
