package network.iicp.spring.boot;

import io.micrometer.observation.ObservationRegistry;
import network.iicp.IicpClient;
import network.iicp.springai.IicpEmbeddingModel;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationConvention;
import org.springframework.ai.model.SpringAIModelProperties;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Sets up Spring AI's embedding model of the mesh, unless {@code spring.ai.model.embedding} names another, or
 * {@code none}.
 */
@AutoConfiguration(after = IicpClientAutoConfiguration.class)
@ConditionalOnClass(IicpEmbeddingModel.class)
@ConditionalOnBean(IicpClient.class)
@ConditionalOnProperty(
        name = SpringAIModelProperties.EMBEDDING_MODEL,
        havingValue = IicpChatAutoConfiguration.IICP,
        matchIfMissing = true)
@EnableConfigurationProperties(IicpEmbeddingProperties.class)
public final class IicpEmbeddingAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    IicpEmbeddingModel iicpEmbeddingModel(
            IicpClient client,
            IicpEmbeddingProperties properties,
            ObjectProvider<ObservationRegistry> observations,
            ObjectProvider<EmbeddingModelObservationConvention> convention) {
        IicpEmbeddingModel.Builder builder = IicpEmbeddingModel.builder()
                .client(client)
                .options(properties.toOptions())
                .metadataMode(properties.metadataMode())
                .observationRegistry(observations.getIfUnique(() -> ObservationRegistry.NOOP));
        convention.ifAvailable(builder::observationConvention);
        return builder.build();
    }
}
