package network.iicp.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import network.iicp.IicpClient;
import network.iicp.IicpNode;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import network.iicp.node.NodeEvent;
import network.iicp.node.NodeListener;
import network.iicp.node.NodeState;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Task;
import network.iicp.protocol.UnauthorizedException;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.TaskHandler;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Applications that serve, at a directory on loopback. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class NodeAutoConfigurationIT {

    private static LocalMesh mesh;

    private final ApplicationContextRunner idle = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(IicpClientAutoConfiguration.class, IicpNodeAutoConfiguration.class))
            .withPropertyValues("iicp.directory-url=" + mesh.directoryUrl(), "iicp.node.port=0");
    private final ApplicationContextRunner serving = idle.withPropertyValues("iicp.node.enabled=true");
    private final ApplicationContextRunner demo = serving.withPropertyValues("iicp.node.backend.type=demo");

    @BeforeAll
    static void start() {
        mesh = LocalMesh.start(setup -> setup);
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    @AfterEach
    void nothing_is_left_behind() {
        assertThat(mesh.directory().nodeCount()).isZero();
    }

    private static IicpNode registered(IicpNodeLifecycle lifecycle) throws Exception {
        IicpNode node = lifecycle.node().orElseThrow();
        node.registered().get(15, TimeUnit.SECONDS);
        return node;
    }

    @Nested
    class Whether_it_serves {
        @Test
        void not_unless_asked_to() {
            idle.run(context -> assertThat(context)
                    .hasNotFailed()
                    .doesNotHaveBean(IicpNodeLifecycle.class)
                    .doesNotHaveBean(IicpNodeProperties.class));
        }

        @Test
        void not_when_switched_off() {
            demo.withPropertyValues("iicp.node.enabled=false")
                    .run(context -> assertThat(context).doesNotHaveBean(IicpNodeLifecycle.class));
            demo.withPropertyValues("iicp.enabled=false")
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(IicpNodeLifecycle.class));
        }

        @Test
        void the_engine_of_its_properties_to_the_whole_mesh() {
            demo.run(context -> {
                IicpNode node = registered(context.getBean(IicpNodeLifecycle.class));

                ChatResult answer = context.getBean(IicpClient.class).chat(ChatRequest.of("Hello"));

                assertThat(answer.model()).isEqualTo(DemoBackend.MODEL);
                assertThat(answer.provenance().node()).isEqualTo(node.id().substring(0, 8));
                assertThat(answer.provenance().encrypted()).isTrue();
            });
        }

        @Test
        void in_the_mesh_of_the_client_that_the_application_brings() {
            new ApplicationContextRunner()
                    .withConfiguration(
                            AutoConfigurations.of(IicpClientAutoConfiguration.class, IicpNodeAutoConfiguration.class))
                    .withBean("ownClient", IicpClient.class, mesh::client)
                    .withPropertyValues("iicp.node.enabled=true", "iicp.node.port=0", "iicp.node.backend.type=demo")
                    .run(context -> {
                        registered(context.getBean(IicpNodeLifecycle.class));
                        assertThat(mesh.directory().nodeCount()).isEqualTo(1);
                    });
        }

        @Test
        void until_the_application_stops() {
            IicpNode[] seen = new IicpNode[1];
            demo.run(context -> {
                seen[0] = registered(context.getBean(IicpNodeLifecycle.class));
                assertThat(mesh.directory().nodeCount()).isEqualTo(1);
            });

            assertThat(seen[0].state()).isEqualTo(NodeState.STOPPED);
            assertThat(mesh.directory().nodeCount()).isZero();
        }
    }

    @Nested
    class What_it_serves {
        @Test
        void beans_that_are_engines() {
            RecordingEngine engine = new RecordingEngine();
            serving.withBean("engine", InferenceBackend.class, () -> engine).run(context -> {
                registered(context.getBean(IicpNodeLifecycle.class));

                assertThat(context.getBean(IicpClient.class)
                                .chat(ChatRequest.of("Hello"))
                                .text())
                        .isEqualTo("noted");
                assertThat(engine.tasks()).hasSize(1);
            });

            assertThat(engine.timesClosed())
                    .as("closed by the application alone")
                    .isEqualTo(1);
        }

        @Test
        void beans_beside_the_engine_of_the_properties() {
            demo.withBean("engine", InferenceBackend.class, RecordingEngine::new)
                    .run(context -> assertThat(context.getBean(IicpNodeLifecycle.class)
                                    .node()
                                    .orElseThrow()
                                    .health()
                                    .models())
                            .contains(RecordingEngine.MODEL, DemoBackend.MODEL));
        }

        @Test
        void only_the_models_that_are_named() {
            serving.withBean("engine", InferenceBackend.class, RecordingEngine::new)
                    .withBean("demo", InferenceBackend.class, DemoBackend::create)
                    .withPropertyValues("iicp.node.model=" + RecordingEngine.MODEL)
                    .run(context -> assertThat(context.getBean(IicpNodeLifecycle.class)
                                    .node()
                                    .orElseThrow()
                                    .health()
                                    .models())
                            .containsExactly(RecordingEngine.MODEL));
        }

        @Test
        void handlers_that_say_their_intents() {
            serving.withUserConfiguration(Handlers.class)
                    .withPropertyValues("iicp.node.authentication=open")
                    .run(context -> {
                        registered(context.getBean(IicpNodeLifecycle.class));
                        IicpClient client = context.getBean(IicpClient.class);

                        assertThat(client.submit(Task.of(Intent.parse(Handlers.SUM), Map.of("a", 2, "b", 3)))
                                        .result())
                                .hasToString("{sum=5}");
                        assertThat(client.submit(Task.of(Intent.parse(Handlers.SHOUT), Map.of("text", "hey")))
                                        .result())
                                .hasToString("{text=HEY}");
                    });
        }

        @Test
        void handlers_to_callers_with_a_token_only_unless_told_otherwise() {
            serving.withUserConfiguration(Handlers.class).run(context -> {
                registered(context.getBean(IicpNodeLifecycle.class));

                assertThatExceptionOfType(UnauthorizedException.class)
                        .isThrownBy(() -> context.getBean(IicpClient.class)
                                .submit(Task.of(Intent.parse(Handlers.SUM), Map.of("a", 2, "b", 3))));
            });
        }

        @Test
        void no_handler_that_keeps_its_intent_to_itself() {
            serving.withBean("mystery", TaskHandler.class, () -> task -> Map.of())
                    .run(context -> {
                        assertThat(context).hasFailed();
                        assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                                .contains("TaskHandler bean \"mystery\"", "@IicpHandler");
                    });
        }

        @Test
        void no_handler_for_something_that_is_no_intent() {
            serving.withUserConfiguration(WrongHandler.class).run(context -> {
                assertThat(context).hasFailed();
                assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                        .contains("\"wrong\"", "\"make coffee\", which is no intent");
            });
        }

        @Test
        void the_Ollama_on_this_machine_when_nothing_else_is_said() {
            serving.run(context -> assertThat(
                            context.getBean(IicpNodeLifecycle.class).isRunning())
                    .isTrue());
        }
    }

    @Nested
    class Its_life {
        @Test
        void begins_after_the_web_server_and_ends_before_it() {
            int gracefulShutdownOfTheWebServer = SmartLifecycle.DEFAULT_PHASE - 1024;
            demo.run(context -> assertThat(
                            context.getBean(IicpNodeLifecycle.class).getPhase())
                    .isGreaterThan(gracefulShutdownOfTheWebServer)
                    .isLessThan(SmartLifecycle.DEFAULT_PHASE));
        }

        @Test
        void can_begin_again_after_a_stop() {
            RecordingEngine engine = new RecordingEngine();
            serving.withBean("engine", InferenceBackend.class, () -> engine).run(context -> {
                IicpNodeLifecycle lifecycle = context.getBean(IicpNodeLifecycle.class);
                IicpNode first = registered(lifecycle);

                context.getSourceApplicationContext().stop();
                assertThat(lifecycle.isRunning()).isFalse();
                assertThat(mesh.directory().nodeCount()).isZero();
                assertThat(engine.timesClosed()).isZero();

                context.getSourceApplicationContext().start();
                IicpNode second = registered(lifecycle);
                assertThat(second).isNotSameAs(first);
                assertThat(context.getBean(IicpClient.class)
                                .chat(ChatRequest.of("again"))
                                .text())
                        .isEqualTo("noted");
            });
        }

        @Test
        void is_not_begun_twice() {
            demo.run(context -> {
                IicpNodeLifecycle lifecycle = context.getBean(IicpNodeLifecycle.class);
                IicpNode node = registered(lifecycle);

                lifecycle.start();

                assertThat(lifecycle.node()).containsSame(node);
            });
        }

        @Test
        void lets_running_tasks_finish() throws Exception {
            CountDownLatch working = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            List<String> answers = new CopyOnWriteArrayList<>();
            try (IicpClient outside = mesh.client()) {
                Thread[] caller = new Thread[1];
                serving.withUserConfiguration(SlowHandler.class)
                        .withBean("working", CountDownLatch.class, () -> working)
                        .withBean("release", CountDownLatch.class, () -> release)
                        .withPropertyValues("iicp.node.authentication=open")
                        .run(context -> {
                            registered(context.getBean(IicpNodeLifecycle.class));
                            caller[0] = new Thread(
                                    () -> answers.add(outside.submit(Task.of(Intent.parse(SlowHandler.SLOW), Map.of()))
                                            .result()
                                            .toString()));
                            caller[0].start();
                            assertThat(working.await(10, TimeUnit.SECONDS)).isTrue();
                            new Thread(() -> {
                                        await().atMost(Duration.ofSeconds(10))
                                                .until(() -> context.getBean(IicpNodeLifecycle.class)
                                                        .node()
                                                        .orElseThrow()
                                                        .state()
                                                        .equals(NodeState.DRAINING));
                                        release.countDown();
                                    })
                                    .start();
                        });
                caller[0].join(10_000);
            }

            assertThat(answers).containsExactly("{done=true}");
        }

        @Test
        void is_told_to_listeners() {
            List<NodeEvent> events = new CopyOnWriteArrayList<>();
            demo.withBean("listener", NodeListener.class, () -> events::add)
                    .run(context -> registered(context.getBean(IicpNodeLifecycle.class)));

            assertThat(events)
                    .extracting(event -> event.getClass().getSimpleName())
                    .contains("Started", "Registered", "Draining", "Stopped");
        }

        @Test
        void cannot_begin_on_a_port_in_use() throws Exception {
            try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
                demo.withPropertyValues("iicp.node.port=" + taken.getLocalPort())
                        .run(context -> {
                            assertThat(context).hasFailed();
                            FailureAnalysis analysis = Analyses.of(context.getStartupFailure());
                            assertThat(analysis.getDescription())
                                    .contains("port " + taken.getLocalPort() + " is in use");
                            assertThat(analysis.getAction()).contains("iicp.node.port");
                        });
            }
        }

        @Test
        void cannot_begin_without_a_directory() {
            new ApplicationContextRunner()
                    .withConfiguration(
                            AutoConfigurations.of(IicpClientAutoConfiguration.class, IicpNodeAutoConfiguration.class))
                    .withPropertyValues("iicp.node.enabled=true", "iicp.node.port=0", "iicp.node.backend.type=demo")
                    .run(context -> assertThat(
                                    Analyses.of(context.getStartupFailure()).getDescription())
                            .contains("iicp.directory-url"));
        }

        @Test
        void has_its_last_word_with_customizers() {
            demo.withBean(
                            "customizer",
                            IicpNodeBuilderCustomizer.class,
                            () -> node -> node.region("mars").maxConcurrent(7))
                    .withPropertyValues("iicp.node.region=earth")
                    .run(context -> {
                        IicpNode node =
                                context.getBean(IicpNodeLifecycle.class).node().orElseThrow();
                        assertThat(node.health().region()).isEqualTo("mars");
                        assertThat(node.health().maxConcurrent()).isEqualTo(7);
                    });
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Handlers {
        static final String SUM = "urn:iicp:intent:x.test:sum:v1";
        static final String SHOUT = "urn:iicp:intent:x.test:shout:v1";

        @Bean
        @IicpHandler(SUM)
        TaskHandler sum() {
            return context -> Map.of(
                    "sum",
                    ((Number) context.task().payload().get("a")).intValue()
                            + ((Number) context.task().payload().get("b")).intValue());
        }

        @Bean
        Shout shout() {
            return new Shout();
        }
    }

    @IicpHandler(Handlers.SHOUT)
    static final class Shout implements TaskHandler {
        @Override
        public Object handle(network.iicp.spi.TaskContext context) {
            return Map.of(
                    "text", context.task().payload().get("text").toString().toUpperCase(java.util.Locale.ROOT));
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class WrongHandler {
        @Bean
        @IicpHandler("make coffee")
        TaskHandler wrong() {
            return context -> Map.of();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class SlowHandler {
        static final String SLOW = "urn:iicp:intent:x.test:slow:v1";

        @Bean
        @IicpHandler(SLOW)
        TaskHandler slow(CountDownLatch working, CountDownLatch release) {
            return context -> {
                working.countDown();
                release.await();
                return Map.of("done", true);
            };
        }
    }
}
