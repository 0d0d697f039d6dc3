package network.iicp.spring.boot;

import java.time.Duration;
import network.iicp.client.CallOptions;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import org.jspecify.annotations.Nullable;

/** Properties about routing that all models have in common. */
final class RoutingProperties {

    private RoutingProperties() {}

    /**
     * Returns how calls are routed.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    static CallOptions of(
            @Nullable String region,
            @Nullable Double minReputation,
            @Nullable Qos qos,
            @Nullable Priority priority,
            @Nullable String node,
            @Nullable Integer maxAttempts,
            @Nullable Duration total) {
        return CallOptions.builder()
                .region(region)
                .minReputation(minReputation)
                .qos(qos)
                .priority(priority)
                .node(node)
                .maxAttempts(maxAttempts)
                .total(total)
                .build();
    }
}
