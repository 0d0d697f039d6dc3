package network.iicp.protocol.classification;

import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A text to sort into categories. Immutable.
 *
 * @param text the text, not blank
 * @param categories the categories to choose from; at least one, each once
 * @param multiLabel whether several may apply; else exactly one does
 * @param explain whether reasons are wanted
 * @param model the model wanted, or {@code null} for any
 */
public record ClassificationRequest(
        String text,
        List<String> categories,
        boolean multiLabel,
        boolean explain,
        @Nullable String model) {

    /** Checks text and categories, and copies the list. */
    public ClassificationRequest {
        categories = List.copyOf(categories);
        if (text.isBlank()) {
            throw new IllegalArgumentException("a classification needs a text");
        }
        if (categories.isEmpty() || new HashSet<>(categories).size() != categories.size()) {
            throw new IllegalArgumentException("categories must be at least one, and each named once");
        }
    }

    /** Returns a request for exactly one of the categories, without reasons. */
    public static ClassificationRequest of(String text, String... categories) {
        return of(text, List.of(categories));
    }

    /** Returns a request for exactly one of the categories, without reasons. */
    public static ClassificationRequest of(String text, List<String> categories) {
        return new ClassificationRequest(text, categories, false, false, null);
    }

    /** Returns a copy that lets several categories apply, or not. */
    public ClassificationRequest withMultiLabel(boolean several) {
        return new ClassificationRequest(text, categories, several, explain, model);
    }

    /** Returns a copy that asks for reasons, or not. */
    public ClassificationRequest withExplain(boolean reasons) {
        return new ClassificationRequest(text, categories, multiLabel, reasons, model);
    }

    /** Returns a copy that asks for this model. */
    public ClassificationRequest withModel(@Nullable String name) {
        return new ClassificationRequest(text, categories, multiLabel, explain, name);
    }

    /** Counts the categories and names the model; never shows content. */
    @Override
    public String toString() {
        return "ClassificationRequest[%d categories, model %s]".formatted(categories.size(), model);
    }
}
