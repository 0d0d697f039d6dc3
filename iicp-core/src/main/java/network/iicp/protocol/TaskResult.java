package network.iicp.protocol;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link Task}.
 *
 * @param taskId the task that was answered
 * @param result the intent's own answer: usually a map, for some intents a string or a list; never {@code null}
 * @param usage tokens counted by the engine
 * @param model the model the node named, or {@code null}
 * @param metrics what the node measured, for example {@code latency_ms}; may be empty
 * @param provenance where the answer came from
 */
public record TaskResult(
        String taskId,
        Object result,
        Usage usage,
        @Nullable String model,
        Map<String, Object> metrics,
        Provenance provenance) {

    /** Checks that nothing required is missing and copies the metrics. */
    public TaskResult {
        Objects.requireNonNull(taskId, "taskId");
        Objects.requireNonNull(result, "result");
        Objects.requireNonNull(usage, "usage");
        Objects.requireNonNull(provenance, "provenance");
        metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    }

    /** Returns the result as a map, if it is a JSON object. */
    @SuppressWarnings("unchecked")
    public Optional<Map<String, Object>> resultMap() {
        return result instanceof Map<?, ?> map ? Optional.of((Map<String, Object>) map) : Optional.empty();
    }

    /** Names the task and its provenance; never the result. */
    @Override
    public String toString() {
        return "TaskResult[%s, %s]".formatted(taskId, provenance);
    }
}
