package network.iicp.protocol.moderation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Texts to judge. Immutable.
 *
 * @param input at least one text
 * @param model the model wanted, or {@code null} for the node's choice
 * @param extra further payload members, passed through as they are; they never replace the ones above
 */
public record ModerationRequest(
        List<String> input, @Nullable String model, Map<String, Object> extra) {

    /** Checks that there is a text and copies the collections. */
    public ModerationRequest {
        input = List.copyOf(input);
        if (input.isEmpty()) {
            throw new IllegalArgumentException("a moderation request needs at least one text");
        }
        extra = Collections.unmodifiableMap(new LinkedHashMap<>(extra));
    }

    /** Returns a request for these texts. */
    public static ModerationRequest of(String... texts) {
        return of(List.of(texts));
    }

    /** Returns a request for these texts. */
    public static ModerationRequest of(List<String> texts) {
        return new ModerationRequest(texts, null, Map.of());
    }

    /** Returns a copy that asks for this model. */
    public ModerationRequest withModel(@Nullable String name) {
        return new ModerationRequest(input, name, extra);
    }

    /** Counts the texts and names the model; never shows content. */
    @Override
    public String toString() {
        return "ModerationRequest[%d texts, model %s]".formatted(input.size(), model);
    }
}
