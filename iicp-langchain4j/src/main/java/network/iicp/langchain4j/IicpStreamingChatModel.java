package network.iicp.langchain4j;

import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.spi.ServiceHelper;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import network.iicp.langchain4j.spi.IicpStreamingChatModelBuilderFactory;
import org.jspecify.annotations.Nullable;

/**
 * A streaming chat model that is whichever node of the mesh can answer now. Tokens arrive as the node's engine makes them.
 *
 * <p>With a handler, all callbacks of a stream come from one thread that belongs to this stream, so they may block. What they
 * throw goes to {@code onError} and the stream goes on. {@code StreamingHandle.cancel()} stops the engine behind the node;
 * afterwards the handler hears nothing more.
 *
 * <p>As a publisher, a stream is cold, honours demand, and signals mostly on the client's threads, where blocking holds up other
 * calls; never on the thread that asks. Cancelling the subscription stops the engine, too.
 *
 * <p>A failure before the first token goes to the next node. After it the stream ends in an error whose cause,
 * {@link network.iicp.protocol.StreamInterruptedException}, holds the text so far; nothing is replayed. If no node that can
 * stream is there, a whole answer comes as one part, and the provenance says {@code streamed=false}.
 *
 * <p>Otherwise as {@link IicpChatModel}. Thread-safe.
 */
public final class IicpStreamingChatModel implements StreamingChatModel, AutoCloseable {

    private final ChatModelSetup setup;
    private final Executor executor;

    private IicpStreamingChatModel(ChatModelSetup setup, Executor executor) {
        this.setup = setup;
        this.executor = executor;
    }

    /**
     * Returns a builder with nothing set, or the one that a {@link IicpStreamingChatModelBuilderFactory} on the class path gives.
     */
    public static Builder builder() {
        for (IicpStreamingChatModelBuilderFactory factory :
                ServiceHelper.loadFactories(IicpStreamingChatModelBuilderFactory.class)) {
            return factory.get();
        }
        return new Builder();
    }

    /**
     * Sends a request whose defaults have been applied, and delivers the answer to a handler as it comes.
     *
     * @throws UnsupportedFeatureException if the request holds something that IICP cannot carry; the handler is not told
     * @throws dev.langchain4j.exception.InvalidRequestException if a value is out of range; the handler is not told
     */
    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        Objects.requireNonNull(handler, "handler");
        ChatRequests.Call call = ChatRequests.call(request);
        HandlerDelivery delivery = new HandlerDelivery(
                new ResponsePublisher(
                        () -> setup.lease().client().chatStream(call.chat(), call.options()),
                        call.model(),
                        Runnable::run),
                handler);
        try {
            executor.execute(delivery);
        } catch (RejectedExecutionException e) {
            handler.onError(DeliveryThreads.rejected(e));
        }
    }

    /**
     * Returns a request, whose defaults have been applied, as a cold publisher. All failures, those of unsupported content
     * included, are signalled to the subscriber.
     */
    @Override
    public Flow.Publisher<ChatModelStreamingEvent> doChat(ChatRequest request) {
        return new ResponsePublisher(
                () -> {
                    ChatRequests.Call call = ChatRequests.call(request);
                    return setup.lease().client().chatStream(call.chat(), call.options());
                },
                request.modelName(),
                executor);
    }

    @Override
    public IicpChatRequestParameters defaultRequestParameters() {
        return setup.defaults();
    }

    @Override
    public List<ChatModelListener> listeners() {
        return setup.listeners();
    }

    /** Returns {@link ModelProvider#OTHER}. */
    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return setup.capabilities();
    }

    /** Closes the client if it is the model's own; running streams then end in an error. Safe to call twice. */
    @Override
    public void close() {
        setup.lease().close();
    }

    /** Names the model that is asked for. */
    @Override
    public String toString() {
        return "IicpStreamingChatModel[%s]".formatted(setup.defaults().modelName());
    }

    /** Sets up a model. Can be extended, so that frameworks can add to it. Not thread-safe. */
    public static class Builder extends ChatModelBuilder<Builder> {

        private Executor executor = DeliveryThreads.INSTANCE;

        /** Creates a builder with nothing set. */
        public Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the longest silence before the first content, after which the next node is tried. Default: the client's.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder firstEventTimeout(@Nullable Duration silence) {
            explicit().firstEventTimeout(silence);
            return this;
        }

        /**
         * Sets what runs the callbacks of handlers. Every stream occupies one of its threads from beginning to end. A publisher
         * uses it for a moment when a subscriber asks for events. Default: a new thread each time, virtual where the JVM has
         * them.
         */
        public Builder executor(Executor streams) {
            executor = Objects.requireNonNull(streams, "streams");
            return this;
        }

        /**
         * Returns the model. No network is touched.
         *
         * @throws IllegalArgumentException if there is neither a client nor a directory URL, or a value is out of range
         * @throws UnsupportedFeatureException if a default parameter cannot be carried by IICP
         */
        public IicpStreamingChatModel build() {
            return new IicpStreamingChatModel(setup("IicpStreamingChatModel"), executor);
        }
    }
}
