package network.iicp.spring.boot;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import network.iicp.IicpClient;
import network.iicp.langchain4j.IicpChatModel;
import network.iicp.langchain4j.IicpChatRequestParameters;
import network.iicp.langchain4j.IicpEmbeddingModel;
import network.iicp.langchain4j.IicpModelCatalog;
import network.iicp.langchain4j.IicpStreamingChatModel;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Sets up LangChain4j's models of the mesh, unless {@code iicp.langchain4j.enabled=false}. Takes
 * {@link ChatModelListener} and {@link EmbeddingModelListener} beans along.
 */
@AutoConfiguration(after = IicpClientAutoConfiguration.class)
@ConditionalOnClass(IicpChatModel.class)
@ConditionalOnBean(IicpClient.class)
@ConditionalOnBooleanProperty(name = "iicp.langchain4j.enabled", matchIfMissing = true)
@EnableConfigurationProperties(IicpLangChain4jProperties.class)
public final class IicpLangChain4jAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    IicpChatModel iicpLangChain4jChatModel(
            IicpClient client, IicpLangChain4jProperties properties, ObjectProvider<ChatModelListener> listeners) {
        return IicpChatModel.builder()
                .client(client)
                .defaultRequestParameters(parameters(properties.chat()))
                .supportedCapabilities(properties.chat().supportedCapabilities())
                .listeners(listeners.orderedStream().toList())
                .build();
    }

    @Bean
    @ConditionalOnMissingBean
    IicpStreamingChatModel iicpLangChain4jStreamingChatModel(
            IicpClient client, IicpLangChain4jProperties properties, ObjectProvider<ChatModelListener> listeners) {
        return IicpStreamingChatModel.builder()
                .client(client)
                .defaultRequestParameters(parameters(properties.chat()))
                .supportedCapabilities(properties.chat().supportedCapabilities())
                .listeners(listeners.orderedStream().toList())
                .build();
    }

    private static IicpChatRequestParameters parameters(IicpLangChain4jProperties.Chat chat) {
        return IicpChatRequestParameters.builder()
                .modelName(chat.modelName())
                .temperature(chat.temperature())
                .topP(chat.topP())
                .topK(chat.topK())
                .maxOutputTokens(chat.maxOutputTokens())
                .frequencyPenalty(chat.frequencyPenalty())
                .presencePenalty(chat.presencePenalty())
                .stopSequences(chat.stopSequences())
                .seed(chat.seed())
                .parallelToolCalls(chat.parallelToolCalls())
                .user(chat.user())
                .region(chat.region())
                .minReputation(chat.minReputation())
                .qos(chat.qos())
                .priority(chat.priority())
                .node(chat.node())
                .maxAttempts(chat.maxAttempts())
                .timeout(chat.timeout())
                .firstEventTimeout(chat.firstEventTimeout())
                .build();
    }

    @Bean
    @ConditionalOnMissingBean
    IicpEmbeddingModel iicpLangChain4jEmbeddingModel(
            IicpClient client, IicpLangChain4jProperties properties, ObjectProvider<EmbeddingModelListener> listeners) {
        IicpLangChain4jProperties.Embedding embedding = properties.embedding();
        return IicpEmbeddingModel.builder()
                .client(client)
                .modelName(embedding.modelName())
                .dimensions(embedding.dimensions())
                .maxSegmentsPerBatch(embedding.maxSegmentsPerBatch())
                .region(embedding.region())
                .minReputation(embedding.minReputation())
                .qos(embedding.qos())
                .priority(embedding.priority())
                .node(embedding.node())
                .maxAttempts(embedding.maxAttempts())
                .timeout(embedding.timeout())
                .listeners(listeners.orderedStream().toList())
                .build();
    }

    @Bean
    @ConditionalOnMissingBean
    IicpModelCatalog iicpLangChain4jModelCatalog(IicpClient client) {
        return IicpModelCatalog.builder().client(client).build();
    }
}
