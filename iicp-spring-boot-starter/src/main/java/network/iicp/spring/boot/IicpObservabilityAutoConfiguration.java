package network.iicp.spring.boot;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import network.iicp.micrometer.MicrometerCalls;
import network.iicp.micrometer.MicrometerMetrics;
import network.iicp.micrometer.MicrometerTasks;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

/**
 * Puts what client and node measure into the application's meter registry, and observes the calls of the client and the tasks of the node with
 * its observation registry. Switched off by {@code iicp.metrics.enabled=false} and {@code iicp.observations.enabled=false}.
 */
@AutoConfiguration(
        before = {IicpClientAutoConfiguration.class, IicpNodeAutoConfiguration.class},
        afterName = {
            "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration"
        })
@ConditionalOnClass(MeterRegistry.class)
public final class IicpObservabilityAutoConfiguration {

    @Bean
    @ConditionalOnBooleanProperty(name = "iicp.metrics.enabled", matchIfMissing = true)
    @ConditionalOnSingleCandidate(MeterRegistry.class)
    @ConditionalOnMissingBean
    MicrometerMetrics iicpMicrometerMetrics(MeterRegistry registry) {
        return new MicrometerMetrics(registry);
    }

    @Bean
    @ConditionalOnBooleanProperty(name = "iicp.observations.enabled", matchIfMissing = true)
    @ConditionalOnSingleCandidate(ObservationRegistry.class)
    @ConditionalOnMissingBean
    MicrometerCalls iicpMicrometerCalls(ObservationRegistry registry) {
        return new MicrometerCalls(registry);
    }

    /** No listener bean of its own: the node would be given it twice. */
    @Bean
    @ConditionalOnBooleanProperty(name = "iicp.observations.enabled", matchIfMissing = true)
    @ConditionalOnSingleCandidate(ObservationRegistry.class)
    IicpNodeBuilderCustomizer iicpNodeObservations(ObservationRegistry registry) {
        MicrometerTasks tasks = new MicrometerTasks(registry);
        return node -> node.listener(tasks).configure(settings -> settings.traceSource(tasks::headers));
    }
}
