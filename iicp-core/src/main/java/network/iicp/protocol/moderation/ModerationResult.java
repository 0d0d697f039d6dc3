package network.iicp.protocol.moderation;

import java.util.List;
import java.util.Objects;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Usage;
import org.jspecify.annotations.Nullable;

/**
 * The verdicts on the texts of a {@link ModerationRequest}, one for each text, in the order of the texts.
 *
 * @param verdicts the verdicts
 * @param model the model that judged, or {@code null}
 * @param usage tokens counted by the engine
 * @param provenance where the answer came from
 */
public record ModerationResult(
        List<Verdict> verdicts, @Nullable String model, Usage usage, Provenance provenance) {

    /** Checks that nothing required is missing and copies the list. */
    public ModerationResult {
        verdicts = List.copyOf(verdicts);
        Objects.requireNonNull(usage, "usage");
        Objects.requireNonNull(provenance, "provenance");
    }

    /** Returns whether any of the texts was flagged. */
    public boolean flagged() {
        return verdicts.stream().anyMatch(Verdict::flagged);
    }

    /** Returns the verdict on the first text. */
    public Verdict verdict() {
        return verdicts.get(0);
    }

    /** Counts the verdicts and names model and provenance. */
    @Override
    public String toString() {
        return "ModerationResult[%d verdicts, %s, %s]".formatted(verdicts.size(), model, provenance);
    }
}
