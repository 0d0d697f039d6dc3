package network.iicp.spring.boot;

import network.iicp.IicpClient;
import network.iicp.springai.IicpTextToSpeechModel;
import org.springframework.ai.model.SpringAIModelProperties;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Sets up Spring AI's speech model of the mesh, unless {@code spring.ai.model.audio.speech} names another, or {@code none}.
 */
@AutoConfiguration(after = IicpClientAutoConfiguration.class)
@ConditionalOnClass(IicpTextToSpeechModel.class)
@ConditionalOnBean(IicpClient.class)
@ConditionalOnProperty(
        name = SpringAIModelProperties.AUDIO_SPEECH_MODEL,
        havingValue = IicpChatAutoConfiguration.IICP,
        matchIfMissing = true)
@EnableConfigurationProperties(IicpTextToSpeechProperties.class)
public final class IicpTextToSpeechAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    IicpTextToSpeechModel iicpTextToSpeechModel(IicpClient client, IicpTextToSpeechProperties properties) {
        return IicpTextToSpeechModel.builder()
                .client(client)
                .options(properties.toOptions())
                .build();
    }
}
