package network.iicp.springai;

import java.util.Map;
import java.util.stream.Stream;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import network.iicp.backend.DemoReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.test.chat.client.advisor.AbstractToolCallingAdvisorAutoRegistrationIT;
import org.springframework.ai.test.chat.client.advisor.AbstractToolCallingAdvisorIT;

/** Spring AI's own tests of the tool loop of {@code ChatClient}, called and streamed, through a mesh. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ToolLoopTckIT {

    private static LocalMesh mesh;
    private static ChatModel model;

    /** An engine that asks for the weather of every city at once. */
    private static final DemoBackend ENGINE = DemoBackend.builder()
            .answer(
                    prompt -> prompt.toolNames().contains("getCurrentWeather")
                            && prompt.toolReplies().isEmpty(),
                    prompt -> DemoReply.toolCalls(Stream.of("San Francisco", "Tokyo", "Paris")
                            .filter(city -> prompt.userText().contains(city))
                            .map(city -> new DemoReply.Call(
                                    "getCurrentWeather", Map.of("location", city, "lat", 0.0, "lon", 0.0, "unit", "C")))
                            .toArray(DemoReply.Call[]::new)))
            .build();

    @BeforeAll
    static void start() {
        mesh = LocalMesh.start(setup -> setup.node(ENGINE).node(ENGINE));
        model = IicpChatModel.builder().client(mesh.client()).build();
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    @Nested
    class With_the_advisor extends AbstractToolCallingAdvisorIT {
        @Override
        protected ChatModel getChatModel() {
            return model;
        }
    }

    @Nested
    class With_the_advisor_registered_by_itself extends AbstractToolCallingAdvisorAutoRegistrationIT {
        @Override
        protected ChatModel getChatModel() {
            return model;
        }
    }
}
