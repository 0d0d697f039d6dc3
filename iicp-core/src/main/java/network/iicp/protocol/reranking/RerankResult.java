package network.iicp.protocol.reranking;

import java.util.List;
import java.util.Objects;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Usage;
import org.jspecify.annotations.Nullable;

/**
 * Candidates in order.
 *
 * @param ranking the best first; each candidate at most once
 * @param model the model that ranked, or {@code null}
 * @param usage tokens counted by the engine
 * @param provenance where the answer came from, and whether it was emulated
 */
public record RerankResult(List<Ranked> ranking, @Nullable String model, Usage usage, Provenance provenance) {

    /**
     * A candidate in its place.
     *
     * @param index which candidate of the request, from 0
     * @param score how well it fits, in the model's own scale, or {@code null} when it did not say
     */
    public record Ranked(int index, @Nullable Double score) {}

    /** Checks that nothing required is missing and copies the list. */
    public RerankResult {
        ranking = List.copyOf(ranking);
        Objects.requireNonNull(usage, "usage");
        Objects.requireNonNull(provenance, "provenance");
    }

    /** Counts the candidates and names model and provenance. */
    @Override
    public String toString() {
        return "RerankResult[%d candidates, %s, %s]".formatted(ranking.size(), model, provenance);
    }
}
