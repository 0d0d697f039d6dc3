package network.iicp.spring.boot;

import java.time.Duration;
import java.util.List;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import network.iicp.springai.IicpChatOptions;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Options of chats that bring none of their own. What is not set is left to the engine or to the client.
 *
 * @param model The model wanted; only nodes that serve it are asked. Any without it.
 * @param temperature Sampling temperature, 0 to 2.
 * @param topP Nucleus sampling, 0 to 1.
 * @param topK Top-k sampling, at least 1.
 * @param maxTokens Most tokens of an answer, at least 1.
 * @param frequencyPenalty Frequency penalty, -2 to 2.
 * @param presencePenalty Presence penalty, -2 to 2.
 * @param stopSequences Sequences that end an answer.
 * @param seed Makes sampling repeatable where the engine can.
 * @param parallelToolCalls Whether several tool calls may be asked for at once.
 * @param user Opaque name of the end user, for the engine's abuse control.
 * @param region Region to prefer; iicp.region unless set.
 * @param minReputation Least reputation of a node, 0 to 1.
 * @param qos How urgent calls are; official directories hide young nodes from urgent ones.
 * @param priority Rank among tasks that wait at a node.
 * @param node Id of the one node to use; no other is tried.
 * @param maxAttempts How often a call is sent in total; iicp.client.max-attempts unless set.
 * @param totalTimeout Longest duration of a call, fail-over included; iicp.timeouts.total unless set.
 * @param firstEventTimeout Longest silence before the first content of a stream; iicp.timeouts.first-event unless set.
 */
@ConfigurationProperties("spring.ai.iicp.chat")
public record IicpChatProperties(
        @Nullable String model,
        @Nullable Double temperature,
        @Nullable Double topP,
        @Nullable Integer topK,
        @Nullable Integer maxTokens,
        @Nullable Double frequencyPenalty,
        @Nullable Double presencePenalty,
        @Nullable List<String> stopSequences,
        @Nullable Long seed,
        @Nullable Boolean parallelToolCalls,
        @Nullable String user,
        @Nullable String region,
        @Nullable Double minReputation,
        @Nullable Qos qos,
        @Nullable Priority priority,
        @Nullable String node,
        @Nullable Integer maxAttempts,
        @Nullable Duration totalTimeout,
        @Nullable Duration firstEventTimeout) {

    IicpChatOptions toOptions() {
        return IicpChatOptions.builder()
                .model(model)
                .temperature(temperature)
                .topP(topP)
                .topK(topK)
                .maxTokens(maxTokens)
                .frequencyPenalty(frequencyPenalty)
                .presencePenalty(presencePenalty)
                .stopSequences(stopSequences)
                .seed(seed)
                .parallelToolCalls(parallelToolCalls)
                .user(user)
                .region(region)
                .minReputation(minReputation)
                .qos(qos)
                .priority(priority)
                .node(node)
                .maxAttempts(maxAttempts)
                .totalTimeout(totalTimeout)
                .firstEventTimeout(firstEventTimeout)
                .build();
    }
}
