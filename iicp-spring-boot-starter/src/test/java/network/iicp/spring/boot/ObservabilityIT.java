package network.iicp.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import network.iicp.IicpClient;
import network.iicp.IicpNode;
import network.iicp.LocalMesh;
import network.iicp.micrometer.MicrometerMetrics;
import network.iicp.protocol.chat.ChatRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** What an application sees of client and node in its own meters and observations. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ObservabilityIT {

    private static LocalMesh mesh;

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    IicpClientAutoConfiguration.class,
                    IicpNodeAutoConfiguration.class,
                    IicpMetricsAutoConfiguration.class))
            .withPropertyValues("iicp.directory-url=" + mesh.directoryUrl());

    @BeforeAll
    static void start() {
        mesh = LocalMesh.start(setup -> setup);
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    @Nested
    class Meters {

        @Test
        void of_the_node_are_in_the_registry_of_the_application() {
            runner.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                    .withPropertyValues("iicp.node.enabled=true", "iicp.node.port=0", "iicp.node.backend.type=demo")
                    .run(context -> {
                        IicpNode node =
                                context.getBean(IicpNodeLifecycle.class).node().orElseThrow();
                        node.registered().get(15, TimeUnit.SECONDS);
                        context.getBean(IicpClient.class).chat(ChatRequest.of("hello"));

                        MeterRegistry registry = context.getBean(MeterRegistry.class);
                        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(registry.get("iicp.tasks")
                                        .tag("status", "success")
                                        .tag("intent", "urn:iicp:intent:llm:chat:v1")
                                        .counter()
                                        .count())
                                .isEqualTo(1));
                        assertThat(registry.get("iicp.registration.state")
                                        .gauge()
                                        .value())
                                .isEqualTo(1);
                        assertThat(registry.get("iicp.capacity").gauge().value())
                                .isEqualTo(4);
                    });
        }

        @Test
        void follow_a_node_that_is_stopped_and_started_again() {
            runner.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                    .withPropertyValues("iicp.node.enabled=true", "iicp.node.port=0", "iicp.node.backend.type=demo")
                    .run(context -> {
                        IicpNodeLifecycle lifecycle = context.getBean(IicpNodeLifecycle.class);
                        lifecycle.stop();
                        MeterRegistry registry = context.getBean(MeterRegistry.class);
                        assertThat(registry.get("iicp.registration.state")
                                        .gauge()
                                        .value())
                                .isZero();

                        lifecycle.start();
                        lifecycle.node().orElseThrow().registered().get(15, TimeUnit.SECONDS);

                        assertThat(registry.get("iicp.registration.state")
                                        .gauge()
                                        .value())
                                .isEqualTo(1);
                    });
        }

        @Test
        void can_be_switched_off_and_are_not_there_without_Micrometer_or_a_registry() {
            runner.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                    .withPropertyValues("iicp.metrics.enabled=false")
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(MicrometerMetrics.class));
            runner.run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(MicrometerMetrics.class));
            runner.withClassLoader(new FilteredClassLoader("io.micrometer"))
                    .run(context -> assertThat(context).hasNotFailed().hasSingleBean(IicpClient.class));
        }
    }
}
