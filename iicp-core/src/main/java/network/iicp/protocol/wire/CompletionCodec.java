package network.iicp.protocol.wire;

import java.util.LinkedHashMap;
import java.util.Map;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.completion.CompletionRequest;
import network.iicp.protocol.completion.CompletionResult;

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
     * Reads the result of a completion: the first choice with a text.
     *
     * @param answer the answer of the task
     * @return the completion
     * @throws ProtocolViolationException if there is no choice with a text
     */
    public static CompletionResult decodeResult(TaskResult answer) {
        for (Object element : ChatCodec.asList(ChatCodec.asMap(answer.result()).get("choices"))) {
            Map<String, Object> choice = ChatCodec.asMap(element);
            if (choice.get("text") instanceof String text) {
                return new CompletionResult(
                        text,
                        ChatCodec.finishReason(choice.get("finish_reason")),
                        answer.model(),
                        answer.usage(),
                        answer.provenance());
            }
        }
        throw WrongAnswer.of("the node answered a completion without a choice that holds a text", answer.provenance());
    }
}
