package network.iicp.spring.boot;

import dev.langchain4j.model.chat.Capability;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import network.iicp.client.CallOptions;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import network.iicp.protocol.speech.SpeechFormat;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * LangChain4j models of the mesh.
 *
 * @param enabled Whether LangChain4j models of the mesh are set up.
 * @param chat Defaults of chats, streamed or not. What is not set is left to the engine or to the client.
 * @param embedding Defaults of embeddings. What is not set is left to the engine or to the client.
 * @param moderation Defaults of moderations.
 * @param scoring Defaults of scoring.
 * @param transcription Defaults of transcriptions.
 * @param speech Defaults of speech.
 */
@ConfigurationProperties("iicp.langchain4j")
public record IicpLangChain4jProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue Chat chat,
        @DefaultValue Embedding embedding,
        @DefaultValue Plain moderation,
        @DefaultValue Plain scoring,
        @DefaultValue Plain transcription,
        @DefaultValue Speech speech) {

    /**
     * Defaults of chats, streamed or not.
     *
     * @param modelName The model wanted; only nodes that serve it are asked. Any without it.
     * @param temperature Sampling temperature, 0 to 2.
     * @param topP Nucleus sampling, 0 to 1.
     * @param topK Top-k sampling, at least 1.
     * @param maxOutputTokens Most tokens of an answer, at least 1.
     * @param frequencyPenalty Frequency penalty, -2 to 2.
     * @param presencePenalty Presence penalty, -2 to 2.
     * @param stopSequences Sequences that end an answer.
     * @param seed Makes sampling repeatable where the engine can.
     * @param parallelToolCalls Whether several tool calls may be asked for at once.
     * @param user Opaque name of the end user, for the engine's abuse control.
     * @param supportedCapabilities What the models behind the mesh can do. With "response-format-json-schema", AI
     *     services ask for JSON by schema.
     * @param region Region to prefer; iicp.region unless set.
     * @param minReputation Least reputation of a node, 0 to 1.
     * @param qos How urgent calls are; official directories hide young nodes from urgent ones.
     * @param priority Rank among tasks that wait at a node.
     * @param node Id of the one node to use; no other is tried.
     * @param maxAttempts How often a call is sent in total; iicp.client.max-attempts unless set.
     * @param timeout Longest duration of a call, fail-over included; iicp.timeouts.total unless set.
     * @param firstEventTimeout Longest silence before the first content of a stream; iicp.timeouts.first-event unless
     *     set.
     */
    public record Chat(
            @Nullable String modelName,
            @Nullable Double temperature,
            @Nullable Double topP,
            @Nullable Integer topK,
            @Nullable Integer maxOutputTokens,
            @Nullable Double frequencyPenalty,
            @Nullable Double presencePenalty,
            @Nullable List<String> stopSequences,
            @Nullable Long seed,
            @Nullable Boolean parallelToolCalls,
            @Nullable String user,
            @DefaultValue Set<Capability> supportedCapabilities,
            @Nullable String region,
            @Nullable Double minReputation,
            @Nullable Qos qos,
            @Nullable Priority priority,
            @Nullable String node,
            @Nullable Integer maxAttempts,
            @Nullable Duration timeout,
            @Nullable Duration firstEventTimeout) {}

    /**
     * Defaults of embeddings.
     *
     * @param modelName The model wanted; only nodes that serve it are asked. Name it when vectors are stored: those of
     *     different models cannot be compared.
     * @param dimensions Length of the vectors wanted, at least 1; only some models can choose.
     * @param maxSegmentsPerBatch Most texts that are sent in one task.
     * @param region Region to prefer; iicp.region unless set.
     * @param minReputation Least reputation of a node, 0 to 1.
     * @param qos How urgent calls are; official directories hide young nodes from urgent ones.
     * @param priority Rank among tasks that wait at a node.
     * @param node Id of the one node to use; no other is tried.
     * @param maxAttempts How often a call is sent in total; iicp.client.max-attempts unless set.
     * @param timeout Longest duration of a call, fail-over included; iicp.timeouts.total unless set.
     */
    public record Embedding(
            @Nullable String modelName,
            @Nullable Integer dimensions,
            @DefaultValue("100") int maxSegmentsPerBatch,
            @Nullable String region,
            @Nullable Double minReputation,
            @Nullable Qos qos,
            @Nullable Priority priority,
            @Nullable String node,
            @Nullable Integer maxAttempts,
            @Nullable Duration timeout) {}

    /**
     * Defaults of a kind of model that has no options of its own.
     *
     * @param enabled Whether the model is set up.
     * @param modelName The model wanted; only nodes that serve it are asked. Any without it.
     * @param region Region to prefer; iicp.region unless set.
     * @param minReputation Least reputation of a node, 0 to 1.
     * @param qos How urgent calls are; official directories hide young nodes from urgent ones.
     * @param priority Rank among tasks that wait at a node.
     * @param node Id of the one node to use; no other is tried.
     * @param maxAttempts How often a call is sent in total; iicp.client.max-attempts unless set.
     * @param timeout Longest duration of a call, fail-over included; iicp.timeouts.total unless set.
     */
    public record Plain(
            @DefaultValue("true") boolean enabled,
            @Nullable String modelName,
            @Nullable String region,
            @Nullable Double minReputation,
            @Nullable Qos qos,
            @Nullable Priority priority,
            @Nullable String node,
            @Nullable Integer maxAttempts,
            @Nullable Duration timeout) {

        CallOptions routing() {
            return RoutingProperties.of(region, minReputation, qos, priority, node, maxAttempts, timeout);
        }
    }

    /**
     * Defaults of speech.
     *
     * @param enabled Whether the model is set up.
     * @param modelName The model wanted; only nodes that serve it are asked. Any without it.
     * @param voice The voice of requests that name none.
     * @param format How the sound is written.
     * @param speed How fast is spoken, 0.25 to 4; 1 is the voice's own speed.
     * @param region Region to prefer; iicp.region unless set.
     * @param minReputation Least reputation of a node, 0 to 1.
     * @param qos How urgent calls are; official directories hide young nodes from urgent ones.
     * @param priority Rank among tasks that wait at a node.
     * @param node Id of the one node to use; no other is tried.
     * @param maxAttempts How often a call is sent in total; iicp.client.max-attempts unless set.
     * @param timeout Longest duration of a call, fail-over included; iicp.timeouts.total unless set.
     */
    public record Speech(
            @DefaultValue("true") boolean enabled,
            @Nullable String modelName,
            @Nullable String voice,
            @Nullable SpeechFormat format,
            @Nullable Double speed,
            @Nullable String region,
            @Nullable Double minReputation,
            @Nullable Qos qos,
            @Nullable Priority priority,
            @Nullable String node,
            @Nullable Integer maxAttempts,
            @Nullable Duration timeout) {

        CallOptions routing() {
            return RoutingProperties.of(region, minReputation, qos, priority, node, maxAttempts, timeout);
        }
    }
}
