package network.iicp.langchain4j;

import java.util.Map;
import network.iicp.IicpClient;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import network.iicp.backend.DemoPrompt;
import network.iicp.backend.DemoReply;

/**
 * A mesh on loopback for LangChain4j's conformance kit: a directory and two nodes, whose demo engines know the answers that the kit
 * asks for. Everything else, tools and schemas included, the engines work out by their own rules.
 */
final class TckMesh implements AutoCloseable {

    static final String MODEL = "iicp-demo";
    static final String OTHER_MODEL = "iicp-demo-large";

    private final LocalMesh mesh;
    private final IicpClient client;

    private TckMesh() {
        mesh = LocalMesh.start(m -> m.node(engine()).node(engine()));
        client = mesh.client();
    }

    static TckMesh start() {
        return new TckMesh();
    }

    IicpClient client() {
        return client;
    }

    @Override
    public void close() {
        mesh.close();
    }

    static DemoBackend engine() {
        return DemoBackend.builder()
                .models(MODEL, OTHER_MODEL)
                .answer(
                        prompt -> asks(prompt, "capital of Germany") && prompt.wantsJson(),
                        DemoReply.text("{\"city\": \"Berlin\"}"))
                .answer("capital of Germany", "The capital of Germany is Berlin, and two plus two is four.")
                .answer("I love you", "Ich liebe dich.")
                .answer("my favorite color\\?", "Your favorite color is green.")
                .answer("Hello World", "Hello World")
                .answer("see on these images", "One shows a cat, the other one shows dice.")
                .answer("What do you see", "It is a cat.")
                .answer("long story", "Once upon a time there lived a fox. ".repeat(50))
                .answer(
                        prompt -> asks(prompt, "in parallel")
                                && prompt.toolReplies().isEmpty(),
                        DemoReply.toolCalls(
                                new DemoReply.Call("getWeather", Map.of("city", "Munich")),
                                new DemoReply.Call("getTime", Map.of("country", "France"))))
                .answer(
                        prompt -> asks(prompt, "I live in Munich") && prompt.mustCallTool(),
                        DemoReply.toolCall("getWeather", Map.of("city", "Munich")))
                .build();
    }

    private static boolean asks(DemoPrompt prompt, String words) {
        return prompt.toolReplies().isEmpty() && prompt.userText().contains(words);
    }
}
