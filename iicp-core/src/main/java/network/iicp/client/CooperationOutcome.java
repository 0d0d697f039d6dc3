package network.iicp.client;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import network.iicp.client.cooperation.Aggregation;
import network.iicp.client.cooperation.CoordinatorReceipt;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.TaskResult;
import org.jspecify.annotations.Nullable;

/**
 * What came of asking several workers: an answer or a failure, and in both cases how it was decided. Immutable.
 *
 * @param answer the answer that was taken, or {@code null}; of {@code map_reduce} the answer to the first chunk
 * @param parts of {@code map_reduce} the answers in the order of the chunks, else every answer that counted
 * @param failure why there is no answer, or {@code null}
 * @param aggregation how it was decided
 * @param receipts notes of what the workers' answers cost, for audits of this application
 * @param local whether the application answered itself
 */
public record CooperationOutcome(
        @Nullable TaskResult answer,
        List<TaskResult> parts,
        @Nullable IicpException failure,
        Aggregation aggregation,
        List<CoordinatorReceipt> receipts,
        boolean local) {

    /** Checks that there is either an answer or a failure, and copies the lists. */
    public CooperationOutcome {
        parts = List.copyOf(parts);
        receipts = List.copyOf(receipts);
        Objects.requireNonNull(aggregation, "aggregation");
        if ((answer == null) == (failure == null)) {
            throw new IllegalArgumentException("an outcome is either an answer or a failure");
        }
    }

    /** Returns whether there is an answer. */
    public boolean succeeded() {
        return answer != null;
    }

    /**
     * Returns the answer.
     *
     * @throws IicpException if there is none
     */
    public TaskResult orThrow() {
        if (answer == null) {
            throw Objects.requireNonNull(failure);
        }
        return answer;
    }

    /** Returns why there is no answer. */
    public Optional<IicpException> fault() {
        return Optional.ofNullable(failure);
    }
}
