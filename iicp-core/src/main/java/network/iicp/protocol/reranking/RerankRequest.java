package network.iicp.protocol.reranking;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Texts to put into the order of how well they answer a query. Immutable.
 *
 * @param query what is looked for, not blank
 * @param candidates at least one text
 * @param topK how many to return, at least 1, or {@code null} for all
 * @param model the model wanted, or {@code null} for any
 */
public record RerankRequest(
        String query,
        List<String> candidates,
        @Nullable Integer topK,
        @Nullable String model) {

    /** Checks query and candidates, and copies the list. */
    public RerankRequest {
        candidates = List.copyOf(candidates);
        if (query.isBlank()) {
            throw new IllegalArgumentException("a ranking needs a query");
        }
        if (candidates.isEmpty()) {
            throw new IllegalArgumentException("a ranking needs at least one candidate");
        }
        if (topK != null && topK < 1) {
            throw new IllegalArgumentException("topK must be at least 1, was " + topK);
        }
    }

    /** Returns a request for the order of all candidates. */
    public static RerankRequest of(String query, List<String> candidates) {
        return new RerankRequest(query, candidates, null, null);
    }

    /** Returns a copy that asks for this many of the best. */
    public RerankRequest withTopK(@Nullable Integer best) {
        return new RerankRequest(query, candidates, best, model);
    }

    /** Returns a copy that asks for this model. */
    public RerankRequest withModel(@Nullable String name) {
        return new RerankRequest(query, candidates, topK, name);
    }

    /** Returns how many candidates an answer has. */
    public int expected() {
        return topK == null ? candidates.size() : Math.min(topK, candidates.size());
    }

    /** Counts the candidates and names the model; never shows content. */
    @Override
    public String toString() {
        return "RerankRequest[%d candidates, model %s]".formatted(candidates.size(), model);
    }
}
