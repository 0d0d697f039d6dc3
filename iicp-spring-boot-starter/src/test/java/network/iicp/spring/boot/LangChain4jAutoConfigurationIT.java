package network.iicp.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.catalog.ModelCatalog;
import dev.langchain4j.model.catalog.ModelDescription;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.embedding.EmbeddingModel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import network.iicp.IicpClient;
import network.iicp.LocalMesh;
import network.iicp.json.Json;
import network.iicp.langchain4j.IicpChatModel;
import network.iicp.langchain4j.IicpChatRequestParameters;
import network.iicp.langchain4j.IicpEmbeddingModel;
import network.iicp.langchain4j.IicpStreamingChatModel;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import network.iicp.protocol.Task;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LangChain4jAutoConfigurationIT {

    private static final RecordingEngine ENGINE = new RecordingEngine();

    private static LocalMesh mesh;

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    IicpClientAutoConfiguration.class,
                    IicpChatAutoConfiguration.class,
                    IicpEmbeddingAutoConfiguration.class,
                    IicpLangChain4jAutoConfiguration.class))
            .withPropertyValues("iicp.directory-url=" + mesh.directoryUrl());

    @BeforeAll
    static void start() {
        mesh = LocalMesh.start(setup -> setup.node(ENGINE));
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    @Nested
    class Which_models_are_set_up {
        @Test
        void all_beside_those_of_Spring_AI() {
            runner.run(context -> assertThat(context)
                    .hasNotFailed()
                    .hasBean("iicpLangChain4jChatModel")
                    .hasBean("iicpLangChain4jStreamingChatModel")
                    .hasBean("iicpLangChain4jEmbeddingModel")
                    .hasBean("iicpLangChain4jModelCatalog")
                    .hasSingleBean(ChatModel.class)
                    .hasSingleBean(StreamingChatModel.class)
                    .hasSingleBean(EmbeddingModel.class)
                    .hasSingleBean(ModelCatalog.class)
                    .hasSingleBean(org.springframework.ai.chat.model.ChatModel.class));
        }

        @Test
        void none_when_switched_off() {
            runner.withPropertyValues("iicp.langchain4j.enabled=false").run(context -> assertThat(context)
                    .hasNotFailed()
                    .doesNotHaveBean(ChatModel.class)
                    .doesNotHaveBean(IicpLangChain4jProperties.class)
                    .hasSingleBean(org.springframework.ai.chat.model.ChatModel.class));
            runner.withPropertyValues("iicp.enabled=false")
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(ChatModel.class));
        }

        @Test
        void none_without_LangChain4j() {
            runner.withClassLoader(new FilteredClassLoader("dev.langchain4j", "network.iicp.langchain4j"))
                    .run(context -> assertThat(context)
                            .hasNotFailed()
                            .hasSingleBean(IicpClient.class)
                            .doesNotHaveBean("iicpLangChain4jChatModel"));
        }

        @Test
        void those_of_LangChain4j_alone_without_Spring_AI() {
            runner.withClassLoader(new FilteredClassLoader("org.springframework.ai", "network.iicp.springai"))
                    .run(context -> assertThat(context)
                            .hasNotFailed()
                            .hasSingleBean(ChatModel.class)
                            .doesNotHaveBean("iicpChatModel"));
        }

        @Test
        void own_ones_are_left_alone() {
            runner.withUserConfiguration(OwnModel.class).run(context -> assertThat(context)
                    .hasSingleBean(IicpChatModel.class)
                    .hasBean("ownModel")
                    .doesNotHaveBean("iicpLangChain4jChatModel")
                    .hasBean("iicpLangChain4jStreamingChatModel"));
        }

        @Test
        void primary_ones_are_injected_where_several_fit() {
            runner.withUserConfiguration(ForeignModel.class)
                    .withPropertyValues("iicp.primary=true")
                    .run(context -> assertThat(context.getBean(ChatModel.class)).isInstanceOf(IicpChatModel.class));
            runner.withUserConfiguration(ForeignModel.class)
                    .withPropertyValues("iicp.primary=false")
                    .run(context -> assertThat(
                                    context.getBeanProvider(ChatModel.class).getIfUnique())
                            .isSameAs(context.getBean("foreignModel")));
        }
    }

    @Nested
    class Properties_of_chats {
        static final List<Arguments> PARAMETERS = List.of(
                row("model-name=recorder", ChatRequestParameters::modelName, "recorder"),
                row("temperature=0.5", ChatRequestParameters::temperature, 0.5),
                row("top-p=0.9", ChatRequestParameters::topP, 0.9),
                row("top-k=40", ChatRequestParameters::topK, 40),
                row("max-output-tokens=100", ChatRequestParameters::maxOutputTokens, 100),
                row("frequency-penalty=0.1", ChatRequestParameters::frequencyPenalty, 0.1),
                row("presence-penalty=0.2", ChatRequestParameters::presencePenalty, 0.2),
                row("stop-sequences=END,STOP", ChatRequestParameters::stopSequences, List.of("END", "STOP")),
                row("seed=42", IicpChatRequestParameters::seed, 42L),
                row("parallel-tool-calls=false", IicpChatRequestParameters::parallelToolCalls, false),
                row("user=u-1", IicpChatRequestParameters::user, "u-1"),
                row("region=eu-central", IicpChatRequestParameters::region, "eu-central"),
                row("min-reputation=0.7", IicpChatRequestParameters::minReputation, 0.7),
                row("qos=best-effort", IicpChatRequestParameters::qos, Qos.BEST_EFFORT),
                row("priority=high", IicpChatRequestParameters::priority, Priority.HIGH),
                row("node=node-1", IicpChatRequestParameters::node, "node-1"),
                row("max-attempts=2", IicpChatRequestParameters::maxAttempts, 2),
                row("timeout=20s", IicpChatRequestParameters::timeout, Duration.ofSeconds(20)),
                row("first-event-timeout=4s", IicpChatRequestParameters::firstEventTimeout, Duration.ofSeconds(4)));

        private static Arguments row(
                String property, Function<IicpChatRequestParameters, Object> parameter, Object expected) {
            return argumentSet(property, property, parameter, expected);
        }

        @ParameterizedTest
        @FieldSource("PARAMETERS")
        void become_parameters_of_both_models(
                String property, Function<IicpChatRequestParameters, Object> parameter, Object expected) {
            runner.withPropertyValues("iicp.langchain4j.chat." + property).run(context -> {
                assertThat(parameter.apply(context.getBean(IicpChatModel.class).defaultRequestParameters()))
                        .isEqualTo(expected);
                assertThat(parameter.apply(
                                context.getBean(IicpStreamingChatModel.class).defaultRequestParameters()))
                        .isEqualTo(expected);
            });
        }

        @Test
        void name_the_capabilities_of_both_models() {
            runner.withPropertyValues("iicp.langchain4j.chat.supported-capabilities=response-format-json-schema")
                    .run(context -> {
                        assertThat(context.getBean(IicpChatModel.class).supportedCapabilities())
                                .containsExactly(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
                        assertThat(context.getBean(IicpStreamingChatModel.class).supportedCapabilities())
                                .containsExactly(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
                    });
        }

        @Test
        void reach_the_engine() {
            runner.withPropertyValues(
                            "iicp.langchain4j.chat.temperature=0.5",
                            "iicp.langchain4j.chat.model-name=recorder",
                            "iicp.langchain4j.chat.qos=batch")
                    .run(context -> {
                        assertThat(context.getBean(ChatModel.class).chat("Hello"))
                                .isEqualTo("noted");

                        Task task = ENGINE.lastTask();
                        assertThat(Json.text(task.payload())).contains("\"temperature\":0.5", "\"model\":\"recorder\"");
                        assertThat(task.constraints().qos()).isEqualTo(Qos.BATCH);
                    });
        }
    }

    @Nested
    class Properties_of_embeddings {
        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                        model-name=recorder       | "model":"recorder"
                        dimensions=2              | "dimensions":2
                        """)
        void reach_the_engine(String property, String member) {
            runner.withPropertyValues("iicp.langchain4j.embedding." + property).run(context -> {
                assertThat(context.getBean(EmbeddingModel.class)
                                .embed("text")
                                .content()
                                .vector())
                        .containsExactly(0.5f, 0.25f);
                assertThat(Json.text(ENGINE.lastTask().payload())).contains(member);
            });
        }

        @ParameterizedTest
        @CsvSource({"qos=batch, BATCH", "priority=low, LOW", "timeout=7s, PT6"})
        void reach_the_node(String property, String word) {
            runner.withPropertyValues("iicp.langchain4j.embedding." + property).run(context -> {
                context.getBean(EmbeddingModel.class).embed("text");

                assertThat(ENGINE.lastTask().constraints().toString()
                                + ENGINE.lastTask().constraints().timeout())
                        .contains(word);
            });
        }

        @ParameterizedTest
        @CsvSource({"region=eu-central", "min-reputation=0.01"})
        void reach_the_directory(String property) {
            try (RecordingDirectory directory = new RecordingDirectory(mesh.directoryUrl())) {
                runner.withPropertyValues(
                                "iicp.directory-url=" + directory.url(), "iicp.langchain4j.embedding." + property)
                        .run(context -> context.getBean(EmbeddingModel.class).embed("text"));

                assertThat(directory.asked())
                        .last()
                        .asString()
                        .contains(property.replace('-', '_').replace("eu_", "eu-"));
            }
        }

        @Test
        void choose_the_node_and_the_attempts() {
            runner.withPropertyValues(
                            "iicp.langchain4j.embedding.node=nobody",
                            "iicp.langchain4j.embedding.max-attempts=1",
                            "iicp.timeouts.total=2s")
                    .run(context -> assertThat(org.assertj.core.api.Assertions.catchThrowable(
                                    () -> context.getBean(EmbeddingModel.class).embed("text")))
                            .isInstanceOf(RuntimeException.class));
        }

        @Test
        void bound_the_texts_of_one_task() {
            runner.withPropertyValues("iicp.langchain4j.embedding.max-segments-per-batch=2")
                    .run(context -> {
                        int before = ENGINE.tasks().size();
                        context.getBean(EmbeddingModel.class)
                                .embedAll(List.of(TextSegment.from("a"), TextSegment.from("b"), TextSegment.from("c")));
                        assertThat(ENGINE.tasks()).hasSize(before + 2);
                    });
        }

        @Test
        void have_the_default_of_the_model() {
            runner.run(context -> assertThat(context.getBean(IicpLangChain4jProperties.class)
                            .embedding()
                            .maxSegmentsPerBatch())
                    .isEqualTo(IicpEmbeddingModel.DEFAULT_MAX_SEGMENTS_PER_BATCH));
        }
    }

    @Test
    void listeners_hear_of_both_models() {
        AtomicInteger requests = new AtomicInteger();
        ChatModelListener listener = new ChatModelListener() {
            @Override
            public void onRequest(ChatModelRequestContext context) {
                requests.incrementAndGet();
            }
        };
        runner.withBean("listener", ChatModelListener.class, () -> listener).run(context -> {
            context.getBean(ChatModel.class).chat("Hello");

            assertThat(requests).hasValue(1);
            assertThat(context.getBean(IicpStreamingChatModel.class).listeners())
                    .containsExactly(listener);
        });
    }

    @Test
    void the_catalog_lists_what_the_mesh_serves() {
        runner.run(context -> assertThat(context.getBean(ModelCatalog.class).listModels())
                .extracting(ModelDescription::name)
                .contains(RecordingEngine.MODEL));
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnModel {
        @Bean
        IicpChatModel ownModel(IicpClient client) {
            return IicpChatModel.builder().client(client).build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ForeignModel {
        @Bean
        ChatModel foreignModel() {
            return new ChatModel() {};
        }
    }
}
