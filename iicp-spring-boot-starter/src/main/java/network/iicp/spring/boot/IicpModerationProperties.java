package network.iicp.spring.boot;

import java.time.Duration;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import network.iicp.springai.IicpModerationOptions;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Options of moderations. What is not set is left to the engine or to the client.
 *
 * @param model The model wanted; only nodes that serve it are asked. Any without it.
 * @param region Region to prefer; iicp.region unless set.
 * @param minReputation Least reputation of a node, 0 to 1.
 * @param qos How urgent calls are; official directories hide young nodes from urgent ones.
 * @param priority Rank among tasks that wait at a node.
 * @param node Id of the one node to use; no other is tried.
 * @param maxAttempts How often a call is sent in total; iicp.client.max-attempts unless set.
 * @param totalTimeout Longest duration of a call, fail-over included; iicp.timeouts.total unless set.
 */
@ConfigurationProperties("spring.ai.iicp.moderation")
public record IicpModerationProperties(
        @Nullable String model,
        @Nullable String region,
        @Nullable Double minReputation,
        @Nullable Qos qos,
        @Nullable Priority priority,
        @Nullable String node,
        @Nullable Integer maxAttempts,
        @Nullable Duration totalTimeout) {

    IicpModerationOptions toOptions() {
        return IicpModerationOptions.builder()
                .model(model)
                .routing(RoutingProperties.of(region, minReputation, qos, priority, node, maxAttempts, totalTimeout))
                .build();
    }
}
