package network.iicp.springai;

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
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.embedding.EmbeddingModel;

/**
 * Serves Spring AI models to the mesh: an {@link InferenceBackend} over models of an application, whoever makes them.
 *
 * <p>Text, pictures, sounds, tools and their results, answers by a JSON schema and the portable options pass both ways. A
 * request starts from the model's own options; what callers say goes over them, and the tools of the application are left
 * out: callers run their own. What Spring AI has no portable word for is refused where it would change the answer (a demand
 * to call a tool, JSON without schema support) and has no effect where it would not (seed, name of the end user). Streamed
 * tasks use the model's stream, no faster than the consumer takes it; cancelling a task cancels the subscription.
 *
 * <p>Models of this library are refused: a node that answers by asking the mesh would ask itself. Thread-safe as long as the
 * models are; they are not closed.
 */
public final class SpringAiBackend {

    private SpringAiBackend() {}

    /** Returns a builder without models. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects models. Not thread-safe. */
    public static final class Builder {
        private final ModelBackend.Builder models = ModelBackend.builder();

        private Builder() {}

        /**
         * Serves a chat model.
         *
         * @param name the name it is served under
         * @param input what it takes besides text
         * @throws ConfigurationException if the name is taken or unusable, or the model is one of this library
         */
        public Builder chat(String name, ChatModel model, Modality... input) {
            requireForeign(name, model instanceof IicpChatModel);
            Capability capability = Capability.of(Intent.LLM_CHAT, List.of(name))
                    .withInputModalities(ServedPrompts.modalities(input))
                    .withFeatures(List.of("tool_calling"))
                    .withStreaming();
            models.chat(capability, new ServedChatModel(model));
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
                    Capability.of(Intent.LLM_EMBEDDING, List.of(name)),
                    request -> ServedChatModel.embed(model, request));
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
