package network.iicp.spring.boot;

import network.iicp.IicpClient;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Tells the health endpoint whether the directory answers and whether the node serves. Switched off by
 * {@code management.health.iicp.enabled=false}.
 */
@AutoConfiguration(after = {IicpClientAutoConfiguration.class, IicpNodeAutoConfiguration.class})
@ConditionalOnClass(HealthIndicator.class)
public final class IicpHealthAutoConfiguration {

    /** Of its own, since its condition lives in the module that may be missing. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnEnabledHealthIndicator("iicp")
    static final class Indicators {

        @Bean
        @ConditionalOnBean(IicpClient.class)
        @ConditionalOnMissingBean(name = "iicpDirectoryHealthIndicator")
        HealthIndicator iicpDirectoryHealthIndicator(IicpClient client) {
            return new DirectoryHealthIndicator(client);
        }

        @Bean
        @ConditionalOnBean(IicpNodeLifecycle.class)
        @ConditionalOnMissingBean(name = "iicpNodeHealthIndicator")
        HealthIndicator iicpNodeHealthIndicator(IicpNodeLifecycle lifecycle) {
            return new NodeHealthIndicator(lifecycle);
        }
    }
}
