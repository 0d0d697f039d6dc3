package network.iicp.spring.boot;

import java.time.Duration;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import network.iicp.springai.IicpEmbeddingOptions;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.document.MetadataMode;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Options of embeddings. What is not set is left to the engine or to the client.
 *
 * @param model The model wanted; only nodes that serve it are asked. Name it when vectors are stored: those of
 *     different models cannot be compared.
 * @param dimensions Length of the vectors wanted, at least 1; only some models can choose.
 * @param metadataMode Which metadata of a document is embedded with its text.
 * @param region Region to prefer; iicp.region unless set.
 * @param minReputation Least reputation of a node, 0 to 1.
 * @param qos How urgent calls are; official directories hide young nodes from urgent ones.
 * @param priority Rank among tasks that wait at a node.
 * @param node Id of the one node to use; no other is tried.
 * @param maxAttempts How often a call is sent in total; iicp.client.max-attempts unless set.
 * @param totalTimeout Longest duration of a call, fail-over included; iicp.timeouts.total unless set.
 */
@ConfigurationProperties("spring.ai.iicp.embedding")
public record IicpEmbeddingProperties(
        @Nullable String model,
        @Nullable Integer dimensions,
        @DefaultValue("embed") MetadataMode metadataMode,
        @Nullable String region,
        @Nullable Double minReputation,
        @Nullable Qos qos,
        @Nullable Priority priority,
        @Nullable String node,
        @Nullable Integer maxAttempts,
        @Nullable Duration totalTimeout) {

    IicpEmbeddingOptions toOptions() {
        return IicpEmbeddingOptions.builder()
                .model(model)
                .dimensions(dimensions)
                .region(region)
                .minReputation(minReputation)
                .qos(qos)
                .priority(priority)
                .node(node)
                .maxAttempts(maxAttempts)
                .totalTimeout(totalTimeout)
                .build();
    }
}
