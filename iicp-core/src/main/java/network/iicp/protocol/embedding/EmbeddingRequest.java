package network.iicp.protocol.embedding;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Texts to turn into vectors. Immutable.
 *
 * @param input at least one text
 * @param model the model wanted, or {@code null} for any; name it when vectors are stored
 * @param dimensions length of the vectors wanted, at least 1, or {@code null}; only some models can choose
 * @param batchSize most texts that go into one task, at least 1, or {@code null} for the client's setting; never sent
 * @param extra further payload members, passed through as they are; they never replace the ones above
 */
public record EmbeddingRequest(
        List<String> input,
        @Nullable String model,
        @Nullable Integer dimensions,
        @Nullable Integer batchSize,
        Map<String, Object> extra) {

    /** Checks that there is a text and copies the collections. */
    public EmbeddingRequest {
        input = List.copyOf(input);
        if (input.isEmpty()) {
            throw new IllegalArgumentException("an embedding request needs at least one text");
        }
        if (dimensions != null && dimensions < 1) {
            throw new IllegalArgumentException("dimensions must be at least 1, was " + dimensions);
        }
        if (batchSize != null && batchSize < 1) {
            throw new IllegalArgumentException("batchSize must be at least 1, was " + batchSize);
        }
        extra = Collections.unmodifiableMap(new LinkedHashMap<>(extra));
    }

    /** Returns a request for these texts. */
    public static EmbeddingRequest of(String... texts) {
        return of(List.of(texts));
    }

    /** Returns a request for these texts. */
    public static EmbeddingRequest of(List<String> texts) {
        return new EmbeddingRequest(texts, null, null, null, Map.of());
    }

    /** Returns a copy that asks for this model. */
    public EmbeddingRequest withModel(@Nullable String name) {
        return new EmbeddingRequest(input, name, dimensions, batchSize, extra);
    }

    /** Returns a copy that asks for vectors of this length. */
    public EmbeddingRequest withDimensions(@Nullable Integer length) {
        return new EmbeddingRequest(input, model, length, batchSize, extra);
    }

    /** Returns a copy that puts at most so many texts into one task. */
    public EmbeddingRequest withBatchSize(@Nullable Integer texts) {
        return new EmbeddingRequest(input, model, dimensions, texts, extra);
    }

    /** Returns a copy with other texts. */
    public EmbeddingRequest withInput(List<String> texts) {
        return new EmbeddingRequest(texts, model, dimensions, batchSize, extra);
    }

    /** Counts the texts and names the model; never shows content. */
    @Override
    public String toString() {
        return "EmbeddingRequest[%d texts, model %s]".formatted(input.size(), model);
    }
}
