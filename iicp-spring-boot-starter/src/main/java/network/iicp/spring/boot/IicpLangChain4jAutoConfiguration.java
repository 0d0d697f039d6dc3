package network.iicp.spring.boot;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.moderation.listener.ModerationModelListener;
import network.iicp.IicpClient;
import network.iicp.langchain4j.IicpAudioTranscriptionModel;
import network.iicp.langchain4j.IicpChatModel;
import network.iicp.langchain4j.IicpChatRequestParameters;
import network.iicp.langchain4j.IicpEmbeddingModel;
import network.iicp.langchain4j.IicpModelCatalog;
import network.iicp.langchain4j.IicpModerationModel;
import network.iicp.langchain4j.IicpScoringModel;
import network.iicp.langchain4j.IicpStreamingChatModel;
import network.iicp.langchain4j.IicpTextToSpeechModel;
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
 * {@link ChatModelListener}, {@link EmbeddingModelListener} and {@link ModerationModelListener} beans along. The models for moderation,
 * scoring, transcription and speech can be switched off one by one, such as with {@code iicp.langchain4j.scoring.enabled=false}.
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

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnBooleanProperty(name = "iicp.langchain4j.moderation.enabled", matchIfMissing = true)
    IicpModerationModel iicpLangChain4jModerationModel(
            IicpClient client,
            IicpLangChain4jProperties properties,
            ObjectProvider<ModerationModelListener> listeners) {
        IicpLangChain4jProperties.Plain moderation = properties.moderation();
        return IicpModerationModel.builder()
                .client(client)
                .modelName(moderation.modelName())
                .routing(moderation.routing())
                .listeners(listeners.orderedStream().toList())
                .build();
    }

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnBooleanProperty(name = "iicp.langchain4j.scoring.enabled", matchIfMissing = true)
    IicpScoringModel iicpLangChain4jScoringModel(IicpClient client, IicpLangChain4jProperties properties) {
        IicpLangChain4jProperties.Plain scoring = properties.scoring();
        return IicpScoringModel.builder()
                .client(client)
                .modelName(scoring.modelName())
                .routing(scoring.routing())
                .build();
    }

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnBooleanProperty(name = "iicp.langchain4j.transcription.enabled", matchIfMissing = true)
    IicpAudioTranscriptionModel iicpLangChain4jTranscriptionModel(
            IicpClient client, IicpLangChain4jProperties properties) {
        IicpLangChain4jProperties.Plain transcription = properties.transcription();
        return IicpAudioTranscriptionModel.builder()
                .client(client)
                .modelName(transcription.modelName())
                .routing(transcription.routing())
                .build();
    }

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnBooleanProperty(name = "iicp.langchain4j.speech.enabled", matchIfMissing = true)
    IicpTextToSpeechModel iicpLangChain4jTextToSpeechModel(IicpClient client, IicpLangChain4jProperties properties) {
        IicpLangChain4jProperties.Speech speech = properties.speech();
        return IicpTextToSpeechModel.builder()
                .client(client)
                .modelName(speech.modelName())
                .voice(speech.voice())
                .format(speech.format())
                .speed(speech.speed())
                .routing(speech.routing())
                .build();
    }
}
