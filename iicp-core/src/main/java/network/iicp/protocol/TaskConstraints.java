package network.iicp.protocol;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bounds a consumer puts on one task. Immutable; absent members are {@code null} and stay off the wire.
 * Source: IICP core, task request; {@code schemas/task.json}.
 *
 * @param timeout how long the node may take from receipt to answer, 100 ms to 300 s
 * @param qos how urgent the task is
 * @param priority rank among waiting tasks
 * @param model the model wanted, at most 128 characters
 * @param requiredProfiles profile URNs the node must support, else it refuses before it executes
 */
public record TaskConstraints(
        @Nullable Duration timeout,
        @Nullable Qos qos,
        @Nullable Priority priority,
        @Nullable String model,
        List<String> requiredProfiles) {

    /** No constraint at all. */
    public static final TaskConstraints NONE = new TaskConstraints(null, null, null, null, List.of());

    /** Shortest time limit of a task. */
    public static final Duration MIN_TIMEOUT = Duration.ofMillis(100);

    /** Longest time limit of a task. */
    public static final Duration MAX_TIMEOUT = Duration.ofSeconds(300);

    /** Most characters of a model name. */
    public static final int MAX_MODEL_LENGTH = 128;

    /**
     * Checks the ranges.
     *
     * @throws InvalidRequestException if the time limit or the model name is out of range
     */
    public TaskConstraints {
        if (timeout != null && (timeout.compareTo(MIN_TIMEOUT) < 0 || timeout.compareTo(MAX_TIMEOUT) > 0)) {
            throw invalid("timeout_ms is %d; it must be between %d and %d"
                    .formatted(timeout.toMillis(), MIN_TIMEOUT.toMillis(), MAX_TIMEOUT.toMillis()));
        }
        if (model != null && (model.isBlank() || model.length() > MAX_MODEL_LENGTH)) {
            throw invalid("model %s must have 1 to %d characters".formatted(Quoted.of(model), MAX_MODEL_LENGTH));
        }
        requiredProfiles = List.copyOf(requiredProfiles);
    }

    private static InvalidRequestException invalid(String message) {
        return new InvalidRequestException(IicpError.of(ErrorCode.VALIDATION_ERROR, ErrorComponent.CLIENT, message));
    }

    /** Returns a copy with this time limit. */
    public TaskConstraints withTimeout(@Nullable Duration limit) {
        return new TaskConstraints(limit, qos, priority, model, requiredProfiles);
    }

    /** Returns a copy with this urgency. */
    public TaskConstraints withQos(@Nullable Qos urgency) {
        return new TaskConstraints(timeout, urgency, priority, model, requiredProfiles);
    }

    /** Returns a copy with this rank. */
    public TaskConstraints withPriority(@Nullable Priority rank) {
        return new TaskConstraints(timeout, qos, rank, model, requiredProfiles);
    }

    /** Returns a copy that asks for this model. */
    public TaskConstraints withModel(@Nullable String name) {
        return new TaskConstraints(timeout, qos, priority, name, requiredProfiles);
    }

    /** Returns a copy that demands these profiles. */
    public TaskConstraints withRequiredProfiles(List<String> urns) {
        return new TaskConstraints(timeout, qos, priority, model, urns);
    }
}
