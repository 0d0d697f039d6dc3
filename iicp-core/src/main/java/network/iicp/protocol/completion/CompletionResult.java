package network.iicp.protocol.completion;

import java.util.Objects;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Usage;
import network.iicp.protocol.chat.FinishReason;
import org.jspecify.annotations.Nullable;

/**
 * The continuation of a prompt.
 *
 * @param text the continuation, possibly empty
 * @param finishReason why the model stopped
 * @param model the model that answered, or {@code null}
 * @param usage tokens counted by the engine
 * @param provenance where the answer came from
 */
public record CompletionResult(
        String text, FinishReason finishReason, @Nullable String model, Usage usage, Provenance provenance) {
    /** Checks that nothing required is missing. */
    public CompletionResult {
        Objects.requireNonNull(text, "text");
        Objects.requireNonNull(finishReason, "finishReason");
        Objects.requireNonNull(usage, "usage");
        Objects.requireNonNull(provenance, "provenance");
    }

    /** Names model, finish reason and provenance; never the text. */
    @Override
    public String toString() {
        return "CompletionResult[%s, %s, %s]".formatted(model, finishReason, provenance);
    }
}
