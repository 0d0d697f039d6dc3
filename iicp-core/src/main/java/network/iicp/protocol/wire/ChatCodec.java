package network.iicp.protocol.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.chat.ContentPart;
import network.iicp.protocol.chat.FinishReason;
import network.iicp.protocol.chat.ResponseFormat;
import network.iicp.protocol.chat.Tool;
import network.iicp.protocol.chat.ToolCall;
import network.iicp.protocol.chat.ToolChoice;
import org.jspecify.annotations.Nullable;

/**
 * Writes chat payloads and reads chat results in the OpenAI dialect. Absent options stay off the wire; {@code stream} is
 * never written, since a node decides from the path whether to stream.
 */
public final class ChatCodec {

    private ChatCodec() {}

    /** Returns the payload of a chat task. */
    public static Map<String, Object> encode(ChatRequest request) {
        Map<String, Object> json = new LinkedHashMap<>(request.extra());
        json.remove("stream");
        json.remove("stream_options");
        json.put("messages", request.messages().stream().map(ChatCodec::message).toList());
        Members.put(json, "model", request.model());
        Members.put(json, "max_tokens", request.maxTokens());
        Members.put(json, "temperature", request.temperature());
        Members.put(json, "top_p", request.topP());
        Members.put(json, "top_k", request.topK());
        Members.put(json, "frequency_penalty", request.frequencyPenalty());
        Members.put(json, "presence_penalty", request.presencePenalty());
        Members.put(json, "seed", request.seed());
        if (!request.stop().isEmpty()) {
            json.put("stop", request.stop());
        }
        if (!request.tools().isEmpty()) {
            json.put("tools", request.tools().stream().map(ChatCodec::tool).toList());
        }
        if (request.toolChoice() != null) {
            json.put("tool_choice", toolChoice(request.toolChoice()));
        }
        Members.put(json, "parallel_tool_calls", request.parallelToolCalls());
        if (request.responseFormat() != null) {
            json.put("response_format", responseFormat(request.responseFormat()));
        }
        Members.put(json, "user", request.user());
        return json;
    }

