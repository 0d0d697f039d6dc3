package network.iicp.spring.boot;

import java.time.Duration;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import network.iicp.springai.IicpTranscriptionOptions;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Options of transcriptions. What is not set is left to the engine or to the client.
 *
 * @param model The model wanted; only nodes that serve it are asked. Any without it.
 * @param language What is spoken, such as "de".
 * @param prompt A text that goes before, for names and spelling.
 * @param temperature Sampling temperature, 0 to 1.
 * @param region Region to prefer; iicp.region unless set.
 * @param minReputation Least reputation of a node, 0 to 1.
 * @param qos How urgent calls are; official directories hide young nodes from urgent ones.
 * @param priority Rank among tasks that wait at a node.
 * @param node Id of the one node to use; no other is tried.
 * @param maxAttempts How often a call is sent in total; iicp.client.max-attempts unless set.
 * @param totalTimeout Longest duration of a call, fail-over included; iicp.timeouts.total unless set.
 */
@ConfigurationProperties("spring.ai.iicp.audio.transcription")
public record IicpTranscriptionProperties(
        @Nullable String model,
        @Nullable String language,
        @Nullable String prompt,
        @Nullable Double temperature,
        @Nullable String region,
        @Nullable Double minReputation,
        @Nullable Qos qos,
        @Nullable Priority priority,
        @Nullable String node,
        @Nullable Integer maxAttempts,
        @Nullable Duration totalTimeout) {

    IicpTranscriptionOptions toOptions() {
        return IicpTranscriptionOptions.builder()
                .model(model)
                .language(language)
                .prompt(prompt)
                .temperature(temperature)
                .routing(RoutingProperties.of(region, minReputation, qos, priority, node, maxAttempts, totalTimeout))
                .build();
    }
}
