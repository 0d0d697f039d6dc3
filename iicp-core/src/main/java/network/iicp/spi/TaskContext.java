package network.iicp.spi;

import java.util.Map;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.Task;

/** What a handler sees of the task it executes. Thread-safe. */
public interface TaskContext {

    /** Returns the task: intent, opened payload, constraints. */
    Task task();

    /** Returns the moment after which the answer is of no use. */
    Deadline deadline();

    /** Returns whether the consumer takes parts of the result as they come. */
    boolean isStreaming();

    /**
     * Sends a part of the result, and waits until it can be taken: a slow consumer slows the handler down.
     *
     * @param part a JSON object as plain Java values
     * @throws InterruptedException when the task is cancelled, out of time, or its consumer is gone
     * @throws IllegalStateException if the consumer does not stream
     */
    void emit(Map<String, Object> part) throws InterruptedException;

    /** Returns whether the task was cancelled or ran out of time; the handler should stop. */
    boolean isCancelled();

    /**
     * Calls {@code action} once when the task is cancelled or runs out of time, at once if it already is. Use it to close
     * what the handler waits for. The worker thread is interrupted as well.
     */
    void onCancel(Runnable action);

    /** Returns the W3C {@code traceparent} to send along to engines. */
    String traceparent();
}
