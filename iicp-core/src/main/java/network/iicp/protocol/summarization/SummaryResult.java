package network.iicp.protocol.summarization;

import java.util.Objects;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Usage;
import org.jspecify.annotations.Nullable;

/**
 * A shortened text.
 *
 * @param text the summary
 * @param model the model that wrote it, or {@code null}
 * @param usage tokens counted by the engine
 * @param provenance where the answer came from, and whether it was emulated
 */
public record SummaryResult(String text, @Nullable String model, Usage usage, Provenance provenance) {

    /** Checks that nothing required is missing. */
    public SummaryResult {
        Objects.requireNonNull(text, "text");
        Objects.requireNonNull(usage, "usage");
        Objects.requireNonNull(provenance, "provenance");
    }

    /** Names model and provenance; never the text. */
    @Override
    public String toString() {
        return "SummaryResult[%s, %s]".formatted(model, provenance);
    }
}
