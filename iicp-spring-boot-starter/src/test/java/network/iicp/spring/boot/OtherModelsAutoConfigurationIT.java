package network.iicp.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.langchain4j.data.audio.Audio;
import dev.langchain4j.model.audio.AudioTranscriptionModel;
import dev.langchain4j.model.moderation.listener.ModerationModelListener;
import dev.langchain4j.model.moderation.listener.ModerationModelRequestContext;
import dev.langchain4j.model.scoring.ScoringModel;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import network.iicp.IicpClient;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import network.iicp.backend.DemoReply;
import network.iicp.json.Json;
import network.iicp.langchain4j.IicpAudioTranscriptionModel;
import network.iicp.langchain4j.IicpScoringModel;
import network.iicp.protocol.Task;
import network.iicp.springai.IicpModerationModel;
import network.iicp.springai.IicpTextToSpeechModel;
import network.iicp.springai.IicpTranscriptionModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.ai.audio.transcription.TranscriptionModel;
import org.springframework.ai.audio.tts.TextToSpeechModel;
import org.springframework.ai.moderation.ModerationModel;
import org.springframework.ai.moderation.ModerationPrompt;
import org.springframework.ai.moderation.ModerationResponse;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ByteArrayResource;

/** Moderation, scoring, transcription and speech: which beans there are, and their properties, followed to directory and engine. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class OtherModelsAutoConfigurationIT {

    private static final List<String> SPRING_AI =
            List.of("iicpModerationModel", "iicpTranscriptionModel", "iicpTextToSpeechModel");
    private static final List<String> LANGCHAIN4J = List.of(
            "iicpLangChain4jModerationModel",
            "iicpLangChain4jScoringModel",
            "iicpLangChain4jTranscriptionModel",
            "iicpLangChain4jTextToSpeechModel");

    private static final RecordingEngine ENGINE = RecordingEngine.of(DemoBackend.builder()
            .models("recorder-demo", "other-demo")
            .answer(
                    prompt -> prompt.userText().contains("candidates"),
                    DemoReply.text("{\"results\":[{\"index\":0,\"relevance_score\":0.5}]}"))
            .build());

    private static LocalMesh mesh;
    private static RecordingDirectory directory;

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    IicpClientAutoConfiguration.class,
                    IicpModerationAutoConfiguration.class,
                    IicpTranscriptionAutoConfiguration.class,
                    IicpTextToSpeechAutoConfiguration.class,
                    IicpLangChain4jAutoConfiguration.class))
            .withPropertyValues("iicp.directory-url=" + directory.url(), "iicp.client.emulation=true");

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

    @Nested
    class Which_models_are_set_up {

        @Test
        void all_of_both_frameworks() {
            runner.run(context -> {
                assertThat(context).hasNotFailed();
                assertThat(context.getBeanDefinitionNames())
                        .containsAll(SPRING_AI)
                        .containsAll(LANGCHAIN4J);
                assertThat(context)
                        .hasSingleBean(ModerationModel.class)
                        .hasSingleBean(TranscriptionModel.class)
                        .hasSingleBean(TextToSpeechModel.class)
                        .hasSingleBean(dev.langchain4j.model.moderation.ModerationModel.class)
                        .hasSingleBean(ScoringModel.class)
                        .hasSingleBean(AudioTranscriptionModel.class)
                        .hasSingleBean(dev.langchain4j.model.audio.TextToSpeechModel.class);
            });
        }

        @ParameterizedTest
        @CsvSource({
            "spring.ai.model.moderation=none, iicpModerationModel",
            "spring.ai.model.moderation=openai, iicpModerationModel",
            "spring.ai.model.audio.transcription=none, iicpTranscriptionModel",
            "spring.ai.model.audio.transcription=openai, iicpTranscriptionModel",
            "spring.ai.model.audio.speech=none, iicpTextToSpeechModel",
            "spring.ai.model.audio.speech=elevenlabs, iicpTextToSpeechModel",
            "iicp.langchain4j.moderation.enabled=false, iicpLangChain4jModerationModel",
            "iicp.langchain4j.scoring.enabled=false, iicpLangChain4jScoringModel",
            "iicp.langchain4j.transcription.enabled=false, iicpLangChain4jTranscriptionModel",
            "iicp.langchain4j.speech.enabled=false, iicpLangChain4jTextToSpeechModel"
        })
        void all_but_one_that_is_switched_off(String property, String bean) {
            runner.withPropertyValues(property).run(context -> {
                assertThat(context).hasNotFailed();
                assertThat(Stream.concat(SPRING_AI.stream(), LANGCHAIN4J.stream())
                                .filter(name -> !context.containsBean(name)))
                        .containsExactly(bean);
            });
        }

        @ParameterizedTest
        @CsvSource({
            "spring.ai.model.moderation=iicp, iicpModerationModel",
            "spring.ai.model.audio.transcription=iicp, iicpTranscriptionModel",
            "spring.ai.model.audio.speech=iicp, iicpTextToSpeechModel"
        })
        void one_that_is_named(String property, String bean) {
            runner.withPropertyValues(property)
                    .run(context -> assertThat(context).hasBean(bean));
        }

        @Test
        void none_without_a_mesh_and_none_of_a_framework_that_is_not_there() {
            runner.withPropertyValues("iicp.enabled=false").run(context -> {
                assertThat(context).hasNotFailed();
                assertThat(context.getBeanDefinitionNames())
                        .doesNotContainAnyElementsOf(SPRING_AI)
                        .doesNotContainAnyElementsOf(LANGCHAIN4J);
            });
            runner.withClassLoader(new FilteredClassLoader("org.springframework.ai", "network.iicp.springai"))
                    .run(context -> {
                        assertThat(context).hasNotFailed();
                        assertThat(context.getBeanDefinitionNames())
                                .doesNotContainAnyElementsOf(SPRING_AI)
                                .containsAll(LANGCHAIN4J);
                    });
            runner.withClassLoader(new FilteredClassLoader("dev.langchain4j", "network.iicp.langchain4j"))
                    .run(context -> {
                        assertThat(context).hasNotFailed();
                        assertThat(context.getBeanDefinitionNames())
                                .containsAll(SPRING_AI)
                                .doesNotContainAnyElementsOf(LANGCHAIN4J);
                    });
        }

        @Test
        void own_ones_are_left_alone() {
            runner.withUserConfiguration(OwnModels.class).run(context -> {
                assertThat(context)
                        .hasSingleBean(IicpModerationModel.class)
                        .hasSingleBean(IicpTranscriptionModel.class)
                        .hasSingleBean(IicpTextToSpeechModel.class)
                        .hasSingleBean(IicpScoringModel.class)
                        .hasSingleBean(IicpAudioTranscriptionModel.class);
                assertThat(context.getBeanDefinitionNames())
                        .doesNotContainAnyElementsOf(SPRING_AI)
                        .contains("iicpLangChain4jModerationModel", "iicpLangChain4jTextToSpeechModel")
                        .doesNotContain("iicpLangChain4jScoringModel", "iicpLangChain4jTranscriptionModel");
            });
        }

        @Test
        void primary_ones_are_injected_where_several_fit_and_others_where_they_are_not() {
            ApplicationContextRunner both = runner.withUserConfiguration(ForeignModels.class);

            both.withPropertyValues("iicp.primary=true").run(context -> {
                assertThat(context.getBean(ModerationModel.class)).isInstanceOf(IicpModerationModel.class);
                assertThat(context.getBean(ScoringModel.class)).isInstanceOf(IicpScoringModel.class);
            });
            both.withPropertyValues("iicp.primary=false").run(context -> {
                assertThat(context.getBeanProvider(ModerationModel.class).getIfUnique())
                        .isSameAs(context.getBean("foreignModeration"));
                assertThat(context.getBeanProvider(ScoringModel.class).getIfUnique())
                        .isSameAs(context.getBean("foreignScoring"));
            });
            both.run(context -> assertThat(
                            context.getBeanProvider(ModerationModel.class).getIfUnique())
                    .isNull());
        }
    }

    /** A prefix of properties and one call of the model they are about. */
    private record Kind(String prefix, String model, String total, Consumer<ApplicationContext> call) {}

    private static final List<Kind> KINDS = List.of(
            new Kind("spring.ai.iicp.moderation.", "model", "total-timeout", context -> context.getBean(
                            ModerationModel.class)
                    .call(new ModerationPrompt("x"))),
            new Kind("spring.ai.iicp.audio.transcription.", "model", "total-timeout", context -> context.getBean(
                            TranscriptionModel.class)
                    .transcribe(new ByteArrayResource(new byte[] {1}))),
            new Kind("spring.ai.iicp.audio.speech.", "model", "total-timeout", context -> context.getBean(
                            TextToSpeechModel.class)
                    .call("x")),
            new Kind("iicp.langchain4j.moderation.", "model-name", "timeout", context -> context.getBean(
                            dev.langchain4j.model.moderation.ModerationModel.class)
                    .moderate("x")),
            new Kind(
                    "iicp.langchain4j.scoring.", "model-name", "timeout", context -> context.getBean(ScoringModel.class)
                            .score("x", "which?")),
            new Kind("iicp.langchain4j.transcription.", "model-name", "timeout", context -> context.getBean(
                            AudioTranscriptionModel.class)
                    .transcribeToText(Audio.builder().binaryData(new byte[] {1}).build())),
            new Kind("iicp.langchain4j.speech.", "model-name", "timeout", context -> context.getBean(
                            dev.langchain4j.model.audio.TextToSpeechModel.class)
                    .synthesize("x")));

    static Stream<Arguments> kinds() {
        return KINDS.stream().map(kind -> argumentSet(kind.prefix(), kind));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void routing_reaches_the_node(Kind kind) {
        runner.withPropertyValues(
                        kind.prefix() + kind.model() + "=other-demo",
                        kind.prefix() + "qos=batch",
                        kind.prefix() + "priority=low",
                        kind.prefix() + "node=recorder-node",
                        kind.prefix() + kind.total() + "=7s")
                .run(context -> {
                    kind.call().accept(context);

                    Task task = ENGINE.lastTask();
                    assertThat(Json.text(task.payload())).contains("\"model\":\"other-demo\"");
                    assertThat(task.constraints().toString()
                                    + task.constraints().timeout())
                            .containsIgnoringCase("batch")
                            .contains("LOW", "PT6");
                });
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void wishes_reach_the_directory(Kind kind) {
        runner.withPropertyValues(kind.prefix() + "region=us-east", kind.prefix() + "min-reputation=0.01")
                .run(context -> {
                    kind.call().accept(context);

                    assertThat(directory.asked())
                            .last()
                            .asString()
                            .contains("/v1/discover", "region=us-east", "min_reputation=0.01");
                });
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void one_node_can_be_demanded(Kind kind) {
        int before = ENGINE.tasks().size();
        runner.withPropertyValues(kind.prefix() + "node=nobody", kind.prefix() + kind.total() + "=2s")
                .run(context -> assertThat(catchThrowable(() -> kind.call().accept(context)))
                        .isInstanceOf(RuntimeException.class));
        assertThat(ENGINE.tasks()).hasSize(before);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void values_out_of_range_fail_the_start(Kind kind) {
        for (String property : List.of("max-attempts=0", "min-reputation=2", kind.total() + "=5m")) {
            runner.withPropertyValues(kind.prefix() + property).run(context -> assertThat(context)
                    .as(property)
                    .getFailure()
                    .rootCause()
                    .isInstanceOfAny(IllegalArgumentException.class, network.iicp.protocol.ConfigurationException.class)
                    .hasMessageContaining("must be"));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    spring.ai.iicp.audio.speech.            | voice=nova        | "voice":"nova"
                    spring.ai.iicp.audio.speech.            | format=wav        | "response_format":"wav"
                    spring.ai.iicp.audio.speech.            | speed=1.5         | "speed":1.5
                    spring.ai.iicp.audio.transcription.     | language=de       | "language":"de"
                    spring.ai.iicp.audio.transcription.     | prompt=names      | "prompt":"names"
                    spring.ai.iicp.audio.transcription.     | temperature=0.5   | "temperature":0.5
                    iicp.langchain4j.speech.                | voice=nova        | "voice":"nova"
                    iicp.langchain4j.speech.                | format=wav        | "response_format":"wav"
                    iicp.langchain4j.speech.                | speed=1.5         | "speed":1.5
                    """)
    void options_reach_the_engine(String prefix, String property, String member) {
        Kind kind = KINDS.stream()
                .filter(candidate -> candidate.prefix().equals(prefix))
                .findFirst()
                .orElseThrow();
        runner.withPropertyValues(prefix + property).run(context -> {
            kind.call().accept(context);

            assertThat(Json.text(ENGINE.lastTask().payload())).contains(member);
        });
    }

    @Test
    void listeners_hear_of_moderations() {
        AtomicInteger requests = new AtomicInteger();
        ModerationModelListener listener = new ModerationModelListener() {
            @Override
            public void onRequest(ModerationModelRequestContext context) {
                requests.incrementAndGet();
            }
        };
        runner.withBean(ModerationModelListener.class, () -> listener).run(context -> {
            context.getBean(dev.langchain4j.model.moderation.ModerationModel.class)
                    .moderate("x");

            assertThat(requests).hasValue(1);
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnModels {
        @Bean
        IicpModerationModel ownModeration(IicpClient client) {
            return IicpModerationModel.builder().client(client).build();
        }

        @Bean
        IicpTranscriptionModel ownTranscription(IicpClient client) {
            return IicpTranscriptionModel.builder().client(client).build();
        }

        @Bean
        IicpTextToSpeechModel ownSpeech(IicpClient client) {
            return IicpTextToSpeechModel.builder().client(client).build();
        }

        @Bean
        IicpScoringModel ownScoring(IicpClient client) {
            return IicpScoringModel.builder().client(client).build();
        }

        @Bean
        IicpAudioTranscriptionModel ownLangChain4jTranscription(IicpClient client) {
            return IicpAudioTranscriptionModel.builder().client(client).build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ForeignModels {
        @Bean
        ModerationModel foreignModeration() {
            return new ModerationModel() {
                @Override
                public ModerationResponse call(ModerationPrompt prompt) {
                    throw new IllegalStateException("not asked");
                }
            };
        }

        @Bean
        ScoringModel foreignScoring() {
            return (segments, query) -> {
                throw new IllegalStateException("not asked");
            };
        }
    }
}
