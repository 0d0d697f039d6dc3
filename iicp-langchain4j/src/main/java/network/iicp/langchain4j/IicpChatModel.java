package network.iicp.langchain4j;

import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.spi.ServiceHelper;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import network.iicp.langchain4j.spi.IicpChatModelBuilderFactory;
import network.iicp.protocol.IicpException;

/**
 * A chat model that is whichever node of the mesh can answer now.
 *
 * <pre>{@code
 * ChatModel model = IicpChatModel.builder().client(client).modelName("llama3:8b").build();
 * String answer = model.chat("Hello from IICP!");
 * }</pre>
 *
 * <p>Requests are encrypted to the node, tried elsewhere when it fails, and bounded by one deadline, all by the client. Answers
 * carry {@link IicpChatResponseMetadata}, requests may carry {@link IicpChatRequestParameters}. Text, images, sounds, tools and
 * JSON by schema are carried; videos, PDF files and image detail levels other than low, high and auto are refused with
 * {@link UnsupportedFeatureException} before anything is sent.
 *
 * <p>Thread-safe. Close it if it was built with a directory URL; a shared client stays open.
 */
public final class IicpChatModel implements ChatModel, AutoCloseable {

    private final ChatModelSetup setup;

    private IicpChatModel(ChatModelSetup setup) {
        this.setup = setup;
    }

    /** Returns a builder with nothing set, or the one that a {@link IicpChatModelBuilderFactory} on the class path gives. */
    public static Builder builder() {
        for (IicpChatModelBuilderFactory factory : ServiceHelper.loadFactories(IicpChatModelBuilderFactory.class)) {
            return factory.get();
        }
        return new Builder();
    }

    /**
     * Sends a request whose defaults have been applied, and waits for the answer.
     *
     * @throws UnsupportedFeatureException if the request holds something that IICP cannot carry
     * @throws dev.langchain4j.exception.LangChain4jException if the mesh gives no answer; the cause is the
     *     {@link IicpException}
     */
    @Override
    public ChatResponse doChat(ChatRequest request) {
        ChatRequests.Call call = ChatRequests.call(request);
        try {
            return ChatResponses.response(setup.lease().client().chat(call.chat(), call.options()));
        } catch (IicpException e) {
            throw MeshErrors.translate(e, call.model());
        }
    }

    /**
     * Sends a request whose defaults have been applied, without blocking. All failures come through the future; cancelling it
     * aborts the exchange and tells the node. The future is completed on a thread of the client, where blocking holds up other
     * calls.
     */
    @Override
    public CompletableFuture<ChatResponse> doChatAsync(ChatRequest request) {
        ChatRequests.Call call;
        try {
            call = ChatRequests.call(request);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        return Futures.mapped(
                setup.lease().client().chatAsync(call.chat(), call.options()), ChatResponses::response, call.model());
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

    /** Closes the client if it is the model's own. Safe to call twice. */
    @Override
    public void close() {
        setup.lease().close();
    }

    /** Names the model that is asked for. */
    @Override
    public String toString() {
        return "IicpChatModel[%s]".formatted(setup.defaults().modelName());
    }

    /** Sets up a model. Can be extended, so that frameworks can add to it. Not thread-safe. */
    public static class Builder extends ChatModelBuilder<Builder> {

        /** Creates a builder with nothing set. */
        public Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Returns the model. No network is touched.
         *
         * @throws IllegalArgumentException if there is neither a client nor a directory URL, or a value is out of range
         * @throws UnsupportedFeatureException if a default parameter cannot be carried by IICP
         */
        public IicpChatModel build() {
            return new IicpChatModel(setup("IicpChatModel"));
        }
    }
}
