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
 * @param elapsed from the decision to send to the end of the attempt
 */
public record Attempt(int number, String node, String reason, String outcome, Duration elapsed)
        implements Serializable {

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
        Objects.requireNonNull(elapsed, "elapsed");
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
