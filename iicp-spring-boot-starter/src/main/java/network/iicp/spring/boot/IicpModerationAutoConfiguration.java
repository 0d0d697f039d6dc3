package network.iicp.spring.boot;

import network.iicp.IicpClient;
import network.iicp.springai.IicpModerationModel;
import org.springframework.ai.model.SpringAIModelProperties;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Sets up Spring AI's moderation model of the mesh, unless {@code spring.ai.model.moderation} names another, or {@code none}.
 */
@AutoConfiguration(after = IicpClientAutoConfiguration.class)
@ConditionalOnClass(IicpModerationModel.class)
@ConditionalOnBean(IicpClient.class)
@ConditionalOnProperty(
        name = SpringAIModelProperties.MODERATION_MODEL,
        havingValue = IicpChatAutoConfiguration.IICP,
        matchIfMissing = true)
@EnableConfigurationProperties(IicpModerationProperties.class)
public final class IicpModerationAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    IicpModerationModel iicpModerationModel(IicpClient client, IicpModerationProperties properties) {
        return IicpModerationModel.builder()
                .client(client)
                .options(properties.toOptions())
                .build();
    }
}
