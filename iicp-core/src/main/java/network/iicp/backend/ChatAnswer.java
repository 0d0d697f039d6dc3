package network.iicp.backend;

import java.util.Objects;
import network.iicp.protocol.Usage;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.FinishReason;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link ChatFunction} answers.
 *
 * @param message text, shown thoughts, refusal and tool calls
 * @param finishReason why the model stopped
 * @param usage tokens, as far as they are known
 * @param model the model that answered, or {@code null} for the one that was asked
 */
public record ChatAnswer(
        ChatMessage.Assistant message,
        FinishReason finishReason,
        Usage usage,
        @Nullable String model) {

    /** Checks that nothing required is missing. */
    public ChatAnswer {
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(finishReason, "finishReason");
        Objects.requireNonNull(usage, "usage");
    }

    /** Returns an answer of text alone, with unknown usage. */
    public static ChatAnswer of(String text) {
        return new ChatAnswer(ChatMessage.Assistant.of(text), FinishReason.STOP, Usage.UNKNOWN, null);
    }
}
