package network.iicp.protocol.completion;

/**
 * One event of a streamed completion. A stream is any number of deltas, then exactly one {@link Completed}; a stream that cannot end so
 * ends in an exception instead.
 */
public sealed interface CompletionEvent {

    /**
     * More text.
     *
     * @param text never empty
     */
    record TextDelta(String text) implements CompletionEvent {
        @Override
        public String toString() {
            return "TextDelta[%d]".formatted(text.length());
        }
    }

    /**
     * Another node goes on from here, because the one before was cut off and the caller allowed that.
     *
     * @param from first eight characters of the id of the node that was cut off
     * @param to the same of the node that goes on
     * @param characters length of the text before this point
     */
    record Continued(String from, String to, int characters) implements CompletionEvent {}

    /**
     * The end: the whole completion, with usage and provenance.
     *
     * @param result the same value a call without streaming returns
     */
    record Completed(CompletionResult result) implements CompletionEvent {}
}
