package network.iicp.protocol.chat;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One turn of a conversation. */
public sealed interface ChatMessage {

    /** Returns the role as written on the wire: system, user, assistant or tool. */
    String role();

    /**
     * Instructions that hold for the whole conversation.
     *
     * @param text the instructions
     */
    record System(String text) implements ChatMessage {
        /** Checks that the text is there. */
        public System {
            Objects.requireNonNull(text, "text");
        }

        @Override
        public String role() {
            return "system";
        }

        @Override
        public String toString() {
            return "System[]";
        }
    }

    /**
     * What the user says or shows.
     *
     * @param parts at least one piece
     * @param name name of the speaker, or {@code null}
     */
    record User(List<ContentPart> parts, @Nullable String name) implements ChatMessage {
        /** Checks that there is a part and copies them. */
        public User {
            parts = List.copyOf(parts);
            if (parts.isEmpty()) {
                throw new IllegalArgumentException("a user message needs at least one part");
            }
        }

        /** Returns a message of text alone. */
        public static User of(String text) {
            return new User(List.of(new ContentPart.Text(text)), null);
        }

        @Override
        public String role() {
            return "user";
        }

        @Override
        public String toString() {
            return "User[%d parts]".formatted(parts.size());
        }
    }

    /**
     * What the model said, or the tool calls it asked for.
     *
     * @param text the text, possibly empty
     * @param reasoning thoughts the model showed, or {@code null}
     * @param refusal why the model declined, or {@code null}
     * @param toolCalls calls it asks for, possibly none
     */
    record Assistant(
            String text,
            @Nullable String reasoning,
            @Nullable String refusal,
            List<ToolCall> toolCalls) implements ChatMessage {
        /** Checks that the text is there and copies the calls. */
        public Assistant {
            Objects.requireNonNull(text, "text");
            toolCalls = List.copyOf(toolCalls);
        }

        /** Returns a message of text alone. */
        public static Assistant of(String text) {
            return new Assistant(text, null, null, List.of());
        }

        @Override
        public String role() {
            return "assistant";
        }

        @Override
        public String toString() {
            return "Assistant[%d tool calls]".formatted(toolCalls.size());
        }
    }

    /**
     * The result of a tool call.
     *
     * @param toolCallId id of the {@link ToolCall} it answers
     * @param text the result, as text
     */
    record ToolReply(String toolCallId, String text) implements ChatMessage {
        /** Checks that both are there. */
        public ToolReply {
            Objects.requireNonNull(toolCallId, "toolCallId");
            Objects.requireNonNull(text, "text");
        }

        @Override
        public String role() {
            return "tool";
        }

        @Override
        public String toString() {
            return "ToolReply[]";
        }
    }
}
