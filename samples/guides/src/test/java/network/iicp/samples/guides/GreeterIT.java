package network.iicp.samples.guides;

import static org.assertj.core.api.Assertions.assertThat;

import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

@SpringBootTest(classes = Greeter.class)
@EnableAutoConfiguration
@ExtendWith(OutputCaptureExtension.class)
class GreeterIT {

    static final LocalMesh mesh = LocalMesh.start(setup -> setup.node(
            DemoBackend.builder().answer("hello", "Hello, dear test!").build()));

    @DynamicPropertySource
    static void directory(DynamicPropertyRegistry properties) {
        properties.add("iicp.directory-url", mesh::directoryUrl);
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    @Autowired
    ChatModel chatModel;

    @Test
    void the_model_answers_through_the_mesh() {
        assertThat(chatModel.call("Hello?")).isEqualTo("Hello, dear test!");
    }

    @Test
    void the_greeter_of_the_readme_says_hello(CapturedOutput output) {
        Greeter greeter = new Greeter();
        greeter.chatModel = chatModel;

        greeter.run();

        assertThat(output).contains("Hello, dear test!");
    }
}
