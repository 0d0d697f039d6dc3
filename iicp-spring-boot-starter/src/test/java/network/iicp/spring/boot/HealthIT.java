package network.iicp.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import network.iicp.IicpClient;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import network.iicp.spi.InferenceBackend;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HealthIT {

    private static LocalMesh mesh;

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    IicpClientAutoConfiguration.class,
                    IicpNodeAutoConfiguration.class,
                    IicpHealthAutoConfiguration.class))
            .withPropertyValues("iicp.directory-url=" + mesh.directoryUrl());

    @BeforeAll
    static void start() {
        mesh = LocalMesh.start(setup -> setup.node(DemoBackend.create()));
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    private static Health health(org.springframework.context.ApplicationContext context, String bean) {
        return context.getBean(bean, HealthIndicator.class).health();
    }

    @Nested
    class Of_the_directory {
        @Test
        void is_up_with_the_number_of_nodes() {
            runner.run(context -> {
                Health health = health(context, "iicpDirectoryHealthIndicator");

                assertThat(health.getStatus()).isEqualTo(Status.UP);
                assertThat(health.getDetails())
                        .containsEntry("chatNodes", 1)
                        .containsEntry("available", 1L)
                        .containsEntry("directory", mesh.directoryUrl().getAuthority());
            });
        }

        @Test
        void is_down_when_it_does_not_answer() {
            runner.withPropertyValues("iicp.directory-url=http://127.0.0.1:9/api")
                    .run(context -> {
                        Health health = health(context, "iicpDirectoryHealthIndicator");

                        assertThat(health.getStatus()).isEqualTo(Status.DOWN);
                        assertThat(health.getDetails())
                                .containsEntry("code", "network_error")
                                .containsKey("reason");
                    });
        }

        @Test
        void is_down_when_it_answers_too_late() throws IOException {
            try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                    IicpClient client = IicpClient.builder()
                            .directoryUrl("http://127.0.0.1:" + silent.getLocalPort() + "/api")
                            .build()) {
                Health health = new DirectoryHealthIndicator(client, Duration.ofMillis(200)).health();

                assertThat(health.getStatus()).isEqualTo(Status.DOWN);
                assertThat(health.getDetails()).containsEntry("reason", "no answer within 200 ms");
            }
        }

        @Test
        void is_unknown_when_the_check_is_interrupted() throws IOException {
            try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                    IicpClient client = IicpClient.builder()
                            .directoryUrl("http://127.0.0.1:" + silent.getLocalPort() + "/api")
                            .build()) {
                Thread.currentThread().interrupt();
                Health health = new DirectoryHealthIndicator(client).health();

                assertThat(Thread.interrupted()).isTrue();
                assertThat(health.getStatus()).isEqualTo(Status.UNKNOWN);
            }
        }
    }

    @Nested
    class Of_the_node {
        private final RecordingEngine engine = new RecordingEngine();
        private final ApplicationContextRunner serving = runner.withBean("engine", InferenceBackend.class, () -> engine)
                .withPropertyValues("iicp.node.enabled=true", "iicp.node.port=0", "iicp.node.heartbeat-interval=1s");

        @Test
        void is_up_while_it_serves() {
            serving.run(context -> {
                context.getBean(IicpNodeLifecycle.class)
                        .node()
                        .orElseThrow()
                        .registered()
                        .get(15, TimeUnit.SECONDS);

                Health health = health(context, "iicpNodeHealthIndicator");

                assertThat(health.getStatus()).isEqualTo(Status.UP);
                assertThat(health.getDetails())
                        .containsEntry("registered", true)
                        .containsEntry("activeTasks", 0)
                        .containsEntry("maxConcurrent", 4)
                        .hasEntrySatisfying(
                                "models",
                                models -> assertThat(models).asString().contains(RecordingEngine.MODEL));
            });
        }

        @Test
        void is_down_while_its_engine_does_not_answer() {
            serving.run(context -> {
                engine.becomes(InferenceBackend.State.UNAVAILABLE);

                await().atMost(Duration.ofSeconds(10)).until(() -> health(context, "iicpNodeHealthIndicator")
                        .getStatus()
                        .equals(Status.DOWN));
            });
        }

        @Test
        void is_out_of_service_when_it_has_stopped() {
            serving.run(context -> {
                context.getBean(IicpNodeLifecycle.class).stop();

                assertThat(health(context, "iicpNodeHealthIndicator").getStatus())
                        .isEqualTo(Status.OUT_OF_SERVICE);
            });
        }

        @Test
        void is_out_of_service_before_it_has_started() {
            assertThat(new NodeHealthIndicator(new IicpNodeLifecycle(() -> {
                                throw new AssertionError("not started");
                            }))
                            .health()
                            .getStatus())
                    .isEqualTo(Status.OUT_OF_SERVICE);
        }

        @Test
        void is_not_asked_when_there_is_none() {
            runner.run(context -> assertThat(context).doesNotHaveBean("iicpNodeHealthIndicator"));
        }
    }

    @Nested
    class Is_not_told {
        @Test
        void when_switched_off() {
            runner.withPropertyValues("management.health.iicp.enabled=false")
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(HealthIndicator.class));
        }

        @Test
        void without_an_actuator() {
            runner.withClassLoader(new FilteredClassLoader("org.springframework.boot.health"))
                    .run(context -> assertThat(context).hasNotFailed().hasSingleBean(IicpClient.class));
        }
    }
}
