package network.iicp.protocol.chat;

import org.jspecify.annotations.Nullable;

/**
 * One event of a streamed answer. A stream is any number of deltas, then exactly one {@link Completed}; a stream that
 * cannot end so ends in an exception instead.
 */
public sealed interface ChatEvent {

    /**
     * More text of the answer.
     *
     * @param text never empty
     */
    record TextDelta(String text) implements ChatEvent {
        @Override
        public String toString() {
            return "TextDelta[%d]".formatted(text.length());
        }
    }

    /**
     * More of the thoughts the model shows.
     *
     * @param text never empty
     */
    record ReasoningDelta(String text) implements ChatEvent {
        @Override
        public String toString() {
            return "ReasoningDelta[%d]".formatted(text.length());
        }
    }

    /**
     * A fragment of a tool call. Fragments of one call share the index; the first one carries id and name.
     *
     * @param index which call, from 0
     * @param id id of the call, or {@code null} in later fragments
     * @param name name of the tool, or {@code null} in later fragments
     * @param arguments more of the JSON text of the arguments, possibly empty
     */
    record ToolCallDelta(
            int index, @Nullable String id, @Nullable String name, String arguments) implements ChatEvent {
        @Override
        public String toString() {
            return "ToolCallDelta[%d, %s]".formatted(index, name);
        }
    }

    /**
     * Another node goes on from here, because the one before was cut off and the caller allowed that. Models do not always go on seamlessly:
     * they may repeat or change what was said.
     *
     * @param from first eight characters of the id of the node that was cut off
     * @param to the same of the node that goes on
     * @param characters length of the text before this point
     */
    record Continued(String from, String to, int characters) implements ChatEvent {}

    /**
     * The end: the whole answer, put together, with usage and provenance.
     *
     * @param result the same value a call without streaming returns
     */
    record Completed(ChatResult result) implements ChatEvent {}
}
