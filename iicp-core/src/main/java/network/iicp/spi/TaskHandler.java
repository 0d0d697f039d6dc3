package network.iicp.spi;

/**
 * Executes tasks. Called on a worker thread of the node, by several threads at once up to the node's concurrency.
 *
 * <p>The return value is the intent's own result: a map, list, string, number or boolean as plain Java values, not an
 * envelope. Token counts go into its {@code usage} member, the model's name into {@code model}, as in the OpenAI dialect.
 *
 * <p>When {@link TaskContext#isStreaming()} is true the handler may {@link TaskContext#emit emit} parts first. For a chat a
 * part is an OpenAI chunk ({@code choices[].delta}), and the return value is then the last chunk: finish reason and usage,
 * no repeated text. A handler that emits nothing returns the whole result, as in a buffered call.
 */
@FunctionalInterface
public interface TaskHandler {

    /**
     * Executes one task.
     *
     * @param context the task, its limits and its output
     * @return the result; never {@code null}
     * @throws network.iicp.protocol.IicpException to answer with that code
     * @throws InterruptedException when the task was cancelled or ran out of time
     * @throws Exception for any other failure; the consumer is told {@code backend_error} without details
     */
    Object handle(TaskContext context) throws Exception;
}
