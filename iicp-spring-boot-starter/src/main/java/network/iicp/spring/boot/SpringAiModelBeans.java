package network.iicp.spring.boot;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import network.iicp.protocol.Modality;
import network.iicp.spi.InferenceBackend;
import network.iicp.springai.IicpChatModel;
import network.iicp.springai.IicpEmbeddingModel;
import network.iicp.springai.SpringAiBackend;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.beans.factory.ListableBeanFactory;

/**
 * The Spring AI models of the application.
 *
 * @param beans where they are
 */
record SpringAiModelBeans(ListableBeanFactory beans) implements ServedModelBeans {

    @Override
    public Optional<InferenceBackend> engine(Map<String, Set<Modality>> input) {
        Names<ChatModel> chats = new Names<>();
        beans.getBeansOfType(ChatModel.class).forEach((bean, model) -> {
            if (!(model instanceof IicpChatModel)) {
                chats.add(bean, name(model.getOptions()), model);
            }
        });
        Names<EmbeddingModel> embeddings = new Names<>();
        beans.getBeansOfType(EmbeddingModel.class).forEach((bean, model) -> {
            if (!(model instanceof IicpEmbeddingModel)) {
                // Spring AI's embedding models do not tell their names.
                embeddings.add(bean, null, model);
            }
        });
        if (chats.models().isEmpty() && embeddings.models().isEmpty()) {
            return Optional.empty();
        }
        SpringAiBackend.Builder engine = SpringAiBackend.builder();
        chats.models().forEach((name, model) -> engine.chat(name, model, ServedModelBeans.of(input, name)));
        embeddings.models().forEach(engine::embedding);
        return Optional.of(engine.build());
    }

    private static @Nullable String name(@Nullable ChatOptions options) {
        return options == null ? null : options.getModel();
    }
}
