package network.iicp.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import network.iicp.IicpClient;
import network.iicp.client.CallOptions;
import network.iicp.langchain4j.spi.IicpChatModelBuilderFactory;
import network.iicp.langchain4j.spi.IicpEmbeddingModelBuilderFactory;
import network.iicp.langchain4j.spi.IicpStreamingChatModelBuilderFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ModelBuildersTest {

    /** Nobody listens there; building a model touches no network. */
    private static final String NOWHERE = "http://127.0.0.1:9/api";

    private final IicpClient client = IicpClient.builder().directoryUrl(NOWHERE).build();

    @AfterEach
    void close_the_client() {
        client.close();
    }

    static Stream<Arguments> builders() {
        return Stream.of(
                Arguments.of("IicpChatModel", (Consumer<Source>) s -> s.on(IicpChatModel.builder())),
                Arguments.of("IicpStreamingChatModel", (Consumer<Source>) s -> s.on(IicpStreamingChatModel.builder())),
                Arguments.of("IicpEmbeddingModel", (Consumer<Source>) s -> s.on(IicpEmbeddingModel.builder())),
                Arguments.of("IicpModelCatalog", (Consumer<Source>) s -> s.on(IicpModelCatalog.builder())),
                Arguments.of("IicpModerationModel", (Consumer<Source>) s -> s.on(IicpModerationModel.builder())),
                Arguments.of("IicpScoringModel", (Consumer<Source>) s -> s.on(IicpScoringModel.builder())),
                Arguments.of("IicpAudioTranscriptionModel", (Consumer<Source>)
                        s -> s.on(IicpAudioTranscriptionModel.builder())),
                Arguments.of("IicpTextToSpeechModel", (Consumer<Source>) s -> s.on(IicpTextToSpeechModel.builder())));
    }

    /** Where a model gets its client from; the builders share these setters and no type. */
    private record Source(IicpClient client, String directoryUrl) {
        void on(ChatModelBuilder<?> builder) {
            close(builder.client(client)
                    .directoryUrl(directoryUrl)
                    .setup(name(builder))
                    .lease());
        }

        void on(IicpEmbeddingModel.Builder builder) {
            close(builder.client(client).directoryUrl(directoryUrl).build());
        }

        void on(MeshModelBuilder<?> builder) {
            close(builder.client(client).directoryUrl(directoryUrl).model(name(builder)));
        }

        void on(IicpModelCatalog.Builder builder) {
            close(builder.client(client).directoryUrl(directoryUrl).build());
        }

        private static String name(Object builder) {
            return builder.getClass().getEnclosingClass().getSimpleName();
        }

        private static void close(AutoCloseable model) {
            try {
                model.close();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("builders")
    void prompts_go_nowhere_unless_somebody_says_where(String model, Consumer<Source> build) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> build.accept(new Source(null, null)))
                .withMessageStartingWith(model + " needs client(IicpClient) or directoryUrl(String)");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("builders")
    void a_client_has_a_directory_already(String model, Consumer<Source> build) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> build.accept(new Source(client, NOWHERE)))
                .withMessageContaining(model + " got both");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("builders")
    void a_directory_needs_a_URL(String model, Consumer<Source> build) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> build.accept(new Source(null, "not a url")))
                .withMessageContaining("not a url");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> build.accept(new Source(null, "ftp://example.org")))
                .withMessageContaining("ftp://example.org");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("builders")
    void either_will_do(String model, Consumer<Source> build) {
        build.accept(new Source(client, null));
        build.accept(new Source(null, NOWHERE));
        build.accept(new Source(null, "public"));
    }

    @Test
    void options_of_models_without_parameters_are_checked_when_they_are_built() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IicpModerationModel.builder()
                        .directoryUrl(NOWHERE)
                        .routing(CallOptions.DEFAULT.withTotal(Duration.ofMinutes(3)))
                        .build())
                .withMessageContaining("total time limit");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IicpTextToSpeechModel.builder().speed(5.0))
                .withMessageContaining("5.0");
    }

    @Test
    void models_without_parameters_name_what_they_ask_for() {
        try (IicpModerationModel moderation = IicpModerationModel.builder()
                        .client(client)
                        .modelName("m")
                        .build();
                IicpScoringModel scoring =
                        IicpScoringModel.builder().client(client).modelName("m").build()) {
            assertThat(moderation.modelName()).isEqualTo("m");
            assertThat(IicpModerationModel.builder().client(client).build().modelName())
                    .isEqualTo("unknown");
            assertThat(moderation.provider()).isEqualTo(ModelProvider.OTHER);
            assertThat(moderation).hasToString("IicpModerationModel[m]");
            assertThat(scoring.defaultRequestParameters().modelName()).isEqualTo("m");
            assertThat(scoring).hasToString("IicpScoringModel[m]");
        }
    }

    static Stream<Arguments> wrong_values() {
        return Stream.of(
                wrong("temperature", b -> b.temperature(3.0)),
                wrong("topP", b -> b.topP(-0.1)),
                wrong("topK", b -> b.topK(0)),
                wrong("frequencyPenalty", b -> b.frequencyPenalty(2.5)),
                wrong("presencePenalty", b -> b.presencePenalty(-2.5)),
                wrong("maxTokens", b -> b.maxOutputTokens(0)),
                wrong("minReputation", b -> b.minReputation(-1.0)),
                wrong("maxAttempts", b -> b.maxAttempts(0)),
                wrong("total time limit", b -> b.timeout(Duration.ofMinutes(3))),
                wrong("total time limit", b -> b.timeout(Duration.ZERO)),
                wrong("customParameters", b -> b.customParameters(Map.of("x", new Object()))),
                wrong(
                        "temperature",
                        b -> b.defaultRequestParameters(
                                ChatRequestParameters.builder().temperature(9.0).build())));
    }

    private static Arguments wrong(String name, Consumer<IicpChatModel.Builder> value) {
        return Arguments.of(name, value);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrong_values")
    void a_value_that_cannot_work_is_found_when_the_model_is_built(String name, Consumer<IicpChatModel.Builder> value) {
        IicpChatModel.Builder builder = IicpChatModel.builder().client(client);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> {
                    value.accept(builder);
                    builder.build();
                })
                .withMessageContaining(name);
    }

    @Test
    void what_cannot_be_carried_is_found_when_the_model_is_built() {
        ToolSpecification strict =
                ToolSpecification.builder().name("weather").strict(true).build();

        assertThatThrownBy(() -> IicpChatModel.builder()
                        .client(client)
                        .toolSpecifications(List.of(strict))
                        .build())
                .isExactlyInstanceOf(UnsupportedFeatureException.class);
        assertThatThrownBy(() -> IicpEmbeddingModel.builder()
                        .client(client)
                        .defaultRequestParameters(EmbeddingRequestParameters.builder()
                                .inputType(EmbeddingInputType.QUERY)
                                .build())
                        .build())
                .isExactlyInstanceOf(UnsupportedFeatureException.class)
                .hasMessageContaining("inputType");
    }

    @Test
    void tools_may_come_with_the_request_that_must_call_one() {
        assertThat(IicpChatModel.builder()
                        .client(client)
                        .toolChoice(ToolChoice.REQUIRED)
                        .build()
                        .defaultRequestParameters()
                        .toolChoice())
                .isEqualTo(ToolChoice.REQUIRED);
    }

    @Test
    void embedding_builders_check_their_values() {
        IicpEmbeddingModel.Builder builder = IicpEmbeddingModel.builder().client(client);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.maxSegmentsPerBatch(0))
                .withMessageContaining("maxSegmentsPerBatch");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.dimensions(0).build())
                .withMessageContaining("dimensions");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.dimensions(1).minReputation(2.0).build())
                .withMessageContaining("minReputation");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        IicpModelCatalog.builder().client(client).region(" ").build())
                .withMessageContaining("region");
    }

    @Test
    void a_setter_wins_over_the_default_parameters() {
        IicpChatModel model = IicpChatModel.builder()
                .client(client)
                .temperature(0.1)
                .defaultRequestParameters(IicpChatRequestParameters.builder()
                        .temperature(0.9)
                        .topK(5)
                        .region("eu-central")
                        .build())
                .build();

        assertThat(model.defaultRequestParameters())
                .isEqualTo(IicpChatRequestParameters.builder()
                        .temperature(0.1)
                        .topK(5)
                        .region("eu-central")
                        .build());
    }

    @Test
    void models_say_what_they_are() {
        ChatModelListener listener = new ChatModelListener() {};
        IicpStreamingChatModel streaming = IicpStreamingChatModel.builder()
                .client(client)
                .modelName("llama3:8b")
                .listeners(listener)
                .supportedCapabilities(Capability.RESPONSE_FORMAT_JSON_SCHEMA)
                .firstEventTimeout(Duration.ofSeconds(2))
                .build();
        IicpEmbeddingModel embedding = IicpEmbeddingModel.builder()
                .client(client)
                .modelName("bge-m3")
                .dimensions(1024)
                .build();

        assertThat(streaming.provider()).isEqualTo(ModelProvider.OTHER);
        assertThat(streaming.listeners()).containsExactly(listener);
        assertThat(streaming.supportedCapabilities()).containsExactly(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
        assertThat(streaming.defaultRequestParameters().firstEventTimeout()).isEqualTo(Duration.ofSeconds(2));
        assertThat(streaming).hasToString("IicpStreamingChatModel[llama3:8b]");
        assertThat(embedding.modelName()).isEqualTo("bge-m3");
        assertThat(embedding.dimension()).isEqualTo(1024);
        assertThat(embedding).hasToString("IicpEmbeddingModel[bge-m3]");
        assertThat(IicpChatModel.builder().client(client).build().supportedCapabilities())
                .isEqualTo(Set.of());
        assertThat(IicpEmbeddingModel.builder().client(client).build().modelName())
                .isEqualTo("unknown");
    }

    @Test
    void a_model_closes_its_own_client_and_leaves_a_shared_one_open() {
        IicpChatModel own = IicpChatModel.builder().directoryUrl(NOWHERE).build();
        IicpChatModel sharing = IicpChatModel.builder().client(client).build();

        own.close();
        own.close();
        sharing.close();

        assertThatThrownBy(() -> own.chat("hi"))
                .isExactlyInstanceOf(NonRetriableException.class)
                .hasMessageContaining("client is closed");
        assertThatThrownBy(() -> sharing.chat("hi")).message().doesNotContain("closed");
    }

    @Nested
    @DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
    class With_builder_factories_on_the_class_path {

        @Test
        void they_give_the_builders(@TempDir Path folder) throws IOException {
            Path services = Files.createDirectories(folder.resolve("META-INF/services"));
            for (Class<?> factory : List.of(ChatFactory.class, StreamingFactory.class, EmbeddingFactory.class)) {
                Files.writeString(services.resolve(factory.getInterfaces()[0].getName()), factory.getName());
            }
            try (URLClassLoader loader = new URLClassLoader(
                    new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {

                assertThat(inContext(loader, IicpChatModel::builder)).isSameAs(ChatFactory.BUILDER);
                assertThat(inContext(loader, IicpStreamingChatModel::builder)).isSameAs(StreamingFactory.BUILDER);
                assertThat(inContext(loader, IicpEmbeddingModel::builder)).isSameAs(EmbeddingFactory.BUILDER);
            }
        }

        private static <T> T inContext(ClassLoader loader, Supplier<T> action) {
            Thread thread = Thread.currentThread();
            ClassLoader before = thread.getContextClassLoader();
            thread.setContextClassLoader(loader);
            try {
                return action.get();
            } finally {
                thread.setContextClassLoader(before);
            }
        }
    }

    public static final class ChatFactory implements IicpChatModelBuilderFactory {
        private static final IicpChatModel.Builder BUILDER = new IicpChatModel.Builder() {};

        @Override
        public IicpChatModel.Builder get() {
            return BUILDER;
        }
    }

    public static final class StreamingFactory implements IicpStreamingChatModelBuilderFactory {
        private static final IicpStreamingChatModel.Builder BUILDER = new IicpStreamingChatModel.Builder() {};

        @Override
        public IicpStreamingChatModel.Builder get() {
            return BUILDER;
        }
    }

    public static final class EmbeddingFactory implements IicpEmbeddingModelBuilderFactory {
        private static final IicpEmbeddingModel.Builder BUILDER = new IicpEmbeddingModel.Builder() {};

        @Override
        public IicpEmbeddingModel.Builder get() {
            return BUILDER;
        }
    }
}
