package network.iicp.spring.boot;

import java.util.List;
import network.iicp.IicpClient;
import network.iicp.client.DirectorySettings;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.spi.CandidateRanker;
import network.iicp.spi.MetricsSink;
import network.iicp.spi.RoutingListener;
import network.iicp.spi.TraceSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.ConfigurationPropertiesBinding;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.util.unit.DataSize;

/**
 * Sets up an {@link IicpClient}, unless the application has one. Takes {@link RoutingListener},
 * {@link MetricsSink}, {@link TraceSource}, {@link CandidateRanker} and {@link IicpClientBuilderCustomizer} beans along. Creating the client touches
 * no network.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "iicp.enabled", matchIfMissing = true)
@EnableConfigurationProperties(IicpProperties.class)
public final class IicpClientAutoConfiguration {

    /** The models that {@code iicp.primary} is about. */
    static final List<String> MODEL_BEANS = List.of(
            "iicpChatModel",
            "iicpEmbeddingModel",
            "iicpModerationModel",
            "iicpTranscriptionModel",
            "iicpTextToSpeechModel",
            "iicpLangChain4jChatModel",
            "iicpLangChain4jStreamingChatModel",
            "iicpLangChain4jEmbeddingModel",
            "iicpLangChain4jModerationModel",
            "iicpLangChain4jScoringModel",
            "iicpLangChain4jTranscriptionModel",
            "iicpLangChain4jTextToSpeechModel");

    @Bean
    @ConfigurationPropertiesBinding
    static RoutingStrategyConverter iicpRoutingStrategyConverter() {
        return new RoutingStrategyConverter();
    }

    @Bean
    @ConditionalOnMissingBean(IicpConnectionDetails.class)
    PropertiesIicpConnectionDetails iicpConnectionDetails(IicpProperties properties) {
        return new PropertiesIicpConnectionDetails(properties.directoryUrl());
    }

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    IicpClient iicpClient(
            IicpConnectionDetails connection,
            IicpProperties properties,
            ObjectProvider<RoutingListener> listeners,
            ObjectProvider<CandidateRanker> ranker,
            ObjectProvider<MetricsSink> metrics,
            ObjectProvider<TraceSource> traces,
            ObjectProvider<IicpClientBuilderCustomizer> customizers) {
        IicpProperties.Client client = properties.client();
        IicpClient.Builder builder = IicpClient.builder()
                .directories(directories(client, connection))
                .routeDiscovery(client.routeDiscovery())
                .mergeDirectories(client.mergeDirectories())
                .staleRoutes(client.staleRoutes())
                .consumerTokens(client.consumerTokens())
                .pinnedKeys(client.pinnedKeys())
                .region(properties.region())
                .timeLimits(properties.timeouts().toTimeLimits())
                .maxAttempts(client.maxAttempts())
                .continueInterrupted(client.continueInterrupted())
                .encryption(client.encryption())
                .routingStrategy(client.routingStrategy())
                .routingEpsilon(client.routingEpsilon())
                .routingTopK(client.routingTopK())
                .routingSoftmaxTau(client.routingSoftmaxTau())
                .routingPolicy(client.policy().toRoutingPolicy())
                .hedging(client.toHedging())
                .cooperation(client.cooperation().toCooperationSettings())
                .candidateRanker(ranker.getIfAvailable())
                .scope(client.scope())
                .privateNetworks(properties.clientNetworks())
                .emulation(client.emulation())
                .validatePayloads(client.validatePayloads())
                .runtimeIdentity(client.runtimeIdentity())
                .embeddingBatchSize(client.embeddingBatchSize())
                .maxResponseBytes(bytes(client.maxResponseSize(), "iicp.client.max-response-size"))
                .nodeCredential(client.nodeCredential());
        listeners.orderedStream().forEach(builder::listener);
        metrics.orderedStream().forEach(builder::metrics);
        traces.ifUnique(builder::traceSource);
        customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
        return builder.build();
    }

    private static List<DirectorySettings> directories(IicpProperties.Client client, IicpConnectionDetails connection) {
        return client.directories().isEmpty()
                ? List.of(DirectorySettings.builder(connection.directoryUrl()).build())
                : client.directories().stream()
                        .map(IicpProperties.Directory::toSettings)
                        .toList();
    }

    static int bytes(DataSize size, String property) {
        if (size.toBytes() > Integer.MAX_VALUE) {
            throw new ConfigurationException(IicpError.of(
                    ErrorCode.INVALID_CONFIG,
                    ErrorComponent.CLIENT,
                    "%s is %d bytes; it must be less than 2GB".formatted(property, size.toBytes())));
        }
        return (int) size.toBytes();
    }

    @Bean
    static BeanFactoryPostProcessor iicpPrimaryModels(Environment environment) {
        return factory -> Binder.get(environment)
                .bind("iicp.primary", Bindable.of(Boolean.class))
                .ifBound(primary -> MODEL_BEANS.stream()
                        .filter(factory::containsBeanDefinition)
                        .map(factory::getBeanDefinition)
                        .forEach(model -> rank(model, primary)));
    }

    private static void rank(BeanDefinition model, boolean primary) {
        if (primary) {
            model.setPrimary(true);
        } else if (model instanceof AbstractBeanDefinition definition) {
            definition.setDefaultCandidate(false);
        }
    }
}
