package network.iicp.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import network.iicp.IicpClient;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import network.iicp.json.Json;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.NoProviderException;
import network.iicp.protocol.Task;
import network.iicp.spi.RoutingEvent;
import network.iicp.spi.RoutingListener;
import network.iicp.springai.IicpMetadata;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.support.ToolCallbacks;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Properties, followed to the bytes that a directory and a node receive. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class WireIT {

    private static final RecordingEngine ENGINE = new RecordingEngine();

    private static LocalMesh mesh;
    private static RecordingDirectory directory;

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    IicpClientAutoConfiguration.class,
                    IicpChatAutoConfiguration.class,
                    IicpEmbeddingAutoConfiguration.class))
            .withPropertyValues("iicp.directory-url=" + directory.url());

    @BeforeAll
    static void start() {
        mesh = LocalMesh.start(setup -> setup.node(ENGINE, node -> node.nodeId("recorder-node")));
        directory = new RecordingDirectory(mesh.directoryUrl());
    }

    @AfterAll
    static void stop() {
        directory.close();
        mesh.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    model=recorder            | "model":"recorder"
                    temperature=0.5           | "temperature":0.5
                    top-p=0.9                 | "top_p":0.9
                    top-k=40                  | "top_k":40
                    max-tokens=100            | "max_tokens":100
                    frequency-penalty=0.1     | "frequency_penalty":0.1
                    presence-penalty=0.2      | "presence_penalty":0.2
                    stop-sequences=END,STOP   | "stop":["END","STOP"]
                    seed=42                   | "seed":42
                    user=u-1                  | "user":"u-1"
                    """)
    void options_of_chats_reach_the_engine(String property, String member) {
        runner.withPropertyValues("spring.ai.iicp.chat." + property).run(context -> {
            context.getBean(ChatModel.class).call("Hello");

            assertThat(Json.text(ENGINE.lastTask().payload())).contains(member);
        });
    }

    @Test
    void parallel_tool_calls_reach_the_engine_with_the_tools() {
        runner.withPropertyValues("spring.ai.iicp.chat.parallel-tool-calls=false")
                .run(context -> {
                    context.getBean(ChatModel.class)
                            .call(new Prompt(
                                    "What is the time?",
                                    ToolCallingChatOptions.builder()
                                            .toolCallbacks(ToolCallbacks.from(new Clock()))
                                            .build()));

                    assertThat(Json.text(ENGINE.lastTask().payload()))
                            .contains("\"parallel_tool_calls\":false", "\"name\":\"time\"");
                });
    }

    static final class Clock {
        @Tool(description = "Tells the time")
        String time() {
            return "noon";
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    spring.ai.iicp.chat.qos=batch                | batch
                    spring.ai.iicp.chat.priority=high            | HIGH
                    spring.ai.iicp.chat.total-timeout=7s         | PT6
                    iicp.timeouts.total=9s                       | PT8
                    spring.ai.iicp.chat.model=recorder           | recorder
                    """)
    void constraints_of_chats_reach_the_node(String property, String word) {
        runner.withPropertyValues(property).run(context -> {
            context.getBean(ChatModel.class).call("Hello");

            Task task = ENGINE.lastTask();
            assertThat(task.constraints().toString() + task.constraints().timeout())
                    .containsIgnoringCase(word);
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    iicp.region=eu-central                       | region=eu-central
                    spring.ai.iicp.chat.region=us-east           | region=us-east
                    spring.ai.iicp.chat.min-reputation=0.01      | min_reputation=0.01
                    spring.ai.iicp.chat.qos=batch                | qos=batch
                    spring.ai.iicp.chat.model=recorder           | model=recorder
                    """)
    void wishes_reach_the_directory(String property, String parameter) {
        runner.withPropertyValues(property).run(context -> {
            context.getBean(ChatModel.class).call("Hello");

            assertThat(directory.asked()).last().asString().contains("/v1/discover", parameter);
        });
    }

    @Test
    void one_node_can_be_demanded() {
        runner.withPropertyValues("spring.ai.iicp.chat.node=recorder-node").run(context -> {
            ChatResponse response = context.getBean(ChatModel.class).call(new Prompt("Hello"));
            assertThat(response.getMetadata().<String>get(IicpMetadata.NODE)).isEqualTo("recorder");
        });
        runner.withPropertyValues("spring.ai.iicp.chat.node=nobody", "iicp.timeouts.total=2s")
                .run(context -> assertThatExceptionOfType(IicpException.class)
                        .isThrownBy(() -> context.getBean(ChatModel.class).call("Hello")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    model=recorder            | "model":"recorder"
                    dimensions=2              | "dimensions":2
                    """)
    void options_of_embeddings_reach_the_engine(String property, String member) {
        runner.withPropertyValues("spring.ai.iicp.embedding." + property).run(context -> {
            assertThat(context.getBean(EmbeddingModel.class).embed("text")).containsExactly(0.5f, 0.25f);

            assertThat(Json.text(ENGINE.lastTask().payload())).contains(member);
        });
    }

    @Test
    void a_node_without_encryption_is_used_only_when_that_is_preferred_and_not_required() {
        try (LocalMesh clear = LocalMesh.start(setup -> setup.node(
                DemoBackend.create(), node -> node.configure(settings -> settings.withoutConfidentiality())))) {
            ApplicationContextRunner there =
                    runner.withPropertyValues("iicp.directory-url=" + clear.directoryUrl(), "iicp.timeouts.total=5s");

            there.run(context -> assertThatExceptionOfType(IicpException.class)
                    .isThrownBy(() -> context.getBean(ChatModel.class).call("Hello")));
            there.withPropertyValues("iicp.client.encryption=preferred").run(context -> {
                ChatResponse response = context.getBean(ChatModel.class).call(new Prompt("Hello"));
                assertThat(response.getMetadata().<Boolean>get(IicpMetadata.ENCRYPTED))
                        .isFalse();
            });
        }
    }

    @Test
    void the_model_is_told_how_it_was_reached_only_when_that_is_wanted() {
        runner.run(context -> {
            context.getBean(ChatModel.class).call("Hello");
            assertThat(Json.text(ENGINE.lastTask().payload())).doesNotContain("IICP-RUNTIME-CONTEXT/1");
        });
        runner.withPropertyValues("iicp.client.runtime-identity=auto").run(context -> {
            context.getBean(ChatModel.class).call("Hello");
            assertThat(Json.text(ENGINE.lastTask().payload()))
                    .contains("[IICP-RUNTIME-CONTEXT/1]", "- selected model: " + RecordingEngine.MODEL);
        });
    }

    @Test
    void endpoints_out_of_scope_are_not_connected_to() {
        int before = ENGINE.tasks().size();

        runner.withPropertyValues("iicp.client.scope=public", "iicp.timeouts.total=5s")
                .run(context -> assertThatExceptionOfType(IicpException.class)
                        .isThrownBy(() -> context.getBean(ChatModel.class).call("Hello")));

        assertThat(ENGINE.tasks()).hasSize(before);
    }

    @Test
    void answers_beyond_the_limit_are_refused() {
        try (LocalMesh talkative = LocalMesh.start(setup -> setup.node(DemoBackend.builder()
                .answer(".*", "x".repeat(20_000))
                .maxTokens(100_000)
                .build()))) {
            ApplicationContextRunner there =
                    runner.withPropertyValues("iicp.directory-url=" + talkative.directoryUrl());

            there.run(context ->
                    assertThat(context.getBean(ChatModel.class).call("Hello")).hasSize(20_000));
            there.withPropertyValues("iicp.client.max-response-size=4KB", "iicp.client.max-attempts=1")
                    .run(context -> assertThatExceptionOfType(IicpException.class)
                            .isThrownBy(() -> context.getBean(ChatModel.class).call("Hello")));
        }
    }

    @Test
    void listeners_hear_the_steps() {
        List<RoutingEvent> events = new CopyOnWriteArrayList<>();
        runner.withBean("listener", RoutingListener.class, () -> events::add).run(context -> {
            context.getBean(ChatModel.class).call("Hello");

            assertThat(events)
                    .extracting(event -> event.getClass().getSimpleName())
                    .containsSubsequence("Discovered", "Selected", "Submitted", "Answered");
        });
    }

    @Test
    void attempts_are_counted_in_total() {
        List<RoutingEvent> events = new CopyOnWriteArrayList<>();
        try (LocalMesh broken = LocalMesh.start(setup -> setup.handlers(NodeThatFails::setUp))) {
            for (Map.Entry<String, Integer> row : Map.of(
                            "iicp.client.max-attempts=1",
                            1,
                            "iicp.client.max-attempts=2",
                            2,
                            "spring.ai.iicp.chat.max-attempts=1",
                            1)
                    .entrySet()) {
                events.clear();
                runner.withPropertyValues(
                                "iicp.directory-url=" + broken.directoryUrl(), "iicp.timeouts.total=20s", row.getKey())
                        .withBean("listener", RoutingListener.class, () -> events::add)
                        .run(context -> assertThatExceptionOfType(IicpException.class)
                                .isThrownBy(
                                        () -> context.getBean(ChatModel.class).call("Hello")));
                assertThat(events)
                        .filteredOn(RoutingEvent.Submitted.class::isInstance)
                        .as(row.getKey())
                        .hasSize(row.getValue());
            }
        }
    }

    private static final class NodeThatFails {
        static network.iicp.IicpNode.Builder setUp(network.iicp.IicpNode.Builder node) {
            return node.authentication(network.iicp.node.NodeAuthentication.OPEN)
                    .handler(network.iicp.protocol.Intent.LLM_CHAT, context -> {
                        throw new IllegalStateException("broken");
                    });
        }
    }

    @Test
    void a_stream_that_stays_silent_is_given_up_after_the_limit() {
        try (LocalMesh silent = LocalMesh.start(setup -> setup.node(
                DemoBackend.builder().tokenDelay(Duration.ofSeconds(3)).build()))) {
            for (String property :
                    List.of("iicp.timeouts.first-event=200ms", "spring.ai.iicp.chat.first-event-timeout=200ms")) {
                runner.withPropertyValues(
                                "iicp.directory-url=" + silent.directoryUrl(), "iicp.client.max-attempts=1", property)
                        .run(context -> {
                            long before = System.nanoTime();
                            assertThatExceptionOfType(IicpException.class)
                                    .isThrownBy(() -> context.getBean(ChatModel.class).stream(new Prompt("Hello"))
                                            .blockLast(Duration.ofSeconds(20)));
                            assertThat(Duration.ofNanos(System.nanoTime() - before))
                                    .as(property)
                                    .isLessThan(Duration.ofSeconds(3));
                            await().atMost(Duration.ofSeconds(2))
                                    .until(() -> silent.nodes().get(0).activeTasks() == 0);
                        });
            }
        }
    }

    @Test
    void a_directory_that_does_not_answer_is_a_failure_of_the_mesh() {
        runner.withPropertyValues("iicp.directory-url=http://127.0.0.1:9/api", "iicp.timeouts.total=3s")
                .run(context -> {
                    assertThat(context).as("starting touches no network").hasNotFailed();
                    assertThatExceptionOfType(IicpException.class).isThrownBy(() -> context.getBean(IicpClient.class)
                            .chat(network.iicp.protocol.chat.ChatRequest.of("Hello")));
                });
    }

    @Test
    void a_model_nobody_has_is_said_plainly() {
        runner.withPropertyValues("spring.ai.iicp.chat.model=nobody-has-this")
                .run(context -> assertThatExceptionOfType(NoProviderException.class)
                        .isThrownBy(() -> context.getBean(ChatModel.class).call("Hello"))
                        .withMessageContaining("model"));
    }
}
