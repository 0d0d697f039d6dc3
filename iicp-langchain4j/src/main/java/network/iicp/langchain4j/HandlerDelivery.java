package network.iicp.langchain4j;

import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import dev.langchain4j.model.chat.response.CompleteResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialThinkingContext;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.PartialToolCallContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.TaskCancelledException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers one streamed answer to a handler, all of it on the thread that {@link #run} is called on. What the handler throws goes to
 * its {@code onError}, and the stream goes on; what {@code onError} throws is logged. After a cancel the handler hears nothing more.
 */
final class HandlerDelivery implements Flow.Subscriber<ChatModelStreamingEvent>, StreamingHandle, Runnable {

    private static final Logger log = LoggerFactory.getLogger(HandlerDelivery.class);

    /** Events on their way to the handler; few, so that a slow handler slows the node down. */
    private static final int WINDOW = 8;

    /** What the stream says to the delivering thread. */
    private sealed interface Signal {
        record Event(ChatModelStreamingEvent event) implements Signal {}

        record Failure(Throwable fault) implements Signal {}

        /** The stream is over, or the handler wants no more of it. */
        record End() implements Signal {}
    }

    private final Flow.Publisher<ChatModelStreamingEvent> stream;
    private final StreamingChatResponseHandler handler;
    private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
    private volatile Flow.@Nullable Subscription subscription;
    private volatile boolean cancelled;

    HandlerDelivery(Flow.Publisher<ChatModelStreamingEvent> stream, StreamingChatResponseHandler handler) {
        this.stream = stream;
        this.handler = handler;
    }

    /** Starts the stream and delivers until it ends or is cancelled. */
    @Override
    public void run() {
        stream.subscribe(this);
        try {
            while (!cancelled) {
                Signal signal = signals.take();
                if (cancelled || signal instanceof Signal.End) {
                    return;
                }
                if (signal instanceof Signal.Failure failure) {
                    tellError(failure.fault());
                    return;
                }
                deliver(((Signal.Event) signal).event());
                request(1);
            }
        } catch (InterruptedException e) {
            stop();
            Thread.currentThread().interrupt();
            tellError(MeshErrors.translate(
                    new TaskCancelledException(
                            IicpError.of(
                                    ErrorCode.TASK_CANCELLED,
                                    ErrorComponent.CLIENT,
                                    "the delivering thread was interrupted; the task was cancelled"),
                            e),
                    null));
        }
    }

    // ---- the stream

    @Override
    public void onSubscribe(Flow.Subscription source) {
        subscription = source;
        if (cancelled) {
            source.cancel();
        } else {
            source.request(WINDOW);
        }
    }

    @Override
    public void onNext(ChatModelStreamingEvent event) {
        signals.add(new Signal.Event(event));
    }

    @Override
    public void onError(Throwable fault) {
        signals.add(new Signal.Failure(fault));
    }

    @Override
    public void onComplete() {
        signals.add(new Signal.End());
    }

    private void request(long n) {
        Flow.Subscription source = subscription;
        if (source != null && !cancelled) {
            source.request(n);
        }
    }

    private void stop() {
        Flow.Subscription source = subscription;
        if (source != null) {
            source.cancel();
        }
    }

    // ---- the handle

    @Override
    public void cancel() {
        cancelled = true;
        stop();
        signals.add(new Signal.End());
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    // ---- the handler

    private void deliver(ChatModelStreamingEvent event) {
        try {
            dispatch(event);
        } catch (Throwable e) {
            // An error, too: the thread is ours, and dying on it would leave the node working for nobody.
            tellError(e);
        }
    }

    private void dispatch(ChatModelStreamingEvent event) {
        if (event instanceof PartialResponse text) {
            handler.onPartialResponse(text, new PartialResponseContext(this));
        } else if (event instanceof PartialThinking thoughts) {
            handler.onPartialThinking(thoughts, new PartialThinkingContext(this));
        } else if (event instanceof PartialToolCall fragment) {
            handler.onPartialToolCall(fragment, new PartialToolCallContext(this));
        } else if (event instanceof CompleteToolCall call) {
            handler.onCompleteToolCall(call);
        } else if (event instanceof CompleteResponse end) {
            handler.onCompleteResponse(end.chatResponse());
        }
    }

    private void tellError(Throwable fault) {
        if (cancelled) {
            return;
        }
        try {
            handler.onError(fault);
        } catch (Throwable e) {
            log.warn(
                    "A handler threw {} from onError; it is ignored",
                    e.getClass().getName());
            log.debug("What the handler threw", e);
        }
    }
}
