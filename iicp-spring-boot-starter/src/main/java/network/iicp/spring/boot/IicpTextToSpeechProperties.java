package network.iicp.spring.boot;

import java.time.Duration;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import network.iicp.protocol.speech.SpeechFormat;
import network.iicp.springai.IicpTextToSpeechOptions;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Options of speech. What is not set is left to the engine or to the client.
 *
 * @param model The model wanted; only nodes that serve it are asked. Any without it.
 * @param voice The voice wanted.
 * @param format How the sound is written.
 * @param speed How fast is spoken, 0.25 to 4; 1 is the voice's own speed.
 * @param region Region to prefer; iicp.region unless set.
 * @param minReputation Least reputation of a node, 0 to 1.
 * @param qos How urgent calls are; official directories hide young nodes from urgent ones.
 * @param priority Rank among tasks that wait at a node.
 * @param node Id of the one node to use; no other is tried.
 * @param maxAttempts How often a call is sent in total; iicp.client.max-attempts unless set.
 * @param totalTimeout Longest duration of a call, fail-over included; iicp.timeouts.total unless set.
 */
@ConfigurationProperties("spring.ai.iicp.audio.speech")
public record IicpTextToSpeechProperties(
        @Nullable String model,
        @Nullable String voice,
        @Nullable SpeechFormat format,
        @Nullable Double speed,
        @Nullable String region,
        @Nullable Double minReputation,
        @Nullable Qos qos,
        @Nullable Priority priority,
        @Nullable String node,
        @Nullable Integer maxAttempts,
        @Nullable Duration totalTimeout) {

    IicpTextToSpeechOptions toOptions() {
        return IicpTextToSpeechOptions.builder()
                .model(model)
                .voice(voice)
                .format(format)
                .speed(speed)
                .routing(RoutingProperties.of(region, minReputation, qos, priority, node, maxAttempts, totalTimeout))
                .build();
    }
}
