package network.iicp.protocol.wire;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import network.iicp.protocol.Usage;
import org.jspecify.annotations.Nullable;

/**
 * A successful answer to a task, as it came from the node.
 *
 * @param taskId the task
 * @param result the intent's own result; never {@code null}
 * @param usage tokens counted by the engine
 * @param model the model the node named, or {@code null}
 * @param metrics what the node measured; may be empty
 * @param trace the {@code trace} member; empty when there is none
 * @param receipt the {@code cip_receipt} of a worker in cooperative inference, or {@code null}
 */
public record TaskReply(
        String taskId,
        Object result,
        Usage usage,
        @Nullable String model,
        Map<String, Object> metrics,
        Map<String, Object> trace,
        @Nullable Map<String, Object> receipt) {
    /** Checks that nothing required is missing and copies the metrics. */
    public TaskReply {
        Objects.requireNonNull(taskId, "taskId");
        Objects.requireNonNull(result, "result");
        Objects.requireNonNull(usage, "usage");
        metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
        trace = Collections.unmodifiableMap(new LinkedHashMap<>(trace));
    }

    /** Names the task; never the result. */
    @Override
    public String toString() {
        return "TaskReply[" + taskId + "]";
    }
}
