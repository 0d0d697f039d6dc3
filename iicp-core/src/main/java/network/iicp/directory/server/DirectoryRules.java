package network.iicp.directory.server;

import network.iicp.transport.EndpointScope;
import org.jspecify.annotations.Nullable;

/**
 * What a directory allows.
 *
 * @param scope how far away its nodes may be
 * @param ownership proof for registering a known node again
 * @param dialsBack whether an endpoint must answer before it is listed
 * @param mostNodesPerSource fresh nodes of one source address, 0 for any number
 * @param qos what nodes must have done for urgent queries
 * @param rates how often one caller may call
 * @param joinToken what new nodes must show, or {@code null}
 */
record DirectoryRules(
        EndpointScope scope,
        OwnershipRule ownership,
        boolean dialsBack,
        int mostNodesPerSource,
        QosThresholds qos,
        RateLimits rates,
        @Nullable String joinToken) {

    private static final int OFFICIAL_NODES_PER_SOURCE = 20;

    /** Returns the rules that fit a scope. */
    static DirectoryRules of(EndpointScope scope) {
        return switch (scope) {
            case LOCAL ->
                new DirectoryRules(scope, OwnershipRule.LENIENT, false, 0, QosThresholds.NONE, RateLimits.OFF, null);
            case PRIVATE ->
                new DirectoryRules(scope, OwnershipRule.STRICT, true, 0, QosThresholds.NONE, RateLimits.OFFICIAL, null);
            case PUBLIC ->
                new DirectoryRules(
                        scope,
                        OwnershipRule.STRICT,
                        true,
                        OFFICIAL_NODES_PER_SOURCE,
                        QosThresholds.OFFICIAL,
                        RateLimits.OFFICIAL,
                        null);
        };
    }

    /** Shows no token. */
    @Override
    public String toString() {
        return "DirectoryRules[%s, %s]".formatted(scope, ownership);
    }
}
