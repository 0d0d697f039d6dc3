package network.iicp.protocol.embedding;

import java.util.List;
import java.util.Objects;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Usage;
import org.jspecify.annotations.Nullable;

/**
 * The vectors of an {@link EmbeddingRequest}, one for each text, in the order of the texts; all of one length and one model.
 *
 * @param vectors the vectors; callers must not change the arrays
 * @param model the model that made them, or {@code null}
 * @param usage tokens counted by the engine, of all batches together; unknown when one batch was not counted
 * @param provenances where the vectors came from: one entry for each batch, in order
 */
public record EmbeddingResult(
        List<float[]> vectors, @Nullable String model, Usage usage, List<Provenance> provenances) {

    /** Checks that nothing required is missing and copies the lists. */
    public EmbeddingResult {
        vectors = List.copyOf(vectors);
        Objects.requireNonNull(usage, "usage");
        provenances = List.copyOf(provenances);
        if (provenances.isEmpty()) {
            throw new IllegalArgumentException("vectors come from somewhere: provenances must not be empty");
        }
    }

    /** Makes the result of one batch. */
    public EmbeddingResult(List<float[]> vectors, @Nullable String model, Usage usage, Provenance provenance) {
        this(vectors, model, usage, List.of(provenance));
    }

    /** Returns the vector of the first text. */
    public float[] vector() {
        return vectors.get(0);
    }

    /** Returns the length of the vectors; 0 when there is none. */
    public int dimensions() {
        return vectors.isEmpty() ? 0 : vectors.get(0).length;
    }

    /** Returns where the first batch came from. */
    public Provenance provenance() {
        return provenances.get(0);
    }

    /** Counts the vectors and names model and provenance. */
    @Override
    public String toString() {
        return "EmbeddingResult[%d vectors, %s, %s]".formatted(vectors.size(), model, provenance());
    }
}
