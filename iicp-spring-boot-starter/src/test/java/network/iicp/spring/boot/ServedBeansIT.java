package network.iicp.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import network.iicp.IicpClient;
import network.iicp.LocalMesh;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.Modality;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.springai.IicpChatModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Applications whose model beans become a provider with one property, at a directory on loopback. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ServedBeansIT {

    private static LocalMesh mesh;

    private final ApplicationContextRunner beans = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(IicpClientAutoConfiguration.class, IicpNodeAutoConfiguration.class))
            .withPropertyValues(
                    "iicp.directory-url=" + mesh.directoryUrl(),
                    "iicp.node.port=0",
                    "iicp.node.enabled=true",
                    "iicp.node.serve=beans");
    private final ApplicationContextRunner open = beans.withPropertyValues("iicp.node.authentication=open");

    @BeforeAll
    static void start() {
        mesh = LocalMesh.start(setup -> setup);
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    @Configuration(proxyBeanMethods = false)
    static class SpringAiModels {
        @Bean
        ChatModel assistant() {
            return new ChatModel() {
                @Override
                public ChatResponse call(Prompt prompt) {
                    return new ChatResponse(List.of(new Generation(new AssistantMessage("from Spring AI"))));
                }

                @Override
                public ChatOptions getOptions() {
                    return ChatOptions.builder().model("gpt-of-mine").build();
                }
            };
        }

        @Bean
        ChatModel mesh(IicpClient client) {
            return IicpChatModel.builder().client(client).build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class LangChain4jModels {
        @Bean
        dev.langchain4j.model.chat.ChatModel whole() {
            return new dev.langchain4j.model.chat.ChatModel() {
                @Override
                public dev.langchain4j.model.chat.response.ChatResponse doChat(
                        dev.langchain4j.model.chat.request.ChatRequest request) {
                    return answer("from LangChain4j");
                }
            };
        }

        @Bean
        StreamingChatModel streaming() {
            return new StreamingChatModel() {
                @Override
                public void doChat(
                        dev.langchain4j.model.chat.request.ChatRequest request, StreamingChatResponseHandler handler) {
                    handler.onPartialResponse("streamed");
                    handler.onCompleteResponse(answer("streamed"));
                }

                @Override
                public ChatRequestParameters defaultRequestParameters() {
                    return ChatRequestParameters.builder()
                            .modelName("stream-of-mine")
                            .build();
                }
            };
        }

        private static dev.langchain4j.model.chat.response.ChatResponse answer(String text) {
            return dev.langchain4j.model.chat.response.ChatResponse.builder()
                    .aiMessage(AiMessage.from(text))
                    .build();
        }
    }

    private static List<String> served(IicpNodeLifecycle lifecycle) throws Exception {
        var node = lifecycle.node().orElseThrow();
        node.registered().get(15, TimeUnit.SECONDS);
        return node.health().models();
    }

    private static String ask(IicpClient client, String model) {
        return client.chat(ChatRequest.builder().user("x").model(model).build())
                .message()
                .text();
    }

    @Test
    void models_of_both_frameworks_are_served_under_their_names_and_those_that_ask_the_mesh_are_not() {
        open.withUserConfiguration(SpringAiModels.class, LangChain4jModels.class)
                .run(context -> {
                    assertThat(served(context.getBean(IicpNodeLifecycle.class)))
                            .containsExactlyInAnyOrder("gpt-of-mine", "whole", "stream-of-mine");
                    IicpClient client = context.getBean(IicpClient.class);
                    assertThat(ask(client, "gpt-of-mine")).isEqualTo("from Spring AI");
                    assertThat(ask(client, "whole")).isEqualTo("from LangChain4j");
                    assertThat(ask(client, "stream-of-mine")).isEqualTo("streamed");
                });
    }

    @Test
    void only_the_models_that_are_named_are_served() {
        open.withUserConfiguration(SpringAiModels.class, LangChain4jModels.class)
                .withPropertyValues("iicp.node.model=whole")
                .run(context -> assertThat(served(context.getBean(IicpNodeLifecycle.class)))
                        .containsExactly("whole"));
    }

    @Test
    void what_models_take_besides_text_is_configured() {
        open.withUserConfiguration(LangChain4jModels.class)
                .withPropertyValues("iicp.node.input-modalities.whole=image,audio")
                .run(context -> {
                    assertThat(context.getBean(IicpNodeProperties.class).inputModalities())
                            .containsEntry("whole", Set.of(Modality.IMAGE, Modality.AUDIO));
                    var engine = new LangChain4jModelBeans(context)
                            .engine(context.getBean(IicpNodeProperties.class).inputModalities())
                            .orElseThrow();
                    assertThat(engine.capabilities().get(0).inputModalities()).contains(Modality.IMAGE, Modality.AUDIO);
                    assertThat(engine.requiresKnownCallers()).isTrue();
                });
    }

    @Test
    void an_application_without_models_says_so_at_start() {
        beans.run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("iicp.node.serve"));
    }

    @Test
    void each_framework_works_without_the_other() {
        open.withClassLoader(new FilteredClassLoader("org.springframework.ai", "network.iicp.springai"))
                .withUserConfiguration(LangChain4jModels.class)
                .run(context -> assertThat(served(context.getBean(IicpNodeLifecycle.class)))
                        .contains("whole"));
        open.withClassLoader(new FilteredClassLoader("dev.langchain4j", "network.iicp.langchain4j"))
                .withUserConfiguration(SpringAiModels.class)
                .run(context -> assertThat(served(context.getBean(IicpNodeLifecycle.class)))
                        .containsExactly("gpt-of-mine"));
    }
}
