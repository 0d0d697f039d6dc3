package network.iicp.protocol.transcription;

import java.util.Objects;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Usage;
import org.jspecify.annotations.Nullable;

/**
 * The text of a recording.
 *
 * @param text what was said; empty when nothing was
 * @param model the model that wrote it down, or {@code null}
 * @param usage tokens counted by the engine
 * @param provenance where the answer came from
 */
public record TranscriptionResult(String text, @Nullable String model, Usage usage, Provenance provenance) {

    /** Checks that nothing required is missing. */
    public TranscriptionResult {
        Objects.requireNonNull(text, "text");
        Objects.requireNonNull(usage, "usage");
        Objects.requireNonNull(provenance, "provenance");
    }

    /** Names model and provenance; never the text. */
    @Override
    public String toString() {
        return "TranscriptionResult[%s, %s]".formatted(model, provenance);
    }
}
