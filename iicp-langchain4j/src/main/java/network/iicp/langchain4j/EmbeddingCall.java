package network.iicp.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.TokenUsage;
import java.util.List;
import java.util.Map;
import network.iicp.client.CallOptions;
import network.iicp.protocol.Usage;
import network.iicp.protocol.embedding.EmbeddingRequest;
import network.iicp.protocol.embedding.EmbeddingResult;
import org.jspecify.annotations.Nullable;

/**
 * One embedding request of LangChain4j in the words of the mesh.
 *
 * @param request the texts; the client sends them in batches
 * @param options how they are routed
 */
record EmbeddingCall(EmbeddingRequest request, CallOptions options) {

    /**
     * Maps a request.
     *
     * @param request a request with the defaults of the model already applied
     * @param batchSize most inputs of a batch
     * @throws InvalidRequestException if a value is out of range
     */
    static EmbeddingCall of(dev.langchain4j.model.embedding.request.EmbeddingRequest request, int batchSize) {
        List<String> texts = request.inputs().stream().map(EmbeddingInput::text).toList();
        String model = request.modelName();
        try {
            return new EmbeddingCall(
                    new EmbeddingRequest(texts, model, request.dimensions(), batchSize, Map.of()),
                    IicpEmbeddingRequestParameters.routing(request.parameters()));
        } catch (IllegalArgumentException e) {
            throw MeshErrors.translate(e, model);
        }
    }

    /** Returns the model asked for by name, or {@code null}. */
    @Nullable
    String model() {
        return request.model();
    }

    /** Maps a result. */
    static EmbeddingResponse response(EmbeddingResult result) {
        return EmbeddingResponse.builder()
                .embeddings(result.vectors().stream().map(Embedding::from).toList())
                .metadata(IicpEmbeddingResponseMetadata.builder()
                        .modelName(result.model())
                        .tokenUsage(tokens(result.usage()))
                        .provenances(result.provenances())
                        .build())
                .build();
    }

    private static @Nullable TokenUsage tokens(Usage usage) {
        return usage.promptTokens() == null && usage.totalTokens() == null
                ? null
                : new TokenUsage(usage.promptTokens(), null, usage.totalTokens());
    }
}
