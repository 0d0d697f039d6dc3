package network.iicp.spring.boot;

import io.micrometer.core.instrument.MeterRegistry;
import network.iicp.micrometer.MicrometerMetrics;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

/**
 * Puts what client and node measure into the application's meter registry. Switched off by {@code iicp.metrics.enabled=false}.
 */
@AutoConfiguration(
        before = {IicpClientAutoConfiguration.class, IicpNodeAutoConfiguration.class},
        afterName = {
            "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration"
        })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBooleanProperty(name = "iicp.metrics.enabled", matchIfMissing = true)
public final class IicpMetricsAutoConfiguration {

    @Bean
    @ConditionalOnSingleCandidate(MeterRegistry.class)
    @ConditionalOnMissingBean
    MicrometerMetrics iicpMicrometerMetrics(MeterRegistry registry) {
        return new MicrometerMetrics(registry);
    }
}
