package network.iicp.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import network.iicp.IicpClient;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import network.iicp.springai.IicpChatModel;
import network.iicp.springai.IicpChatOptions;
import network.iicp.springai.IicpEmbeddingModel;
import network.iicp.springai.IicpEmbeddingOptions;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.document.Document;
import org.springframework.ai.document.MetadataMode;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SpringAiAutoConfigurationTest {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    IicpClientAutoConfiguration.class,
                    IicpChatAutoConfiguration.class,
                    IicpEmbeddingAutoConfiguration.class))
            .withPropertyValues("iicp.directory-url=http://127.0.0.1:9480/api");

    @Nested
    class Which_models_are_set_up {
        @Test
        void both_when_nothing_is_said() {
            runner.run(context -> assertThat(context)
                    .hasSingleBean(IicpChatModel.class)
                    .hasSingleBean(IicpEmbeddingModel.class)
                    .hasBean("iicpChatModel")
                    .hasBean("iicpEmbeddingModel"));
        }

        @Test
        void both_when_they_are_named() {
            runner.withPropertyValues("spring.ai.model.chat=iicp", "spring.ai.model.embedding=iicp")
                    .run(context -> assertThat(context)
                            .hasSingleBean(IicpChatModel.class)
                            .hasSingleBean(IicpEmbeddingModel.class));
        }

        @ParameterizedTest
        @ValueSource(strings = {"none", "ollama", "openai"})
        void no_chat_model_when_another_is_named(String name) {
            runner.withPropertyValues("spring.ai.model.chat=" + name).run(context -> assertThat(context)
                    .hasNotFailed()
                    .doesNotHaveBean(IicpChatModel.class)
                    .doesNotHaveBean(IicpChatProperties.class)
                    .hasSingleBean(IicpEmbeddingModel.class));
        }

        @ParameterizedTest
        @ValueSource(strings = {"none", "ollama", "openai"})
        void no_embedding_model_when_another_is_named(String name) {
            runner.withPropertyValues("spring.ai.model.embedding=" + name).run(context -> assertThat(context)
                    .hasNotFailed()
                    .doesNotHaveBean(IicpEmbeddingModel.class)
                    .doesNotHaveBean(IicpEmbeddingProperties.class)
                    .hasSingleBean(IicpChatModel.class));
        }

        @Test
        void none_when_everything_is_switched_off() {
            runner.withPropertyValues("iicp.enabled=false").run(context -> assertThat(context)
                    .hasNotFailed()
                    .doesNotHaveBean(ChatModel.class)
                    .doesNotHaveBean(EmbeddingModel.class));
        }

        @Test
        void none_without_Spring_AI() {
            runner.withClassLoader(new FilteredClassLoader("org.springframework.ai", "network.iicp.springai"))
                    .run(context -> assertThat(context)
                            .hasNotFailed()
                            .hasSingleBean(IicpClient.class)
                            .doesNotHaveBean("iicpChatModel")
                            .doesNotHaveBean("iicpEmbeddingModel"));
        }

        @Test
        void own_ones_are_left_alone() {
            runner.withUserConfiguration(OwnModels.class).run(context -> assertThat(context)
                    .hasSingleBean(IicpChatModel.class)
                    .hasSingleBean(IicpEmbeddingModel.class)
                    .hasBean("ownChatModel")
                    .doesNotHaveBean("iicpChatModel")
                    .doesNotHaveBean("iicpEmbeddingModel"));
        }
    }

    @Nested
    class Beside_another_chat_model {
        private final ApplicationContextRunner both = runner.withUserConfiguration(ForeignModel.class);

        @Test
        void the_mesh_is_one_candidate_among_others() {
            both.run(context -> {
                assertThat(context).getBeans(ChatModel.class).containsOnlyKeys("foreignChatModel", "iicpChatModel");
                assertThat(context.getBeanProvider(ChatModel.class).getIfUnique())
                        .isNull();
            });
        }

        @Test
        void the_mesh_is_injected_when_it_is_primary() {
            both.withPropertyValues("iicp.primary=true")
                    .run(context -> assertThat(context.getBean(ChatModel.class)).isInstanceOf(IicpChatModel.class));
        }

        @Test
        void the_other_is_injected_when_the_mesh_is_not_primary() {
            both.withPropertyValues("iicp.primary=false")
                    .withUserConfiguration(WantsChatModel.class)
                    .run(context -> {
                        assertThat(context.getBean(WantsChatModel.class).model).isInstanceOf(Foreign.class);
                        assertThat(context).hasSingleBean(IicpChatModel.class);
                    });
        }

        @Test
        void the_mesh_can_be_asked_for_by_name_when_it_is_not_primary() {
            both.withPropertyValues("iicp.primary=false")
                    .run(context -> assertThat(context.getBean("iicpChatModel", ChatModel.class))
                            .isInstanceOf(IicpChatModel.class));
        }

        @Test
        void the_environment_variable_works_as_well() {
            new ApplicationContextRunner(() -> Environments.withVariables(
                            Map.of("IICP_PRIMARY", "true", "IICP_DIRECTORY_URL", "http://127.0.0.1:9480/api")))
                    .withConfiguration(
                            AutoConfigurations.of(IicpClientAutoConfiguration.class, IicpChatAutoConfiguration.class))
                    .withUserConfiguration(ForeignModel.class)
                    .run(context -> assertThat(context.getBean(ChatModel.class)).isInstanceOf(IicpChatModel.class));
        }
    }

    @Nested
    class Properties_of_chats {
        static final List<Arguments> OPTIONS = List.of(
                row("model=llama3", IicpChatOptions::getModel, "llama3"),
                row("temperature=0.5", IicpChatOptions::getTemperature, 0.5),
                row("top-p=0.9", IicpChatOptions::getTopP, 0.9),
                row("top-k=40", IicpChatOptions::getTopK, 40),
                row("max-tokens=100", IicpChatOptions::getMaxTokens, 100),
                row("frequency-penalty=0.1", IicpChatOptions::getFrequencyPenalty, 0.1),
                row("presence-penalty=0.2", IicpChatOptions::getPresencePenalty, 0.2),
                row("stop-sequences=END,STOP", IicpChatOptions::getStopSequences, List.of("END", "STOP")),
                row("seed=42", IicpChatOptions::getSeed, 42L),
                row("parallel-tool-calls=false", IicpChatOptions::getParallelToolCalls, false),
                row("user=u-1", IicpChatOptions::getUser, "u-1"),
                row("region=eu-central", IicpChatOptions::getRegion, "eu-central"),
                row("min-reputation=0.7", IicpChatOptions::getMinReputation, 0.7),
                row("qos=best-effort", IicpChatOptions::getQos, Qos.BEST_EFFORT),
                row("priority=high", IicpChatOptions::getPriority, Priority.HIGH),
                row("node=node-1", IicpChatOptions::getNode, "node-1"),
                row("max-attempts=2", IicpChatOptions::getMaxAttempts, 2),
                row("total-timeout=20s", IicpChatOptions::getTotalTimeout, Duration.ofSeconds(20)),
                row("first-event-timeout=4s", IicpChatOptions::getFirstEventTimeout, Duration.ofSeconds(4)));

        private static Arguments row(String property, Function<IicpChatOptions, Object> option, Object expected) {
            return argumentSet(property, property, option, expected);
        }

        @ParameterizedTest
        @FieldSource("OPTIONS")
        void become_options(String property, Function<IicpChatOptions, Object> option, Object expected) {
            runner.withPropertyValues("spring.ai.iicp.chat." + property).run(context -> assertThat(
                            option.apply(context.getBean(IicpChatModel.class).getOptions()))
                    .isEqualTo(expected));
        }

        @Test
        void leave_everything_open_when_absent() {
            runner.run(
                    context -> assertThat(context.getBean(IicpChatModel.class).getOptions())
                            .isEqualTo(IicpChatOptions.builder().build()));
        }

        @ParameterizedTest
        @ValueSource(strings = {"temperature=3", "top-p=2", "max-tokens=0", "min-reputation=2", "total-timeout=5m"})
        void out_of_range_fail_the_start(String property) {
            runner.withPropertyValues("spring.ai.iicp.chat." + property).run(context -> assertThat(context)
                    .getFailure()
                    .rootCause()
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("must be between"));
        }
    }

    @Nested
    class Properties_of_embeddings {
        static final List<Arguments> OPTIONS = List.of(
                row("model=nomic", IicpEmbeddingOptions::getModel, "nomic"),
                row("dimensions=256", IicpEmbeddingOptions::getDimensions, 256),
                row("region=eu-central", IicpEmbeddingOptions::getRegion, "eu-central"),
                row("min-reputation=0.7", IicpEmbeddingOptions::getMinReputation, 0.7),
                row("qos=interactive", IicpEmbeddingOptions::getQos, Qos.INTERACTIVE),
                row("priority=low", IicpEmbeddingOptions::getPriority, Priority.LOW),
                row("node=node-1", IicpEmbeddingOptions::getNode, "node-1"),
                row("max-attempts=2", IicpEmbeddingOptions::getMaxAttempts, 2),
                row("total-timeout=20s", IicpEmbeddingOptions::getTotalTimeout, Duration.ofSeconds(20)));

        private static Arguments row(String property, Function<IicpEmbeddingOptions, Object> option, Object expected) {
            return argumentSet(property, property, option, expected);
        }

        @ParameterizedTest
        @FieldSource("OPTIONS")
        void become_options(String property, Function<IicpEmbeddingOptions, Object> option, Object expected) {
            runner.withPropertyValues("spring.ai.iicp.embedding." + property).run(context -> assertThat(option.apply(
                            context.getBean(IicpEmbeddingModel.class).getOptions()))
                    .isEqualTo(expected));
        }

        @Test
        void say_which_metadata_is_embedded() {
            Document document = new Document("text", Map.of("author", "Ada"));

            runner.withPropertyValues("spring.ai.iicp.embedding.metadata-mode=" + MetadataMode.NONE)
                    .run(context -> assertThat(
                                    context.getBean(IicpEmbeddingModel.class).getEmbeddingContent(document))
                            .isEqualTo("text"));
            runner.run(context -> assertThat(
                            context.getBean(IicpEmbeddingModel.class).getEmbeddingContent(document))
                    .contains("text", "Ada"));
        }
    }

    private static final class Foreign implements ChatModel {
        @Override
        public ChatResponse call(Prompt prompt) {
            return new ChatResponse(List.of());
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ForeignModel {
        @Bean
        ChatModel foreignChatModel() {
            return new Foreign();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class WantsChatModel {
        private final ChatModel model;

        WantsChatModel(ChatModel model) {
            this.model = model;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnModels {
        @Bean
        IicpChatModel ownChatModel(IicpClient client) {
            return IicpChatModel.builder()
                    .client(client)
                    .observationRegistry(ObservationRegistry.NOOP)
                    .build();
        }

        @Bean
        IicpEmbeddingModel ownEmbeddingModel(IicpClient client) {
            return IicpEmbeddingModel.builder().client(client).build();
        }
    }
}
