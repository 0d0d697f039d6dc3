package network.iicp.protocol.embedding;

import java.util.List;
import java.util.Objects;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Usage;
import org.jspecify.annotations.Nullable;

/**
 * The vectors of an {@link EmbeddingRequest}, one for each text, in the order of the texts.
 *
 * @param vectors the vectors; callers must not change the arrays
 * @param model the model that made them, or {@code null}
 * @param usage tokens counted by the engine
 * @param provenance where the answer came from
 */
public record EmbeddingResult(
        List<float[]> vectors, @Nullable String model, Usage usage, Provenance provenance) {
    /** Checks that nothing required is missing and copies the list. */
    public EmbeddingResult {
        vectors = List.copyOf(vectors);
        Objects.requireNonNull(usage, "usage");
        Objects.requireNonNull(provenance, "provenance");
    }

    /** Returns the vector of the first text. */
    public float[] vector() {
        return vectors.get(0);
    }

    /** Counts the vectors and names model and provenance. */
    @Override
    public String toString() {
        return "EmbeddingResult[%d vectors, %s, %s]".formatted(vectors.size(), model, provenance);
    }
}
