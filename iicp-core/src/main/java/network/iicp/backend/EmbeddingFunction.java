package network.iicp.backend;

import java.util.List;
import java.util.Objects;
import network.iicp.protocol.Usage;
import network.iicp.protocol.embedding.EmbeddingRequest;

/** An embedding model of the application, to be served by a {@link ModelBackend}. Called by several threads at once. */
@FunctionalInterface
public interface EmbeddingFunction {

    /**
     * What a model makes of texts.
     *
     * @param vectors one vector for each text, in their order
     * @param usage tokens, as far as they are known
     */
    record Vectors(List<float[]> vectors, Usage usage) {
        /** Copies the list. */
        public Vectors {
            vectors = List.copyOf(vectors);
            Objects.requireNonNull(usage, "usage");
        }
    }

    /**
     * Turns texts into vectors.
     *
     * @throws network.iicp.protocol.IicpException to answer with that code
     * @throws Exception for any other failure; the consumer is told {@code backend_error} without details
     */
    Vectors embed(EmbeddingRequest request) throws Exception;
}
