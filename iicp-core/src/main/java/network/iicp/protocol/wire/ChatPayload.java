package network.iicp.protocol.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonException.Reason;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Quoted;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ContentPart;
import network.iicp.protocol.chat.ResponseFormat;
import network.iicp.protocol.chat.Tool;
import network.iicp.protocol.chat.ToolCall;
import network.iicp.protocol.chat.ToolChoice;
import org.jspecify.annotations.Nullable;

/** Reads the payload of a chat task: the other direction of {@link ChatCodec#encode}, for those who answer. */
public final class ChatPayload {

    private static final Set<String> READ = Set.of(
            "messages",
            "model",
            "max_tokens",
            "max_completion_tokens",
            "temperature",
            "top_p",
            "top_k",
            "frequency_penalty",
            "presence_penalty",
            "seed",
            "stop",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "response_format",
            "user",
            "stream",
            "stream_options");

    private ChatPayload() {}

    /**
     * Reads a payload in the OpenAI dialect. Members that the request has no place for are its {@code extra}.
     *
     * @throws JsonException if a member is missing, of the wrong kind or out of range; the message names it
     */
    public static ChatRequest read(JsonObject payload) {
        try {
            return request(payload);
        } catch (IllegalArgumentException e) {
            // A record refused a value; it names the option.
            throw payload.fault("messages", Reason.OUT_OF_RANGE, "and options: " + e.getMessage());
        }
    }

    private static ChatRequest request(JsonObject payload) {
        List<ChatMessage> messages = new ArrayList<>();
        payload.objects("messages").forEach(message -> messages.add(message(message)));
        Map<String, Object> extra = new LinkedHashMap<>(payload.asMap());
        extra.keySet().removeAll(READ);
        String bound = payload.has("max_tokens") ? "max_tokens" : "max_completion_tokens";
        return new ChatRequest(
                messages,
                payload.optionalString("model").orElse(null),
                integer(payload.optionalInt(bound)),
                number(payload.optionalDouble("temperature")),
                number(payload.optionalDouble("top_p")),
                integer(payload.optionalInt("top_k")),
                number(payload.optionalDouble("frequency_penalty")),
                number(payload.optionalDouble("presence_penalty")),
                seed(payload.optionalLong("seed")),
                stops(payload),
                tools(payload),
                toolChoice(payload),
                payload.optionalBoolean("parallel_tool_calls").orElse(null),
                payload.optionalObject("response_format")
                        .map(ChatPayload::responseFormat)
                        .orElse(null),
                payload.optionalString("user").orElse(null),
                extra);
    }

    private static @Nullable Integer integer(OptionalInt value) {
        return value.isPresent() ? value.getAsInt() : null;
    }

    private static @Nullable Double number(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }

    private static @Nullable Long seed(OptionalLong value) {
        return value.isPresent() ? value.getAsLong() : null;
    }

    private static List<String> stops(JsonObject payload) {
        if (!payload.has("stop")) {
            return List.of();
        }
        return payload.raw("stop") instanceof String one ? List.of(one) : payload.strings("stop");
    }

    private static ChatMessage message(JsonObject message) {
        String role = message.string("role");
        return switch (role) {
            case "system", "developer" -> new ChatMessage.System(text(message));
            case "user" ->
                new ChatMessage.User(
                        parts(message), message.optionalString("name").orElse(null));
            case "assistant" ->
                new ChatMessage.Assistant(
                        text(message),
                        ChatCodec.reasoning(message.asMap()),
                        ChatCodec.refusal(message.asMap()),
                        calls(message));
            case "tool" -> new ChatMessage.ToolReply(message.string("tool_call_id"), text(message));
            default ->
                throw message.fault("role", Reason.OUT_OF_RANGE, "must be system, developer, user, assistant or tool");
        };
    }

