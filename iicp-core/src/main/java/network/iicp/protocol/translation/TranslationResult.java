package network.iicp.protocol.translation;

import java.util.Objects;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Usage;
import org.jspecify.annotations.Nullable;

/**
 * A text in another language.
 *
 * @param text the translation
 * @param model the model that wrote it, or {@code null}
 * @param usage tokens counted by the engine
 * @param provenance where the answer came from, and whether it was emulated
 */
public record TranslationResult(String text, @Nullable String model, Usage usage, Provenance provenance) {

    /** Checks that nothing required is missing. */
    public TranslationResult {
        Objects.requireNonNull(text, "text");
        Objects.requireNonNull(usage, "usage");
        Objects.requireNonNull(provenance, "provenance");
    }

    /** Names model and provenance; never the text. */
    @Override
    public String toString() {
        return "TranslationResult[%s, %s]".formatted(model, provenance);
    }
}
