package network.iicp.samples.guides;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.chat.ChatModel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import network.iicp.IicpClient;
import network.iicp.IicpNode;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import network.iicp.backend.DemoReply;
import network.iicp.client.selection.RoutingStrategy;
import network.iicp.langchain4j.IicpChatModel;
import network.iicp.protocol.TaskResult;
import network.iicp.spring.boot.IicpNodeLifecycle;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.springframework.ai.audio.transcription.TranscriptionModel;
import org.springframework.ai.audio.tts.TextToSpeechModel;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.moderation.ModerationModel;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;

@DisplayNameGeneration(ReplaceUnderscores.class)
class FrameworkGuidesIT {

    private static LocalMesh mesh;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    @BeforeAll
    static void start() {
        mesh = LocalMesh.start(setup -> setup.node(DemoBackend.create()));
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    private static ApplicationContextRunner application(Class<?>... more) {
        return new ApplicationContextRunner()
                .withUserConfiguration(Application.class)
                .withUserConfiguration(more)
                .withPropertyValues("iicp.directory-url=" + mesh.directoryUrl());
    }

    @Test
    void the_examples_of_LangChain4j_work() {
        IicpClient client = mesh.client();
        ChatModel model = IicpChatModel.builder().client(client).build();

        assertThat(LangChain4jExamples.chat(client)).contains("Hello from IICP!");
        assertThat(LangChain4jExamples.service(model)).contains("What is a mesh network?");
        assertThat(LangChain4jExamples.stream(client).aiMessage().text()).contains("Tell me a story.");
        assertThat(LangChain4jExamples.embed(client).dimension()).isEqualTo(DemoBackend.DEFAULT_DIMENSIONS);
        assertThat(LangChain4jExamples.moderate(client)).isTrue();
        assertThat(LangChain4jExamples.speak(client)).isEqualTo("good morning");
        assertThat(LangChain4jExamples.origin(model))
                .isEqualTo(mesh.nodes().get(0).id().substring(0, 8));
    }

    @Test
    void the_example_of_scoring_works_where_a_chat_model_may_stand_in() {
        DemoReply ranking = DemoReply.text(
                "{\"results\":[{\"index\":0,\"relevance_score\":0.9},{\"index\":1,\"relevance_score\":0.1}]}");
        try (LocalMesh ranked = LocalMesh.start(setup -> setup.node(DemoBackend.builder()
                        .answer(prompt -> prompt.userText().contains("purrs"), ranking)
                        .build()));
                IicpClient client = IicpClient.builder()
                        .directoryUrl(ranked.directoryUrl())
                        .emulation(true)
                        .build()) {
            assertThat(LangChain4jExamples.score(client)).containsExactly(0.9, 0.1);
        }
    }

    @Test
    void the_examples_of_Spring_AI_work() {
        application().run(context -> {
            var chatModel = context.getBean(org.springframework.ai.chat.model.ChatModel.class);

            assertThat(SpringExamples.client(chatModel)).contains("What is a mesh network?");
            SpringExamples.stream(chatModel);
            assertThat(SpringExamples.embed(context.getBean(EmbeddingModel.class)))
                    .hasSize(2);
            assertThat(SpringExamples.moderate(context.getBean(ModerationModel.class), "I hate it"))
                    .isTrue();
            assertThat(SpringExamples.speak(
                            context.getBean(TextToSpeechModel.class), context.getBean(TranscriptionModel.class)))
                    .isEqualTo("good morning");
            assertThat(SpringExamples.origin(SpringExamples.options(chatModel)))
                    .isEqualTo(mesh.nodes().get(0).id().substring(0, 8));
        });
    }

    @Test
    void listeners_and_customizers_are_taken_along() {
        application(SpringExamples.MeshConfiguration.class).run(context -> assertThat(
                        context.getBean(IicpClient.class).settings().strategy())
                .isEqualTo(RoutingStrategy.SOFTMAX_TOP_K));
    }

    @Test
    void an_application_serves_its_handlers() {
        application(SpringExamples.InvoiceConfiguration.class)
                .withPropertyValues(
                        "iicp.node.enabled=true",
                        "iicp.node.port=0",
                        "iicp.node.operator-keys=a-key-of-the-operator",
                        "iicp.client.node-credential=a-key-of-the-operator")
                .run(context -> {
                    IicpNode node =
                            context.getBean(IicpNodeLifecycle.class).node().orElseThrow();
                    node.registered().get(15, TimeUnit.SECONDS);

                    TaskResult result = ConsumerExamples.submit(context.getBean(IicpClient.class));

                    assertThat(result.resultMap())
                            .hasValueSatisfying(answer -> assertThat(answer).containsEntry("category", "hardware"));
                });
    }

    @Test
    void limits_of_a_call_are_the_limits_of_the_client() {
        application().withPropertyValues("iicp.timeouts.total=20s").run(context -> assertThat(
                        context.getBean(IicpClient.class).settings().limits().total())
                .isEqualTo(Duration.ofSeconds(20)));
    }
}
