package network.iicp.backend;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import org.jspecify.annotations.Nullable;

/** Turns the events of a streamed message into chunks of the OpenAI dialect. One stream; not thread-safe. */
final class AnthropicEvents implements EventTranslation {

    /** Most blocks of one message. */
    private static final int MOST_BLOCKS = 1024;

    /** Longest answer that is collected because it comes wrapped. */
    private static final int LONGEST_WRAPPED = 4 << 20;

    private final AnthropicForm form;
    private final Map<Integer, Block> blocks = new HashMap<>();
    private final Map<String, Object> envelope = new LinkedHashMap<>();
    private Map<?, ?> firstUsage = Map.of();
    private int calls;
    private boolean ended;

    /** A block that takes JSON: a tool call, or the answer in a wanted form. */
    private static final class Block {
        private final int call;
        private final Map<?, ?> input;
        private final StringBuilder wrapped = new StringBuilder();
        private boolean filled;

        Block(int call, Map<?, ?> input) {
            this.call = call;
            this.input = input;
        }

        boolean isAnswer() {
            return call < 0;
        }
    }

    AnthropicEvents(AnthropicForm form) {
        this.form = form;
    }

    @Override
    public boolean isEndMark(String data) {
        return false;
    }

    @Override
    public boolean isEnded() {
        return ended;
    }

    @Override
    public Map<String, Object> chunk(Map<String, Object> event) {
        if (event.get("error") != null) {
            return Map.of("error", event.get("error"));
        }
        Map<String, Object> chunk = new LinkedHashMap<>(envelope);
        switch (String.valueOf(event.get("type"))) {
            case "message_start" -> start(map(event.get("message")), chunk);
            case "content_block_start" -> put(chunk, blockStart(event));
            case "content_block_delta" -> put(chunk, blockDelta(event));
            case "content_block_stop" -> put(chunk, blockStop(event));
            case "message_delta" -> end(event, chunk);
            case "message_stop" -> ended = true;
            default -> {
                // Pings, and events that came after this version of the API.
            }
        }
        return chunk;
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }

    private void start(Map<?, ?> message, Map<String, Object> chunk) {
        AnthropicAnswer.copy(message, "id", envelope);
        AnthropicAnswer.copy(message, "model", envelope);
        firstUsage = map(message.get("usage"));
        chunk.putAll(envelope);
    }

    private static void put(Map<String, Object> chunk, Map<String, Object> delta) {
        if (!delta.isEmpty()) {
            chunk.put("choices", List.of(choice(delta, null)));
        }
    }

    private static Map<String, Object> choice(Map<String, Object> delta, @Nullable String finish) {
        Map<String, Object> choice = new LinkedHashMap<>();
        choice.put("index", 0);
        choice.put("delta", delta);
        choice.put("finish_reason", finish);
        return choice;
    }

    private static int index(Map<String, Object> event) {
        return event.get("index") instanceof Number number ? number.intValue() : 0;
    }

    private Map<String, Object> blockStart(Map<String, Object> event) {
        Map<?, ?> block = map(event.get("content_block"));
        return switch (String.valueOf(block.get("type"))) {
            case "text" -> text("content", block.get("text"));
            case "thinking" -> text("reasoning_content", block.get("thinking"));
            case "tool_use" -> toolStart(index(event), block);
            default -> Map.of();
        };
    }

    private static Map<String, Object> text(String member, @Nullable Object value) {
        String text = AnthropicAnswer.text(value);
        return text.isEmpty() ? Map.of() : Map.of(member, text);
    }

    private Map<String, Object> toolStart(int index, Map<?, ?> block) {
        if (blocks.size() >= MOST_BLOCKS) {
            throw BackendFaults.failed("the engine's stream has more than %d blocks".formatted(MOST_BLOCKS), null);
        }
        Map<?, ?> input = map(block.get("input"));
        if (form.isAnswer(block.get("name"))) {
            blocks.put(index, new Block(-1, input));
            return Map.of();
        }
        Block call = new Block(calls++, input);
        blocks.put(index, call);
        Map<String, Object> fragment = fragment(call, "");
        fragment.put("id", AnthropicAnswer.text(block.get("id")));
        fragment.put("type", "function");
        fragment.put("function", Ordered.of("name", AnthropicAnswer.text(block.get("name")), "arguments", ""));
        return Map.of("tool_calls", List.of(fragment));
    }

    private static Map<String, Object> fragment(Block call, String arguments) {
        Map<String, Object> fragment = new LinkedHashMap<>();
        fragment.put("index", call.call);
        fragment.put("function", Map.of("arguments", arguments));
        return fragment;
    }

    private Map<String, Object> blockDelta(Map<String, Object> event) {
        Map<?, ?> delta = map(event.get("delta"));
        return switch (String.valueOf(delta.get("type"))) {
            case "text_delta" -> text("content", delta.get("text"));
            case "thinking_delta" -> text("reasoning_content", delta.get("thinking"));
            case "input_json_delta" -> input(blocks.get(index(event)), AnthropicAnswer.text(delta.get("partial_json")));
            default -> Map.of();
        };
    }

    private Map<String, Object> input(@Nullable Block block, String json) {
        if (block == null || json.isEmpty()) {
            return Map.of();
        }
        block.filled = true;
        if (!block.isAnswer()) {
            return Map.of("tool_calls", List.of(fragment(block, json)));
        }
        if (!form.wrapped()) {
            return Map.of("content", json);
        }
        if (block.wrapped.length() + json.length() > LONGEST_WRAPPED) {
            throw BackendFaults.failed("the engine's answer is too large", null);
        }
        block.wrapped.append(json);
        return Map.of();
    }

    /** Input that came with the start of its block, and answers that come wrapped, are told when the block ends. */
    private Map<String, Object> blockStop(Map<String, Object> event) {
        Block block = blocks.get(index(event));
        if (block == null || (block.filled && !(block.isAnswer() && form.wrapped()))) {
            return Map.of();
        }
        if (!block.isAnswer()) {
            return Map.of("tool_calls", List.of(fragment(block, Json.text(block.input))));
        }
        return Map.of("content", form.text(block.filled ? parsed(block.wrapped.toString()) : block.input));
    }

    private static Object parsed(String json) {
        try {
            return Json.parseObject(json, JsonLimits.DEFAULT);
        } catch (JsonException e) {
            throw BackendFaults.failed("the engine's answer is no JSON of the wanted form", e);
        }
    }

    private void end(Map<String, Object> event, Map<String, Object> chunk) {
        Map<?, ?> delta = map(event.get("delta"));
        Map<String, Object> usage = AnthropicAnswer.usage(event.get("usage"), firstUsage);
        if (!usage.isEmpty()) {
            chunk.put("usage", usage);
        }
        if (delta.get("stop_reason") instanceof String reason) {
            String refusal = AnthropicAnswer.refusal(delta);
            chunk.put(
                    "choices",
                    List.of(choice(
                            refusal == null ? Map.of() : Map.of("refusal", refusal),
                            AnthropicAnswer.finishReason(reason, calls > 0))));
        }
    }
}
