package network.iicp.spring.boot;

import java.net.URI;
import network.iicp.IicpClient;
import network.iicp.IicpNode;
import network.iicp.langchain4j.LangChain4jBackend;
import network.iicp.node.NodeListener;
import network.iicp.node.NodeSettingsBuilder;
import network.iicp.spi.MetricsSink;
import network.iicp.springai.SpringAiBackend;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Serves models to the mesh when {@code iicp.node.enabled=true}: the engine of {@code iicp.node.backend.*}, the beans
 * of type {@link network.iicp.spi.InferenceBackend} and {@link network.iicp.spi.TaskHandler}, with
 * {@code iicp.node.serve=beans} the model beans of Spring AI and LangChain4j, or the Ollama on this machine. Takes {@link NodeListener}, {@link MetricsSink} and
 * {@link IicpNodeBuilderCustomizer} beans along.
 */
@AutoConfiguration(after = IicpClientAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "iicp.enabled", matchIfMissing = true)
@ConditionalOnBooleanProperty(name = "iicp.node.enabled")
@EnableConfigurationProperties({IicpProperties.class, IicpNodeProperties.class})
public final class IicpNodeAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    IicpNodeLifecycle iicpNodeLifecycle(
            IicpConnectionDetails connection,
            ObjectProvider<IicpClient> clients,
            IicpProperties mesh,
            IicpNodeProperties properties,
            ListableBeanFactory beans,
            ObjectProvider<SslBundles> bundles,
            ObjectProvider<NodeListener> listeners,
            ObjectProvider<MetricsSink> metrics,
            ObjectProvider<IicpNodeBuilderCustomizer> customizers) {
        NodeOffers offers = new NodeOffers(beans, properties);
        NodeTls tls = NodeTls.of(properties.ssl().bundle(), bundles);
        return new IicpNodeLifecycle(() -> {
            URI directory = directoryUrl(connection, clients.getIfUnique());
            IicpNode.Builder node = IicpNode.builder()
                    .privateNetworks(mesh.privateNetworks())
                    .configure(settings -> apply(properties, mesh.region(), settings))
                    .configure(settings -> NodeExtras.apply(properties, directory, settings));
            if (tls != null) {
                node.configure(tls::applyTo);
            }
            offers.addTo(node);
            listeners.orderedStream().forEach(node::listener);
            node.configure(settings -> metrics.orderedStream().forEach(settings::metrics));
            customizers.orderedStream().forEach(customizer -> customizer.customize(node));
            return node.build();
        });
    }

    /** An application that brings its client has said with it where the mesh is. */
    private static URI directoryUrl(IicpConnectionDetails connection, @Nullable IicpClient client) {
        return client == null ? connection.directoryUrl() : client.settings().directoryUrl();
    }

    private static void apply(IicpNodeProperties from, @Nullable String meshRegion, NodeSettingsBuilder to) {
        to.host(from.host())
                .port(from.port())
                .maxConcurrent(from.maxConcurrent())
                .tokensPerMinute(from.tokensPerMinute())
                .authentication(from.authentication())
                .heartbeatInterval(from.heartbeatInterval())
                .defaultTimeout(from.defaultTimeout())
                .maxTimeout(from.maxTimeout())
                .reattachWindow(from.reattachWindow())
                .grace(from.grace())
                .validatePayloads(from.validatePayloads())
                .maxRequestBytes(IicpClientAutoConfiguration.bytes(from.maxRequestSize(), "iicp.node.max-request-size"))
                .maxResponseBytes(
                        IicpClientAutoConfiguration.bytes(from.maxResponseSize(), "iicp.node.max-response-size"))
                .corsOrigins(from.corsOrigins())
                .metrics(from.metrics());
        from.operatorKeys().forEach(to::operatorKey);
        String region = from.region() == null ? meshRegion : from.region();
        if (region != null) {
            to.region(region);
        }
        if (from.id() != null) {
            to.nodeId(from.id());
        }
        if (from.endpoint() != null) {
            to.endpoint(from.endpoint());
        }
        if (from.joinToken() != null) {
            to.joinToken(from.joinToken());
        }
        if (from.keyDirectory() != null) {
            to.keyDirectory(from.keyDirectory());
        }
        if (from.tasksPerMinutePerOrigin() != null) {
            to.tasksPerMinutePerOrigin(from.tasksPerMinutePerOrigin());
        }
        if (from.tasksPerMinutePerAddress() != null) {
            to.tasksPerMinutePerAddress(from.tasksPerMinutePerAddress());
        }
        if (from.logDirectory() != null) {
            to.eventDirectory(from.logDirectory());
        }
        if (from.lockDirectory() != null) {
            to.instanceLock(from.lockDirectory(), false);
        }
        if (!from.confidentiality()) {
            to.withoutConfidentiality();
        }
    }

    /** Finds Spring AI's model beans. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(SpringAiBackend.class)
    static class SpringAiModels {
        @Bean
        ServedModelBeans iicpServedSpringAiModels(ListableBeanFactory beans) {
            return new SpringAiModelBeans(beans);
        }
    }

    /** Finds LangChain4j's model beans. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(LangChain4jBackend.class)
    static class LangChain4jModels {
        @Bean
        ServedModelBeans iicpServedLangChain4jModels(ListableBeanFactory beans) {
            return new LangChain4jModelBeans(beans);
        }
    }
}
