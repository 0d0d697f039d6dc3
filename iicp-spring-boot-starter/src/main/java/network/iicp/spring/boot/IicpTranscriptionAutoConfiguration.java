package network.iicp.spring.boot;

import network.iicp.IicpClient;
import network.iicp.springai.IicpTranscriptionModel;
import org.springframework.ai.model.SpringAIModelProperties;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Sets up Spring AI's transcription model of the mesh, unless {@code spring.ai.model.audio.transcription} names another, or {@code none}.
 */
@AutoConfiguration(after = IicpClientAutoConfiguration.class)
@ConditionalOnClass(IicpTranscriptionModel.class)
@ConditionalOnBean(IicpClient.class)
@ConditionalOnProperty(
        name = SpringAIModelProperties.AUDIO_TRANSCRIPTION_MODEL,
        havingValue = IicpChatAutoConfiguration.IICP,
        matchIfMissing = true)
@EnableConfigurationProperties(IicpTranscriptionProperties.class)
public final class IicpTranscriptionAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    IicpTranscriptionModel iicpTranscriptionModel(IicpClient client, IicpTranscriptionProperties properties) {
        return IicpTranscriptionModel.builder()
                .client(client)
                .options(properties.toOptions())
                .build();
    }
}
