package network.iicp.protocol;

/**
 * One event of the streamed answer to a task of any intent. A stream is any number of parts, then exactly one {@link Completed}; a stream
 * that cannot end so ends in an exception instead.
 */
public sealed interface TaskEvent {

    /**
     * A part of the result, in the shape that the intent defines.
     *
     * @param value a map, list, text, number or truth value; never {@code null}
     */
    record Part(Object value) implements TaskEvent {
        @Override
        public String toString() {
            return "Part[%s]".formatted(value.getClass().getSimpleName());
        }
    }

    /**
     * The end.
     *
     * @param result holds the end of the result as the node sent it, an empty map if that was nothing; the whole result, which was delivered
     *     as one part before, if the node does not stream
     */
    record Completed(TaskResult result) implements TaskEvent {}
}
