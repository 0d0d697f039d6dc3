package network.iicp.backend;

import network.iicp.protocol.chat.ChatRequest;

/** A chat model of the application, to be served by a {@link ModelBackend}. Called by several threads at once. */
@FunctionalInterface
public interface ChatFunction {

    /**
     * Answers a chat.
     *
     * @param request the conversation and its options; {@code model} is the name it is served under
     * @param output takes parts as they come, and knows when to stop
     * @return the whole answer, including what went to the output
     * @throws network.iicp.protocol.IicpException to answer with that code
     * @throws InterruptedException when the task was cancelled or ran out of time
     * @throws Exception for any other failure; the consumer is told {@code backend_error} without details
     */
    ChatAnswer answer(ChatRequest request, ChatOutput output) throws Exception;
}
