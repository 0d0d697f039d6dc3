package network.iicp.spring.boot;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.embedding.EmbeddingModel;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import network.iicp.langchain4j.IicpChatModel;
import network.iicp.langchain4j.IicpEmbeddingModel;
import network.iicp.langchain4j.IicpStreamingChatModel;
import network.iicp.langchain4j.LangChain4jBackend;
import network.iicp.protocol.Modality;
import network.iicp.spi.InferenceBackend;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;

/**
 * The LangChain4j models of the application. A chat model and a streaming one of the same name are two forms of one.
 *
 * @param beans where they are
 */
record LangChain4jModelBeans(ListableBeanFactory beans) implements ServedModelBeans {

    @Override
    public Optional<InferenceBackend> engine(Map<String, Set<Modality>> input) {
        Names<ChatModel> whole = new Names<>();
        beans.getBeansOfType(ChatModel.class).forEach((bean, model) -> {
            if (!(model instanceof IicpChatModel)) {
                whole.add(bean, name(model.defaultRequestParameters()), model);
            }
        });
        Names<StreamingChatModel> streaming = new Names<>();
        beans.getBeansOfType(StreamingChatModel.class).forEach((bean, model) -> {
            if (!(model instanceof IicpStreamingChatModel)) {
                streaming.add(bean, name(model.defaultRequestParameters()), model);
            }
        });
        Names<EmbeddingModel> embeddings = new Names<>();
        beans.getBeansOfType(EmbeddingModel.class).forEach((bean, model) -> {
            if (!(model instanceof IicpEmbeddingModel)) {
                embeddings.add(bean, model.modelName().equals("unknown") ? null : model.modelName(), model);
            }
        });
        Set<String> chats = new LinkedHashSet<>(whole.models().keySet());
        chats.addAll(streaming.models().keySet());
        if (chats.isEmpty() && embeddings.models().isEmpty()) {
            return Optional.empty();
        }
        LangChain4jBackend.Builder engine = LangChain4jBackend.builder();
        for (String name : chats) {
            add(engine, name, whole.models().get(name), streaming.models().get(name), ServedModelBeans.of(input, name));
        }
        embeddings.models().forEach(engine::embedding);
        return Optional.of(engine.build());
    }

    private static void add(
            LangChain4jBackend.Builder engine,
            String name,
            @Nullable ChatModel whole,
            @Nullable StreamingChatModel streaming,
            Modality... input) {
        if (whole != null && streaming != null) {
            engine.chat(name, whole, streaming, input);
        } else if (whole != null) {
            engine.chat(name, whole, input);
        } else if (streaming != null) {
            engine.streamingChat(name, streaming, input);
        }
    }

    private static @Nullable String name(@Nullable ChatRequestParameters defaults) {
        return defaults == null ? null : defaults.modelName();
    }
}
