package network.iicp.protocol;

import java.io.Serializable;
import java.util.Objects;

/**
 * A candidate that was not asked, and why.
 *
 * @param node first eight characters of the node's id
 * @param reason for example {@code unavailable}, {@code missing_encryption_key}, {@code breaker_open}; the list is in
 *     {@code docs/consumer.md}
 */
public record LeftOut(String node, String reason) implements Serializable {

    /** Checks that nothing is missing. */
    public LeftOut {
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(reason, "reason");
    }

    @Override
    public String toString() {
        return node + " " + reason;
    }
}
