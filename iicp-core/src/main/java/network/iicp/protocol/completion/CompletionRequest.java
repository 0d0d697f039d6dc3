package network.iicp.protocol.completion;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A prompt to continue. Immutable; absent options are {@code null} and left to the engine.
 *
 * @param prompt the text to continue
 * @param model the model wanted, or {@code null} for any
 * @param maxTokens most tokens of the answer, at least 1
 * @param temperature 0 to 2
 * @param topP 0 to 1
 * @param seed makes sampling repeatable where the engine can
 * @param stop sequences that end the answer
 * @param extra further payload members, passed through as they are; they never replace the ones above
 */
public record CompletionRequest(
        String prompt,
        @Nullable String model,
        @Nullable Integer maxTokens,
        @Nullable Double temperature,
        @Nullable Double topP,
        @Nullable Long seed,
        List<String> stop,
        Map<String, Object> extra) {

    /** Checks the ranges and copies the collections. */
    public CompletionRequest {
        Objects.requireNonNull(prompt, "prompt");
        if (maxTokens != null && maxTokens < 1) {
            throw new IllegalArgumentException("maxTokens must be at least 1, was " + maxTokens);
        }
        if (temperature != null && !(temperature >= 0 && temperature <= 2)) {
            throw new IllegalArgumentException("temperature must be between 0 and 2, was " + temperature);
        }
        if (topP != null && !(topP >= 0 && topP <= 1)) {
            throw new IllegalArgumentException("topP must be between 0 and 1, was " + topP);
        }
        stop = List.copyOf(stop);
        extra = Collections.unmodifiableMap(new LinkedHashMap<>(extra));
    }

    /** Returns a request without options. */
    public static CompletionRequest of(String prompt) {
        return new CompletionRequest(prompt, null, null, null, null, null, List.of(), Map.of());
    }

    /** Returns a copy that asks for this model. */
    public CompletionRequest withModel(@Nullable String name) {
        return new CompletionRequest(prompt, name, maxTokens, temperature, topP, seed, stop, extra);
    }

    /** Returns a copy with this bound on the answer, in tokens. */
    public CompletionRequest withMaxTokens(@Nullable Integer bound) {
        return new CompletionRequest(prompt, model, bound, temperature, topP, seed, stop, extra);
    }

    /** Returns a copy with this sampling temperature. */
    public CompletionRequest withTemperature(@Nullable Double value) {
        return new CompletionRequest(prompt, model, maxTokens, value, topP, seed, stop, extra);
    }

    /** Returns a copy with these sequences that end the answer. */
    public CompletionRequest withStop(List<String> sequences) {
        return new CompletionRequest(prompt, model, maxTokens, temperature, topP, seed, sequences, extra);
    }

    /** Names the model; never shows the prompt. */
    @Override
    public String toString() {
        return "CompletionRequest[model %s]".formatted(model);
    }
}
