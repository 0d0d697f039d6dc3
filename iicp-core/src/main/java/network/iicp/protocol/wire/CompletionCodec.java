package network.iicp.protocol.wire;

import java.util.LinkedHashMap;
import java.util.Map;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Usage;
import network.iicp.protocol.completion.CompletionRequest;
import network.iicp.protocol.completion.CompletionResult;
import org.jspecify.annotations.Nullable;

/** Writes completion payloads and reads completion results in the OpenAI dialect. */
public final class CompletionCodec {

    private CompletionCodec() {}

    /** Returns the payload of a completion task. */
    public static Map<String, Object> encode(CompletionRequest request) {
        Map<String, Object> json = new LinkedHashMap<>(request.extra());
        json.remove("stream");
        json.remove("stream_options");
        json.put("prompt", request.prompt());
        Members.put(json, "model", request.model());
        Members.put(json, "max_tokens", request.maxTokens());
        Members.put(json, "temperature", request.temperature());
        Members.put(json, "top_p", request.topP());
        Members.put(json, "seed", request.seed());
        if (!request.stop().isEmpty()) {
            json.put("stop", request.stop());
        }
        return json;
    }

    /**
     * Reads the result of a completion.
     *
     * @param result the task's result
     * @param usage tokens counted by the engine
     * @param model the model the node named, or {@code null}
     * @param provenance where the result came from
     * @return the completion
     * @throws ProtocolViolationException if there is no choice with a text
     */
    public static CompletionResult decodeResult(
            Object result, Usage usage, @Nullable String model, Provenance provenance) {
        for (Object element : ChatCodec.asList(ChatCodec.asMap(result).get("choices"))) {
            Map<String, Object> choice = ChatCodec.asMap(element);
            if (choice.get("text") instanceof String text) {
                return new CompletionResult(
                        text, ChatCodec.finishReason(choice.get("finish_reason")), model, usage, provenance);
            }
        }
        throw new ProtocolViolationException(IicpError.of(
                        ErrorCode.PROTOCOL_ERROR,
                        ErrorComponent.NODE,
                        "the node answered a completion without a choice that holds a text")
                .withTaskId(provenance.taskId())
                .withNode(provenance.node()));
    }
}
