package network.iicp.protocol.classification;

import java.util.List;
import java.util.Objects;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Usage;
import org.jspecify.annotations.Nullable;

/**
 * The categories that apply to a text.
 *
 * @param labels those that apply, the surest first when there are scores; all of them are among the categories asked for.
 *     Exactly one unless several were allowed; then possibly none
 * @param explanation the reasons, or {@code null}
 * @param model the model that judged, or {@code null}
 * @param usage tokens counted by the engine
 * @param provenance where the answer came from, and whether it was emulated
 */
public record ClassificationResult(
        List<Label> labels,
        @Nullable String explanation,
        @Nullable String model,
        Usage usage,
        Provenance provenance) {

    /**
     * A category that applies.
     *
     * @param category one of those asked for
     * @param score how sure the model is, usually 0 to 1, or {@code null} when it did not say
     */
    public record Label(String category, @Nullable Double score) {}

    /** Checks that nothing required is missing and copies the list. */
    public ClassificationResult {
        labels = List.copyOf(labels);
        Objects.requireNonNull(usage, "usage");
        Objects.requireNonNull(provenance, "provenance");
    }

    /** Returns the names of the categories that apply. */
    public List<String> categories() {
        return labels.stream().map(Label::category).toList();
    }

    /** Counts the labels and names model and provenance. */
    @Override
    public String toString() {
        return "ClassificationResult[%d labels, %s, %s]".formatted(labels.size(), model, provenance);
    }
}
