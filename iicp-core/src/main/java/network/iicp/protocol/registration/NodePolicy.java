package network.iicp.protocol.registration;

import org.jspecify.annotations.Nullable;

/**
 * What a node allows tasks of strangers to do, and at which price. Source: IICP directory, registration, {@code policy}.
 *
 * @param allowRemoteInference whether it takes sub-tasks of cooperative inference
 * @param allowToolExecution whether tasks may run tools
 * @param allowFileAccess whether tasks may read files
 * @param creditsPer1000 price of 1000 tokens in credits, 0 to 1000, or {@code null}
 */
public record NodePolicy(
        boolean allowRemoteInference,
        boolean allowToolExecution,
        boolean allowFileAccess,
        @Nullable Double creditsPer1000) {

    /**
     * Checks the price.
     *
     * @throws IllegalArgumentException if the price is out of range
     */
    public NodePolicy {
        if (creditsPer1000 != null && !(creditsPer1000 >= 0 && creditsPer1000 <= 1000)) {
            throw new IllegalArgumentException("creditsPer1000 must be between 0 and 1000, was " + creditsPer1000);
        }
    }
}
