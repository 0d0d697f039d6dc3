package network.iicp.protocol.chat;

import java.util.Locale;

/** Why the model stopped. */
public enum FinishReason {
    /** It was done, or met a stop sequence. */
    STOP,
    /** It reached the token limit. */
    LENGTH,
    /** It asks for tool calls. */
    TOOL_CALLS,
    /** A filter held the text back. */
    CONTENT_FILTER,
    /** Another reason, or none was given. */
    OTHER;

    /** Returns the word used on the wire. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads the word used on the wire; the old {@code function_call} is a tool call, unknown words are {@link #OTHER}. */
    public static FinishReason of(String word) {
        return switch (word) {
            case "stop", "eos", "end_turn" -> STOP;
            case "length", "max_tokens" -> LENGTH;
            case "tool_calls", "function_call", "tool_use" -> TOOL_CALLS;
            case "content_filter" -> CONTENT_FILTER;
            default -> OTHER;
        };
    }
}