    /** Returns the text of a message that has nothing but text. */
    private static String text(JsonObject message) {
        Object content = message.raw("content");
        if (!(content instanceof List<?>)) {
            return message.string("content", "");
        }
        StringBuilder text = new StringBuilder();
        for (JsonObject part : message.objects("content")) {
            String type = part.string("type");
            if (!type.equals("text") && !type.equals("refusal")) {
                throw part.fault("type", Reason.OUT_OF_RANGE, "must be text here");
            }
            text.append(part.string(type));
        }
        return text.toString();
    }

    private static List<ContentPart> parts(JsonObject message) {
        if (!(message.raw("content") instanceof List<?>)) {
            return List.of(new ContentPart.Text(message.string("content")));
        }
        List<ContentPart> parts = new ArrayList<>();
        for (JsonObject part : message.objects("content")) {
            parts.add(part(part));
        }
        return parts;
    }

    private static ContentPart part(JsonObject part) {
        String type = part.string("type");
        return switch (type) {
            case "text" -> new ContentPart.Text(part.string("text"));
            case "image_url" -> image(part);
            case "input_audio" -> {
                JsonObject audio = part.object("input_audio");
                yield new ContentPart.Audio(audio.string("data"), audio.string("format"));
            }
            default -> throw part.fault("type", Reason.OUT_OF_RANGE, "%s is no known part".formatted(Quoted.of(type)));
        };
    }

    private static ContentPart.Image image(JsonObject part) {
        if (part.raw("image_url") instanceof String url) {
            return new ContentPart.Image(url, null);
        }
        JsonObject image = part.object("image_url");
        return new ContentPart.Image(
                image.string("url"), image.optionalString("detail").orElse(null));
    }

    private static List<ToolCall> calls(JsonObject message) {
        List<ToolCall> calls = new ArrayList<>();
        for (JsonObject call : elements(message, "tool_calls")) {
            JsonObject function = call.object("function");
            Object arguments = function.raw("arguments");
            calls.add(new ToolCall(
                    call.string("id"),
                    function.string("name"),
                    arguments instanceof Map<?, ?> ? Json.text(arguments) : function.string("arguments", "")));
        }
        return calls;
    }

    private static List<JsonObject> elements(JsonObject json, String name) {
        return json.raw(name) == null ? List.of() : json.objects(name);
    }

    private static List<Tool> tools(JsonObject payload) {
        List<Tool> tools = new ArrayList<>();
        for (JsonObject element : elements(payload, "tools")) {
            if (!element.string("type", "function").equals("function")) {
                throw element.fault("type", Reason.OUT_OF_RANGE, "must be function");
            }
            JsonObject function = element.object("function");
            tools.add(new Tool(
                    function.string("name"),
                    function.optionalString("description").orElse(null),
                    function.optionalObject("parameters")
                            .map(JsonObject::asMap)
                            .orElseGet(() -> Members.of("type", "object", "properties", Map.of()))));
        }
        return tools;
    }

    private static @Nullable ToolChoice toolChoice(JsonObject payload) {
        Object choice = payload.raw("tool_choice");
        if (choice == null) {
            return null;
        }
        if (choice instanceof String word) {
            return switch (word) {
                case "auto" -> ToolChoice.AUTO;
                case "none" -> ToolChoice.NONE;
                case "required" -> ToolChoice.REQUIRED;
                default -> throw payload.fault("tool_choice", Reason.OUT_OF_RANGE, "must be auto, none or required");
            };
        }
        return ToolChoice.named(payload.object("tool_choice").object("function").string("name"));
    }

    private static ResponseFormat responseFormat(JsonObject format) {
        return switch (format.string("type")) {
            case "text" -> new ResponseFormat.Text();
            case "json_object" -> new ResponseFormat.JsonObject();
            case "json_schema" -> {
                JsonObject schema = format.object("json_schema");
                yield new ResponseFormat.JsonSchema(
                        schema.string("name", "response"),
                        schema.object("schema").asMap(),
                        schema.optionalBoolean("strict").orElse(null));
            }
            default -> throw format.fault("type", Reason.OUT_OF_RANGE, "must be text, json_object or json_schema");
        };
    }
}
