package network.iicp.backend;

import network.iicp.protocol.Deadline;
import network.iicp.protocol.chat.ToolCall;

/** Where the parts of an answer go while a {@link ChatFunction} makes them. For one task; used by one thread at a time. */
public interface ChatOutput {

    /** Returns whether the consumer takes parts as they come. Parts given to one that does not are dropped. */
    boolean isStreaming();

    /**
     * Sends text, and waits until it can be taken.
     *
     * @throws InterruptedException when the task is cancelled, out of time, or its consumer is gone
     */
    void text(String text) throws InterruptedException;

    /**
     * Sends thoughts that the model shows.
     *
     * @throws InterruptedException as {@link #text}
     */
    void reasoning(String text) throws InterruptedException;

    /**
     * Sends a whole tool call. Calls that were not sent are sent from the answer.
     *
     * @throws InterruptedException as {@link #text}
     */
    void toolCall(ToolCall call) throws InterruptedException;

    /** Returns the moment after which the answer is of no use. */
    Deadline deadline();

    /** Returns whether the task was cancelled or ran out of time. */
    boolean isCancelled();

    /** Calls {@code action} once when the task is cancelled or runs out of time, at once if it already is. */
    void onCancel(Runnable action);
}
