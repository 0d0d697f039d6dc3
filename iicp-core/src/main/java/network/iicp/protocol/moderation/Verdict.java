package network.iicp.protocol.moderation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a moderation model says about one text. The names of the categories are the model's own.
 *
 * @param flagged whether the model objects to the text
 * @param categories for each category whether it applies; may be empty
 * @param scores for each category how sure the model is, usually 0 to 1; may be empty
 */
public record Verdict(boolean flagged, Map<String, Boolean> categories, Map<String, Double> scores) {

    /** Copies the maps; their order stays. */
    public Verdict {
        categories = Collections.unmodifiableMap(new LinkedHashMap<>(categories));
        scores = Collections.unmodifiableMap(new LinkedHashMap<>(scores));
    }

    /** Returns whether a category applies; false for one the model does not know. */
    public boolean has(String category) {
        return categories.getOrDefault(category, false);
    }
}
