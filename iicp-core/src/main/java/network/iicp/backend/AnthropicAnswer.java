package network.iicp.backend;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.protocol.wire.UsageCodec;
import org.jspecify.annotations.Nullable;

/** Reads answers of the Messages API into the OpenAI dialect. */
final class AnthropicAnswer {

    private static final String DECLINED = "The model declined to answer.";

    private AnthropicAnswer() {}

    /** Returns a whole answer; without choices if it is no message. */
    static Map<String, Object> translate(Map<String, Object> json, AnthropicForm form) {
        if (json.get("error") != null) {
            return Map.of("error", json.get("error"));
        }
        Map<String, Object> result = new LinkedHashMap<>();
        copy(json, "id", result);
        result.put("object", DialectOperation.CHAT.object());
        copy(json, "model", result);
        if (json.get("content") instanceof List<?> blocks) {
            result.put("choices", List.of(choice(json, blocks, form)));
        }
        Map<String, Object> usage = usage(json.get("usage"), Map.of());
        if (!usage.isEmpty()) {
            result.put("usage", usage);
        }
        return result;
    }

    static void copy(Map<?, ?> from, String name, Map<String, Object> to) {
        if (from.get(name) instanceof String text) {
            to.put(name, text);
        }
    }

    private static Map<String, Object> choice(Map<String, Object> json, List<?> blocks, AnthropicForm form) {
        StringBuilder text = new StringBuilder();
        StringBuilder thoughts = new StringBuilder();
        List<Object> calls = new ArrayList<>();
        for (Object element : blocks) {
            if (element instanceof Map<?, ?> block) {
                switch (String.valueOf(block.get("type"))) {
                    case "text" -> text.append(text(block.get("text")));
                    case "thinking" -> thoughts.append(text(block.get("thinking")));
                    case "tool_use" -> {
                        if (form.isAnswer(block.get("name"))) {
                            text.append(form.text(block.get("input")));
                        } else {
                            calls.add(call(block));
                        }
                    }
                    default -> {
                        // Blocks of the service's own tools, and thoughts it keeps to itself, have no place in a chat.
                    }
                }
            }
        }
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("role", "assistant");
        message.put("content", text.isEmpty() && !calls.isEmpty() ? null : text.toString());
        if (!thoughts.isEmpty()) {
            message.put("reasoning_content", thoughts.toString());
        }
        String refusal = refusal(json);
        if (refusal != null) {
            message.put("refusal", refusal);
        }
        if (!calls.isEmpty()) {
            message.put("tool_calls", calls);
        }
        Map<String, Object> choice = new LinkedHashMap<>();
        choice.put("index", 0);
        choice.put("message", message);
        choice.put("finish_reason", finishReason(json.get("stop_reason"), !calls.isEmpty()));
        return choice;
    }

    static String text(@Nullable Object value) {
        return value instanceof String text ? text : "";
    }

    private static Map<String, Object> call(Map<?, ?> block) {
        Object input = block.get("input");
        Map<String, Object> call = new LinkedHashMap<>();
        call.put("id", text(block.get("id")));
        call.put("type", "function");
        call.put(
                "function",
                Ordered.of("name", text(block.get("name")), "arguments", Json.text(input == null ? Map.of() : input)));
        return call;
    }

    /**
     * Returns why the model declined, {@code null} if it did not.
     *
     * @param message a message, or what a stream says at its end
     */
    static @Nullable String refusal(Map<?, ?> message) {
        if (!"refusal".equals(message.get("stop_reason"))) {
            return null;
        }
        String said = message.get("stop_details") instanceof Map<?, ?> details ? text(details.get("explanation")) : "";
        return said.isBlank() ? DECLINED : said;
    }

    /**
     * Returns a stop reason in the words of the OpenAI dialect. The end of a turn, a stop sequence, a pause and a refusal are
     * {@code stop}.
     *
     * @param calls whether tools are called, other than the one that takes the answer
     */
    static String finishReason(@Nullable Object stopReason, boolean calls) {
        return switch (text(stopReason)) {
            case "max_tokens", "model_context_window_exceeded" -> "length";
            case "tool_use" -> calls ? "tool_calls" : "stop";
            default -> "stop";
        };
    }

    /**
     * Returns token counts in the form of the OpenAI dialect.
     *
     * @param given the counts of the message, or of the end of a stream
     * @param earlier counts from the beginning of the stream, for what {@code given} does not say
     * @return the counts, empty if there are none
     */
    static Map<String, Object> usage(@Nullable Object given, Map<?, ?> earlier) {
        Map<?, ?> counts = given instanceof Map<?, ?> map ? map : Map.of();
        Map<String, Object> usage = new LinkedHashMap<>();
        put(usage, "prompt_tokens", count("input_tokens", counts, earlier));
        put(usage, "completion_tokens", count("output_tokens", counts, earlier));
        Map<String, Object> read = new LinkedHashMap<>(UsageCodec.encode(UsageCodec.decode(usage)));
        Map<String, Object> prompt = new LinkedHashMap<>();
        put(prompt, "cached_tokens", count("cache_read_input_tokens", counts, earlier));
        put(prompt, "cache_creation_tokens", count("cache_creation_input_tokens", counts, earlier));
        if (!prompt.isEmpty()) {
            read.put("prompt_tokens_details", prompt);
        }
        Object thinking = counts.get("output_tokens_details") instanceof Map<?, ?> details
                ? details.get("thinking_tokens")
                : null;
        if (thinking instanceof Number) {
            read.put("completion_tokens_details", Map.of("reasoning_tokens", thinking));
        }
        return read;
    }

    private static @Nullable Object count(String name, Map<?, ?> counts, Map<?, ?> earlier) {
        Object count = counts.get(name) == null ? earlier.get(name) : counts.get(name);
        return count instanceof Number ? count : null;
    }

    private static void put(Map<String, Object> json, String name, @Nullable Object count) {
        if (count != null) {
            json.put(name, count);
        }
    }
}
