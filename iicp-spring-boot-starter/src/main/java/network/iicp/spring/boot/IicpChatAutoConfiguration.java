package network.iicp.spring.boot;

import io.micrometer.observation.ObservationRegistry;
import network.iicp.IicpClient;
import network.iicp.springai.IicpChatModel;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.ai.model.SpringAIModelProperties;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Sets up Spring AI's chat model of the mesh, unless {@code spring.ai.model.chat} names another, or {@code none}.
 */
@AutoConfiguration(
        after = IicpClientAutoConfiguration.class,
        afterName = "org.springframework.ai.model.tool.autoconfigure.ToolCallingAutoConfiguration")
@ConditionalOnClass(IicpChatModel.class)
@ConditionalOnBean(IicpClient.class)
@ConditionalOnProperty(
        name = SpringAIModelProperties.CHAT_MODEL,
        havingValue = IicpChatAutoConfiguration.IICP,
        matchIfMissing = true)
@EnableConfigurationProperties(IicpChatProperties.class)
public final class IicpChatAutoConfiguration {

    /** The name of the mesh among Spring AI's models. */
    static final String IICP = "iicp";

    @Bean
    @ConditionalOnMissingBean
    IicpChatModel iicpChatModel(
            IicpClient client,
            IicpChatProperties properties,
            ObjectProvider<ToolCallingManager> tools,
            ObjectProvider<ObservationRegistry> observations,
            ObjectProvider<ChatModelObservationConvention> convention) {
        IicpChatModel.Builder builder = IicpChatModel.builder()
                .client(client)
                .options(properties.toOptions())
                .observationRegistry(observations.getIfUnique(() -> ObservationRegistry.NOOP));
        tools.ifAvailable(builder::toolCallingManager);
        convention.ifAvailable(builder::observationConvention);
        return builder.build();
    }
}
