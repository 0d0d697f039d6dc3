package network.iicp.protocol.registration;

import java.util.Objects;

/**
 * What a node did since its last accepted batch. A batch is sent again, unchanged and under the same id, until the
 * directory accepted it.
 *
 * @param batchId 1 to 64 printable ASCII characters without spaces; a directory counts one id once
 * @param tasksSuccess tasks answered, 0 to 1000
 * @param tasksFailed tasks failed, 0 to 1000
 * @param averageLatencyMillis mean duration of them in milliseconds, not negative
 */
public record HeartbeatMetrics(String batchId, int tasksSuccess, int tasksFailed, double averageLatencyMillis) {

    /** Most tasks of one kind in one batch; official directories refuse more. Carry the rest to the next batch. */
    public static final int MAX_TASKS = 1000;

    /** Most characters of a batch id. */
    public static final int MAX_ID_LENGTH = 64;

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public HeartbeatMetrics {
        Objects.requireNonNull(batchId, "batchId");
        if (batchId.isEmpty()
                || batchId.length() > MAX_ID_LENGTH
                || !batchId.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw new IllegalArgumentException("batchId must be 1 to 64 printable ASCII characters without spaces");
        }
        requireCount(tasksSuccess, "tasksSuccess");
        requireCount(tasksFailed, "tasksFailed");
        if (!(averageLatencyMillis >= 0 && averageLatencyMillis < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "averageLatencyMillis must not be negative, was " + averageLatencyMillis);
        }
    }

    private static void requireCount(int count, String name) {
        if (count < 0 || count > MAX_TASKS) {
            throw new IllegalArgumentException("%s must be between 0 and %d, was %d".formatted(name, MAX_TASKS, count));
        }
    }
}
