package network.iicp.backend;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonException.Reason;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Quoted;
import org.jspecify.annotations.Nullable;

/**
 * A conversation in the words of the Messages API: instructions apart, user and assistant in turn, tool calls and their
 * results as blocks. Built from the messages of one payload; not thread-safe.
 */
final class AnthropicTurns {

    private static final Pattern DATA_URL = Pattern.compile("data:([A-Za-z0-9.+/-]*)(?:;[^,;]*)*;base64,");
    private static final Pattern NOT_IN_IDS = Pattern.compile("[^A-Za-z0-9_-]");

    private final List<String> system = new ArrayList<>();
    private final List<Turn> turns = new ArrayList<>();
    private final Set<String> toolNames = new LinkedHashSet<>();
    private final Map<String, String> callIds = new HashMap<>();

    private record Turn(String role, List<Object> blocks) {}

    private AnthropicTurns() {}

    /**
     * Reads the messages of a payload.
     *
     * @throws JsonException if there are none, or one is not as the OpenAI dialect has it, or cannot be told to this engine
     */
    static AnthropicTurns of(JsonObject payload) {
        AnthropicTurns conversation = new AnthropicTurns();
        payload.objects("messages").forEach(conversation::add);
        if (conversation.turns.isEmpty()) {
            throw payload.fault("messages", Reason.OUT_OF_RANGE, "must have a message that is no instruction");
        }
        return conversation;
    }

    /** Returns the instructions, blank if there are none. */
    String system() {
        return String.join("\n\n", system);
    }

    /** Returns the turns. */
    List<Object> messages() {
        List<Object> messages = new ArrayList<>();
        turns.forEach(turn -> messages.add(Ordered.of("role", turn.role(), "content", turn.blocks())));
        return messages;
    }

    /** Returns the names of the tools that were called. */
    Set<String> toolNames() {
        return toolNames;
    }

    private void add(JsonObject message) {
        String role = message.string("role");
        switch (role) {
            case "system", "developer" -> {
                String text = text(message);
                if (!text.isBlank()) {
                    system.add(text);
                }
            }
            case "user" -> blocks("user", content(message));
            case "assistant" -> {
                blocks("assistant", content(message));
                blocks("assistant", calls(message));
            }
            case "tool" -> blocks("user", List.of(result(message)));
            default ->
                throw message.fault("role", Reason.OUT_OF_RANGE, "must be system, developer, user, assistant or tool");
        }
    }

    /** Adds to the turn of the role; a new one begins when the role changes. */
    private void blocks(String role, List<Object> blocks) {
        if (blocks.isEmpty()) {
            return;
        }
        if (turns.isEmpty() || !turns.get(turns.size() - 1).role().equals(role)) {
            turns.add(new Turn(role, new ArrayList<>()));
        }
        turns.get(turns.size() - 1).blocks().addAll(blocks);
    }

    private static List<Object> content(JsonObject message) {
        Object content = message.raw("content");
        List<Object> blocks = new ArrayList<>();
        if (content instanceof List<?>) {
            message.objects("content").forEach(part -> addPart(part, blocks));
        } else if (content != null) {
            addText(message.string("content"), blocks);
        }
        return blocks;
    }

    /** The API refuses empty text. */
    private static void addText(String text, List<Object> blocks) {
        if (!text.isEmpty()) {
            blocks.add(Ordered.of("type", "text", "text", text));
        }
    }

    private static void addPart(JsonObject part, List<Object> blocks) {
        String type = part.string("type");
        switch (type) {
            case "text" -> addText(part.string("text"), blocks);
            case "refusal" -> addText(part.string("refusal"), blocks);
            case "image_url" -> blocks.add(Ordered.of("type", "image", "source", image(part)));
            default ->
                throw part.fault(
                        "type", Reason.OUT_OF_RANGE, "%s cannot be told to this engine".formatted(Quoted.of(type)));
        }
    }

    private static Map<String, Object> image(JsonObject part) {
        String url = part.raw("image_url") instanceof String text
                ? text
                : part.object("image_url").string("url");
        Matcher data = DATA_URL.matcher(url);
        if (data.lookingAt()) {
            String type = data.group(1).isEmpty() ? "image/png" : data.group(1);
            return Ordered.of("type", "base64", "media_type", type, "data", url.substring(data.end()));
        }
        if (!url.startsWith("https://") && !url.startsWith("http://")) {
            throw part.fault("image_url", Reason.OUT_OF_RANGE, "must be a web address or a data: URL in base64");
        }
        return Ordered.of("type", "url", "url", url);
    }

    /** Returns the text of a message that may have nothing else. */
    private static String text(JsonObject message) {
        Object content = message.raw("content");
        if (content == null || content instanceof String) {
            return message.string("content", "");
        }
        List<String> texts = new ArrayList<>();
        for (JsonObject part : message.objects("content")) {
            if (!part.string("type").equals("text")) {
                throw part.fault("type", Reason.OUT_OF_RANGE, "must be text here");
            }
            if (!part.string("text").isBlank()) {
                texts.add(part.string("text"));
            }
        }
        return String.join("\n\n", texts);
    }

    private List<Object> calls(JsonObject message) {
        List<Object> blocks = new ArrayList<>();
        if (message.raw("tool_calls") == null) {
            return blocks;
        }
        for (JsonObject call : message.objects("tool_calls")) {
            JsonObject function = call.object("function");
            String name = function.string("name");
            toolNames.add(name);
            Map<String, Object> block = new LinkedHashMap<>();
            block.put("type", "tool_use");
            block.put("id", callId(call.string("id")));
            block.put("name", name);
            block.put("input", arguments(function));
            blocks.add(block);
        }
        return blocks;
    }

    private static Map<String, Object> arguments(JsonObject function) {
        Object arguments = function.raw("arguments");
        if (arguments instanceof Map<?, ?>) {
            return function.object("arguments").asMap();
        }
        String text = function.string("arguments", "");
        if (text.isBlank()) {
            return Map.of();
        }
        try {
            return Json.parseObject(text, JsonLimits.DEFAULT);
        } catch (JsonException e) {
            throw function.fault("arguments", Reason.WRONG_TYPE, "must be the JSON text of an object");
        }
    }

    private Map<String, Object> result(JsonObject message) {
        Map<String, Object> block = new LinkedHashMap<>();
        block.put("type", "tool_result");
        block.put("tool_use_id", callId(message.string("tool_call_id")));
        block.put("content", text(message));
        return block;
    }

    /** A conversation may have been with other engines before, whose ids have characters that this API refuses. */
    private String callId(String id) {
        @Nullable String known = callIds.get(id);
        if (known != null) {
            return known;
        }
        String plain = NOT_IN_IDS.matcher(id).replaceAll("_");
        plain = plain.isEmpty() ? "call" : plain;
        while (callIds.containsValue(plain)) {
            plain += "_";
        }
        callIds.put(id, plain);
        return plain;
    }
}
