package network.iicp.protocol;

import java.io.Serializable;
import java.time.Duration;
import java.util.Objects;

/**
 * One send of a task to one node, as the consumer saw it.
 *
 * @param number 1 for the first send of the call
 * @param node the first eight characters of the node's id
 * @param reason why this node was chosen, for example {@code first_choice}, {@code failover} or {@code continuation}
 * @param outcome {@code success}, or the code of the failure
 * @param start from the beginning of the call to the decision to send
 * @param elapsed from the decision to send to the end of the attempt
 */
public record Attempt(int number, String node, String reason, String outcome, Duration start, Duration elapsed)
        implements Serializable {

    /** What an outcome means, for charts and rules that need few words. */
    public enum Kind {
        /** The task was answered. */
        ANSWERED,
        /** No connection, or it was cut. */
        CONNECTION,
        /** Nothing came in time. */
        TIME_OUT,
        /** The node is busy, resting or limits calls. */
        BUSY,
        /** The node or its engine failed. */
        FAULT,
        /** What came was not the protocol. */
        PROTOCOL,
        /** Encryption was not possible, or the answer could not be opened. */
        CONFIDENTIALITY,
        /** The node or this client refused the task. */
        REFUSED,
        /** The attempt was given up: the caller cancelled, or another node was faster. */
        CANCELLED
    }

    /** The outcome of an attempt that answered the task. */
    public static final String SUCCESS = "success";

    /** The reason of an attempt that goes on where a stream was cut off at another node. */
    public static final String CONTINUATION = "continuation";

    /** Checks that nothing is missing. */
    public Attempt {
        if (number < 1) {
            throw new IllegalArgumentException("number must be at least 1, was " + number);
        }
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(outcome, "outcome");
        Objects.requireNonNull(start, "start");
        Objects.requireNonNull(elapsed, "elapsed");
    }

    /** Creates an attempt that started with its call. */
    public Attempt(int number, String node, String reason, String outcome, Duration elapsed) {
        this(number, node, reason, outcome, Duration.ZERO, elapsed);
    }

    /** Returns what the outcome means. */
    public Kind kind() {
        if (succeeded()) {
            return Kind.ANSWERED;
        }
        return ErrorCode.of(outcome)
                .map(Attempt::kindOf)
                .orElse(outcome.startsWith("http_5") ? Kind.FAULT : Kind.REFUSED);
    }

    private static Kind kindOf(ErrorCode code) {
        return switch (code) {
            case NETWORK_ERROR -> Kind.CONNECTION;
            case TASK_TIMEOUT, REQUEST_TIMEOUT -> Kind.TIME_OUT;
            case RATE_LIMITED, CAPACITY_EXCEEDED, TEMPORARILY_UNAVAILABLE, NOT_CONFIGURED -> Kind.BUSY;
            case BACKEND_ERROR, INTERNAL_ERROR, TOOLS_LOST -> Kind.FAULT;
            case PROTOCOL_ERROR, RESPONSE_TOO_LARGE, STREAM_INTERRUPTED -> Kind.PROTOCOL;
            case CX_UNAVAILABLE,
                    CX_DECRYPT_FAILED,
                    CX_RESPONSE_UNAVAILABLE,
                    CX_SEAL_FAILED,
                    CX_REQUIRED,
                    CX_RESPONSE_REQUIRED,
                    CX_RESPONSE_INVALID -> Kind.CONFIDENTIALITY;
            case TASK_CANCELLED -> Kind.CANCELLED;
            default -> Kind.REFUSED;
        };
    }

    /** Returns whether this attempt answered the task. */
    public boolean succeeded() {
        return SUCCESS.equals(outcome);
    }

    @Override
    public String toString() {
        return "#%d %s %s (%s, %d ms)".formatted(number, node, outcome, reason, elapsed.toMillis());
    }
}
