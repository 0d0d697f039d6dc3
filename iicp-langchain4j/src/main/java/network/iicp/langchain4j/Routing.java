package network.iicp.langchain4j;

import network.iicp.client.CallOptions;
import org.jspecify.annotations.Nullable;

/** Lays options of a call over others. */
final class Routing {

    private Routing() {}

    /** Returns the options with everything the stronger ones set. */
    static CallOptions merged(CallOptions weaker, CallOptions stronger) {
        return new CallOptions(
                first(stronger.total(), weaker.total()),
                first(stronger.firstEvent(), weaker.firstEvent()),
                first(stronger.region(), weaker.region()),
                first(stronger.qos(), weaker.qos()),
                first(stronger.priority(), weaker.priority()),
                first(stronger.minReputation(), weaker.minReputation()),
                first(stronger.node(), weaker.node()),
                first(stronger.maxAttempts(), weaker.maxAttempts()));
    }

    static <T> @Nullable T first(@Nullable T stronger, @Nullable T weaker) {
        return stronger != null ? stronger : weaker;
    }
}
