package network.iicp.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialThinkingContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import network.iicp.backend.ChatOutput;
import org.jspecify.annotations.Nullable;

/**
 * Passes the parts of a model's stream on, on the thread they come from: a consumer that is slow holds the model up. When the
 * consumer is gone the stream is cancelled, at the latest with its next part. One stream; thread-safe.
 */
final class ServedStream implements StreamingChatResponseHandler {

    private final ChatOutput output;
    private final CompletableFuture<ChatResponse> response = new CompletableFuture<>();
    private final AtomicReference<@Nullable StreamingHandle> handle = new AtomicReference<>();
    private final AtomicInteger calls = new AtomicInteger();
    private volatile boolean cancelled;

    ServedStream(ChatOutput output) {
        this.output = output;
    }

    /** Returns the whole response, when the stream is over. */
    CompletableFuture<ChatResponse> response() {
        return response;
    }

    void cancel() {
        cancelled = true;
        StreamingHandle known = handle.get();
        if (known != null) {
            known.cancel();
        }
    }

    /** A part on its way. */
    @FunctionalInterface
    private interface Part {
        void send() throws InterruptedException;
    }

    private void pass(@Nullable StreamingHandle by, Part part) {
        if (by != null) {
            handle.set(by);
        }
        try {
            if (!cancelled && !output.isCancelled()) {
                part.send();
                return;
            }
        } catch (InterruptedException e) {
            response.completeExceptionally(e);
        }
        cancel();
    }

    @Override
    public void onPartialResponse(String text) {
        pass(null, () -> output.text(text));
    }

    @Override
    public void onPartialResponse(PartialResponse part, PartialResponseContext context) {
        pass(context.streamingHandle(), () -> output.text(part.text()));
    }

    @Override
    public void onPartialThinking(PartialThinking part) {
        pass(null, () -> output.reasoning(part.text()));
    }

    @Override
    public void onPartialThinking(PartialThinking part, PartialThinkingContext context) {
        pass(context.streamingHandle(), () -> output.reasoning(part.text()));
    }

    @Override
    public void onCompleteToolCall(CompleteToolCall call) {
        int position = calls.getAndIncrement();
        pass(null, () -> output.toolCall(ServedModel.call(call.toolExecutionRequest(), position)));
    }

    @Override
    public void onCompleteResponse(ChatResponse whole) {
        response.complete(whole);
    }

    @Override
    public void onError(Throwable failure) {
        response.completeExceptionally(failure);
    }
}
