package network.iicp.langchain4j;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import dev.langchain4j.model.scoring.ScoringModel;
import dev.langchain4j.model.scoring.request.ScoringRequest;
import dev.langchain4j.model.scoring.request.ScoringRequestParameters;
import dev.langchain4j.model.scoring.response.ScoringResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Usage;
import network.iicp.protocol.reranking.RerankRequest;
import network.iicp.protocol.reranking.RerankResult;
import org.jspecify.annotations.Nullable;

/**
 * A scoring model that is whichever node of the mesh can answer now. Experimental: the protocol's registry only reserves the intent,
 * {@code llm:rerank:v1}, and nodes that serve it are rare. A client that was
 * {@linkplain network.iicp.IicpClient.Builder#emulation built with emulation} asks a chat model instead; the provenance tells, in the
 * metadata of a blocking response under {@value #PROVENANCE}.
 *
 * <p>Scores are on the model's own scale. Where a node ranks without scores the place gives them: 1 for the best, evenly down to 0 for
 * the last. Failures are LangChain4j's exceptions; their cause is the {@link IicpException}.
 *
 * <p>Thread-safe. Close it if it was built with a directory URL; a shared client stays open.
 */
public final class IicpScoringModel implements ScoringModel, AutoCloseable {

    /** Name of the {@link network.iicp.protocol.Provenance} in the metadata of a response. */
    public static final String PROVENANCE = "iicp.provenance";

    private final MeshModel mesh;

    private IicpScoringModel(MeshModel mesh) {
        this.mesh = mesh;
    }

    /** Returns a builder with nothing set. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Scores texts against a query, in the order of the texts.
     *
     * @throws dev.langchain4j.exception.LangChain4jException if the mesh gives no answer, or there is no text or query
     */
    @Override
    public Response<List<Double>> scoreAll(List<TextSegment> segments, String query) {
        List<String> texts = segments.stream().map(TextSegment::text).toList();
        RerankResult result = mesh.call(
                mesh.name(),
                (client, options) ->
                        client.rerank(RerankRequest.of(query, texts).withModel(mesh.name()), options));
        return Response.from(scores(result), tokens(result.usage()), null, Map.of(PROVENANCE, result.provenance()));
    }

    /**
     * Scores documents whose defaults have been applied, without blocking. All failures come through the future; cancelling it aborts the
     * exchange and tells the node.
     */
    @Override
    public CompletableFuture<ScoringResponse> doScoreAsync(ScoringRequest request) {
        String model = request.modelName();
        RerankRequest ranking;
        try {
            ranking = RerankRequest.of(request.query(), request.documents()).withModel(model);
        } catch (IllegalArgumentException e) {
            return CompletableFuture.failedFuture(MeshErrors.translate(e, model));
        }
        return Futures.mapped(
                mesh.lease().client().rerankAsync(ranking, mesh.routing()), IicpScoringModel::response, model);
    }

    private static ScoringResponse response(RerankResult result) {
        return ScoringResponse.builder()
                .scores(scores(result))
                .modelName(result.model())
                .tokenUsage(tokens(result.usage()))
                .build();
    }

    /** Returns a score for each candidate, in the order they were given. */
    static List<Double> scores(RerankResult result) {
        int count = result.ranking().size();
        Double[] scores = new Double[count];
        boolean scored = result.ranking().stream().allMatch(ranked -> ranked.score() != null);
        for (int place = 0; place < count; place++) {
            RerankResult.Ranked ranked = result.ranking().get(place);
            double byPlace = count == 1 ? 1 : 1 - (double) place / (count - 1);
            scores[ranked.index()] = scored && ranked.score() != null ? ranked.score() : byPlace;
        }
        return Arrays.asList(scores);
    }

    private static @Nullable TokenUsage tokens(Usage usage) {
        return usage.isKnown()
                ? new TokenUsage(usage.promptTokens(), usage.completionTokens(), usage.totalTokens())
                : null;
    }

    @Override
    public ScoringRequestParameters defaultRequestParameters() {
        return ScoringRequestParameters.builder().modelName(mesh.name()).build();
    }

    /** Closes the client if it is the model's own. Safe to call twice. */
    @Override
    public void close() {
        mesh.close();
    }

    /** Names the model that is asked for. */
    @Override
    public String toString() {
        return "IicpScoringModel[%s]".formatted(mesh.name());
    }

    /** Sets up a model. Not thread-safe. */
    public static final class Builder extends MeshModelBuilder<Builder> {

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Returns the model. No network is touched.
         *
         * @throws IllegalArgumentException if there is neither a client nor a directory URL, or a value is out of range
         */
        public IicpScoringModel build() {
            return new IicpScoringModel(model("IicpScoringModel"));
        }
    }
}
