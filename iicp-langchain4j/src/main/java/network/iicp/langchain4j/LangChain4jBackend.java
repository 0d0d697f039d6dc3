package network.iicp.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.embedding.EmbeddingModel;
import java.util.List;
import network.iicp.backend.ModelBackend;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Modality;
import network.iicp.spi.InferenceBackend;
import org.jspecify.annotations.Nullable;

/**
 * Serves LangChain4j models to the mesh: an {@link InferenceBackend} over models of an application, whoever makes them.
 *
 * <p>Text, pictures, sounds, tools and their results, answers in JSON and options that LangChain4j has a word for pass both
 * ways; the application's tools stay with the application. A demand for one named tool is refused, because LangChain4j has no
 * word for it. With a streaming model, parts pass as they come, and cancelling a task cancels the model's stream where the
 * model can; without one, answers come whole.
 *
 * <p>Models of this library are refused: a node that answers by asking the mesh would ask itself. Thread-safe as long as the
 * models are; they are not closed.
 */
public final class LangChain4jBackend {

    private LangChain4jBackend() {}

    /** Returns a builder without models. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects models. Not thread-safe. */
    public static final class Builder {
        private final ModelBackend.Builder models = ModelBackend.builder();

        private Builder() {}

        /**
         * Serves a chat model that answers whole.
         *
         * @param name the name it is served under
         * @param input what it takes besides text
         * @throws ConfigurationException if the name is taken or unusable, or the model is one of this library
         */
        public Builder chat(String name, ChatModel model, Modality... input) {
            return add(name, model, null, input);
        }

        /**
         * Serves a chat model that streams, for consumers that take parts and for those that do not.
         *
         * @param name the name it is served under
         * @param input what it takes besides text
         * @throws ConfigurationException if the name is taken or unusable, or the model is one of this library
         */
        public Builder streamingChat(String name, StreamingChatModel model, Modality... input) {
            return add(name, null, model, input);
        }

        /**
         * Serves a chat model in its two forms, each for the consumers it suits.
         *
         * @param name the name it is served under
         * @param input what it takes besides text
         * @throws ConfigurationException if the name is taken or unusable, or a model is one of this library
         */
        public Builder chat(String name, ChatModel whole, StreamingChatModel streaming, Modality... input) {
            return add(name, whole, streaming, input);
        }

        private Builder add(
                String name, @Nullable ChatModel whole, @Nullable StreamingChatModel streaming, Modality... input) {
            requireForeign(name, whole instanceof IicpChatModel || streaming instanceof IicpStreamingChatModel);
            Capability capability = Capability.of(Intent.LLM_CHAT, List.of(name))
                    .withInputModalities(ServedRequests.modalities(input))
                    .withFeatures(List.of("tool_calling"));
            models.chat(streaming == null ? capability : capability.withStreaming(), new ServedModel(whole, streaming));
            return this;
        }

        /**
         * Serves an embedding model.
         *
         * @param name the name it is served under
         * @throws ConfigurationException if the name is taken or unusable, or the model is one of this library
         */
        public Builder embedding(String name, EmbeddingModel model) {
            requireForeign(name, model instanceof IicpEmbeddingModel);
            models.embedding(
                    Capability.of(Intent.LLM_EMBEDDING, List.of(name)), request -> ServedModel.embed(model, request));
            return this;
        }

        private static void requireForeign(String name, boolean own) {
            if (own) {
                throw new ConfigurationException(IicpError.of(
                        ErrorCode.INVALID_CONFIG,
                        ErrorComponent.NODE,
                        "model %s asks the mesh itself; serving it would make a loop".formatted(name)));
            }
        }

        /**
         * Returns the engine.
         *
         * @throws ConfigurationException if there is no model
         */
        public InferenceBackend build() {
            return models.build();
        }
    }
}
