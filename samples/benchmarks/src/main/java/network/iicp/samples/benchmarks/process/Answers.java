package network.iicp.samples.benchmarks.process;

import java.util.List;
import java.util.Map;

/** What stub engines and stub handlers answer. */
final class Answers {

    static final List<String> WORDS =
            List.of("The ", "intent ", "went ", "to ", "the ", "machine ", "that ", "can ", "serve ", "it ", "now.");

    static final String TEXT = String.join("", WORDS);

    private static final Map<String, Object> USAGE =
            Map.of("prompt_tokens", 12, "completion_tokens", 11, "total_tokens", 23);

    private Answers() {}

    /** A whole answer. */
    static Map<String, Object> chat() {
        Map<String, Object> message = Map.of("role", "assistant", "content", TEXT);
        return Map.of(
                "id",
                "stub-1",
                "object",
                "chat.completion",
                "model",
                EngineRole.MODEL,
                "choices",
                List.of(Map.of("index", 0, "message", message, "finish_reason", "stop")),
                "usage",
                USAGE);
    }

    /** One part of a streamed answer. */
    static Map<String, Object> part(String text) {
        return Map.of(
                "object",
                "chat.completion.chunk",
                "model",
                EngineRole.MODEL,
                "choices",
                List.of(Map.of("index", 0, "delta", Map.of("content", text))));
    }

    /** The last part: no text, finish reason and usage. */
    static Map<String, Object> lastPart() {
        return Map.of(
                "object",
                "chat.completion.chunk",
                "model",
                EngineRole.MODEL,
                "choices",
                List.of(Map.of("index", 0, "delta", Map.of(), "finish_reason", "stop")),
                "usage",
                USAGE);
    }
}
