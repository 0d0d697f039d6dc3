package network.iicp.protocol.cooperation;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A worker's signed word on what it did for a task: what credits are given for. Source: IICP cooperative inference, receipts.
 *
 * @param taskId the task
 * @param workerId the node that did the work
 * @param tokensUsed tokens in all, not negative
 * @param subTask what it was part of, or {@code null} for a task that came directly
 * @param queryingNodeId the node on whose behalf the consumer asked, or {@code null}
 * @param nonce makes the receipt unique: 32 hexadecimal digits
 * @param issuedAt when it was signed
 * @param expiresAt until when it counts
 * @param responseHash SHA-256 of the result in the form of canonical JSON as peers in Python hash it, hexadecimal
 * @param signature HMAC of the above with the key that worker and directory share, hexadecimal
 */
public record WorkReceipt(
        String taskId,
        String workerId,
        int tokensUsed,
        @Nullable SubTask subTask,
        @Nullable String queryingNodeId,
        String nonce,
        Instant issuedAt,
        Instant expiresAt,
        String responseHash,
        String signature) {

    /**
     * Checks the tokens, and that nothing required is missing.
     *
     * @throws IllegalArgumentException if the tokens are negative
     */
    public WorkReceipt {
        Objects.requireNonNull(taskId, "taskId");
        Objects.requireNonNull(workerId, "workerId");
        Objects.requireNonNull(nonce, "nonce");
        Objects.requireNonNull(issuedAt, "issuedAt");
        Objects.requireNonNull(expiresAt, "expiresAt");
        Objects.requireNonNull(responseHash, "responseHash");
        Objects.requireNonNull(signature, "signature");
        if (tokensUsed < 0) {
            throw new IllegalArgumentException("tokensUsed must not be negative, was " + tokensUsed);
        }
    }
}