    private static Map<String, Object> message(ChatMessage message) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("role", message.role());
        if (message instanceof ChatMessage.System system) {
            json.put("content", system.text());
        } else if (message instanceof ChatMessage.User user) {
            json.put("content", content(user.parts()));
            Members.put(json, "name", user.name());
        } else if (message instanceof ChatMessage.Assistant assistant) {
            // An explicit null is risky with some engines, so an assistant that only called tools says "".
            json.put("content", assistant.text());
            if (!assistant.toolCalls().isEmpty()) {
                json.put(
                        "tool_calls",
                        assistant.toolCalls().stream().map(ChatCodec::toolCall).toList());
            }
        } else if (message instanceof ChatMessage.ToolReply reply) {
            json.put("tool_call_id", reply.toolCallId());
            json.put("content", reply.text());
        }
        return json;
    }

    private static Object content(List<ContentPart> parts) {
        if (parts.size() == 1 && parts.get(0) instanceof ContentPart.Text text) {
            return text.text();
        }
        return parts.stream().map(ChatCodec::part).toList();
    }

    private static Map<String, Object> part(ContentPart part) {
        if (part instanceof ContentPart.Image image) {
            Map<String, Object> url = new LinkedHashMap<>();
            url.put("url", image.url());
            Members.put(url, "detail", image.detail());
            return Members.of("type", "image_url", "image_url", url);
        }
        if (part instanceof ContentPart.Audio audio) {
            return Members.of(
                    "type", "input_audio", "input_audio", Members.of("data", audio.data(), "format", audio.format()));
        }
        return Members.of("type", "text", "text", ((ContentPart.Text) part).text());
    }

    private static Map<String, Object> toolCall(ToolCall call) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", call.id());
        json.put("type", "function");
        json.put("function", Members.of("name", call.name(), "arguments", call.arguments()));
        return json;
    }

    private static Map<String, Object> tool(Tool tool) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", tool.name());
        Members.put(function, "description", tool.description());
        function.put("parameters", tool.parameters());
        return Members.of("type", "function", "function", function);
    }

    private static Object toolChoice(ToolChoice choice) {
        return switch (choice.mode()) {
            case AUTO -> "auto";
            case NONE -> "none";
            case REQUIRED -> "required";
            case NAMED -> Members.of("type", "function", "function", Map.of("name", String.valueOf(choice.toolName())));
        };
    }

    private static Map<String, Object> responseFormat(ResponseFormat format) {
        if (format instanceof ResponseFormat.JsonSchema schema) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("name", schema.name());
            json.put("schema", schema.schema());
            Members.put(json, "strict", schema.strict());
            return Members.of("type", "json_schema", "json_schema", json);
        }
        return Map.of("type", format instanceof ResponseFormat.JsonObject ? "json_object" : "text");
    }

    /**
     * Reads the result of a buffered chat. The task id names the answer when the engine gave no name.
     *
     * @param answer the answer of the task
     * @return the chat result
     * @throws ProtocolViolationException if there is no choice with a message in it
     * @throws network.iicp.protocol.BackendException if a choice ends with tool calls and holds none; code {@code tools_lost}
     */
    public static ChatResult decodeResult(TaskResult answer) {
        Map<String, Object> json = asMap(answer.result());
        List<ChatResult.Choice> choices = new ArrayList<>();
        for (Object element : asList(json.get("choices"))) {
            Map<String, Object> choice = asMap(element);
            if (choice.get("message") instanceof Map<?, ?>) {
                choices.add(new ChatResult.Choice(
                        index(choice, choices.size()),
                        assistant(asMap(choice.get("message"))),
                        finishReason(choice.get("finish_reason"))));
            }
        }
        if (choices.isEmpty()) {
            throw WrongAnswer.of("the node answered a chat without a choice that holds a message", answer.provenance());
        }
        requireTools(choices, answer.provenance());
        String id = json.get("id") instanceof String text && !text.isBlank() ? text : answer.taskId();
        return new ChatResult(id, answer.model(), choices, answer.usage(), answer.provenance());
    }

    /**
     * Some engines' adapters drop tool calls and keep the reason that announces them.
     *
     * @throws network.iicp.protocol.BackendException if a choice ends with tool calls and holds none; code {@code tools_lost}
     */
    static void requireTools(List<ChatResult.Choice> choices, Provenance provenance) {
        boolean lost = choices.stream()
                .anyMatch(choice -> choice.finishReason() == FinishReason.TOOL_CALLS
                        && choice.message().toolCalls().isEmpty());
        if (lost) {
            throw IicpException.of(IicpError.of(
                            ErrorCode.TOOLS_LOST,
                            ErrorComponent.NODE,
                            "the node answered that it calls tools and named none; its engine cannot call tools")
                    .withTaskId(provenance.taskId())
                    .withNode(provenance.node()));
        }
    }

    static ChatMessage.Assistant assistant(Map<String, Object> message) {
        List<ToolCall> calls = new ArrayList<>();
        for (Object element : asList(message.get("tool_calls"))) {
            Map<String, Object> call = asMap(element);
            Map<String, Object> function = asMap(call.get("function"));
            String name = text(function.get("name"));
            if (!name.isBlank()) {
                String id = text(call.get("id"));
                calls.add(new ToolCall(id.isBlank() ? "call_" + calls.size() : id, name, arguments(function)));
            }
        }
        return new ChatMessage.Assistant(
                contentText(message.get("content")), reasoning(message), refusal(message), calls);
    }

    private static String arguments(Map<String, Object> function) {
        Object arguments = function.get("arguments");
        return arguments instanceof Map<?, ?> object ? Json.text(object) : text(arguments);
    }

    /** Text of a content member: a string, or the text parts of a list. */
    static String contentText(@Nullable Object content) {
        if (content instanceof List<?> parts) {
            StringBuilder text = new StringBuilder();
            parts.forEach(part -> text.append(text(asMap(part).get("text"))));
            return text.toString();
        }
        return text(content);
    }

    static @Nullable String reasoning(Map<String, Object> message) {
        String text = text(message.get("reasoning_content"));
        String thoughts = text.isEmpty() ? text(message.get("reasoning")) : text;
        return thoughts.isEmpty() ? null : thoughts;
    }

    static @Nullable String refusal(Map<String, Object> message) {
        String text = text(message.get("refusal"));
        return text.isEmpty() ? null : text;
    }

    static FinishReason finishReason(@Nullable Object word) {
        return word instanceof String text ? FinishReason.of(text) : FinishReason.OTHER;
    }

    static int index(Map<String, Object> json, int fallback) {
        return json.get("index") instanceof Number number && number.intValue() >= 0 ? number.intValue() : fallback;
    }

    static String text(@Nullable Object value) {
        return value instanceof String text ? text : "";
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> asMap(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
    }

    static List<?> asList(@Nullable Object value) {
        return value instanceof List<?> list ? list : List.of();
    }
}
