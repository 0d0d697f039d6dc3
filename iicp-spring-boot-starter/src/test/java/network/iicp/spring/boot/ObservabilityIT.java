package network.iicp.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.micrometer.observation.transport.SenderContext;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import network.iicp.IicpClient;
import network.iicp.IicpNode;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import network.iicp.client.CallOptions;
import network.iicp.micrometer.MicrometerMetrics;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.springai.IicpChatModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.prompt.Prompt;
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
                    IicpObservabilityAutoConfiguration.class))
            .withPropertyValues("iicp.directory-url=" + mesh.directoryUrl());

    @BeforeAll
    static void start() {
        mesh = LocalMesh.start(setup -> setup.node(DemoBackend.create()));
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
                        // Two nodes are listed; the one with the registry is asked by name.
                        context.getBean(IicpClient.class)
                                .chat(ChatRequest.of("hello"), CallOptions.DEFAULT.withNode(node.id()));

                        MeterRegistry registry = context.getBean(MeterRegistry.class);
                        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(registry.get("iicp.tasks")
                                        .tag("status", "success")
                                        .tag("intent", "urn:iicp:intent:llm:chat:v1")
                                        .counter()
                                        .count())
                                .isPositive());
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

    @Nested
    class Calls {

        private final TestObservationRegistry observations = TestObservationRegistry.create();

        @Test
        void are_observed_below_what_is_observed_in_the_application() {
            runner.withBean(ObservationRegistry.class, () -> observations).run(context -> {
                Observation outer = Observation.start("outer", observations);
                outer.scoped(() -> context.getBean(IicpClient.class).chat(ChatRequest.of("hello")));
                outer.stop();

                TestObservationRegistryAssert.assertThat(observations)
                        .hasObservationWithNameEqualTo("iicp.client.call")
                        .that()
                        .hasParentObservationEqualTo(outer)
                        .hasLowCardinalityKeyValue("iicp.outcome", "success")
                        .hasBeenStopped();
            });
        }

        @Test
        void of_Spring_AI_are_below_its_own_observation_also_when_they_stream() {
            runner.withConfiguration(AutoConfigurations.of(IicpChatAutoConfiguration.class))
                    .withBean(ObservationRegistry.class, () -> observations)
                    .run(context -> {
                        context.getBean(IicpChatModel.class).stream(new Prompt("hello"))
                                .blockLast(Duration.ofSeconds(30));

                        TestObservationRegistryAssert.assertThat(observations)
                                .hasObservationWithNameEqualTo("iicp.client.call")
                                .that()
                                .hasParentObservationContextMatching(
                                        parent -> "gen_ai.client.operation".equals(parent.getName()))
                                .hasLowCardinalityKeyValue("iicp.streaming", "true");
                    });
        }

        @Test
        void continue_the_trace_of_the_application_at_the_node() {
            String traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
            observations.observationConfig().observationHandler(new ObservationHandler<SenderContext<Object>>() {
                @Override
                public void onStart(SenderContext<Object> sending) {
                    sending.getSetter().set(sending.getCarrier(), "traceparent", traceparent);
                }

                @Override
                public boolean supportsContext(Observation.Context sending) {
                    return sending instanceof SenderContext<?>;
                }
            });
            runner.withBean(ObservationRegistry.class, () -> observations).run(context -> {
                ChatResult result = context.getBean(IicpClient.class).chat(ChatRequest.of("hello"));

                assertThat(result.provenance().traceId()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
            });
        }

        @Test
        void at_the_node_of_the_application_are_tasks_that_are_observed_too() {
            runner.withBean(ObservationRegistry.class, () -> observations)
                    .withPropertyValues("iicp.node.enabled=true", "iicp.node.port=0", "iicp.node.backend.type=demo")
                    .run(context -> {
                        IicpNode node =
                                context.getBean(IicpNodeLifecycle.class).node().orElseThrow();
                        node.registered().get(15, TimeUnit.SECONDS);
                        context.getBean(IicpClient.class)
                                .chat(ChatRequest.of("hello"), CallOptions.DEFAULT.withNode(node.id()));

                        TestObservationRegistryAssert.assertThat(observations)
                                .hasNumberOfObservationsWithNameEqualTo("iicp.task.execute", 1)
                                .hasObservationWithNameEqualTo("iicp.backend.call")
                                .that()
                                .hasParentObservationContextMatching(
                                        parent -> "iicp.task.execute".equals(parent.getName()));
                    });
        }

        @Test
        void are_measured_too_and_both_can_be_switched_off() {
            runner.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                    .withBean(ObservationRegistry.class, () -> observations)
                    .withPropertyValues("iicp.observations.enabled=false")
                    .run(context -> {
                        context.getBean(IicpClient.class).chat(ChatRequest.of("hello"));

                        assertThat(context.getBean(MeterRegistry.class)
                                        .get("iicp.client.calls")
                                        .tag("outcome", "success")
                                        .counter()
                                        .count())
                                .isEqualTo(1);
                        TestObservationRegistryAssert.assertThat(observations).doesNotHaveAnyObservation();
                    });
        }
    }
}
