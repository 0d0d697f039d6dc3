package network.iicp.samples.quickstart;

import network.iicp.LocalMesh;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.CommandLineRunner;
import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/** Three questions: one answered as a whole, one as a stream, one while a node goes down. */
@Component
@Profile("!web")
final class Tour implements CommandLineRunner {

    private final ChatModel chatModel;
    private final Screen screen;
    private final Outage outage;
    private final ObjectProvider<LocalMesh> mesh;

    @Autowired
    Tour(ChatModel chatModel, Screen screen, Outage outage, ObjectProvider<LocalMesh> mesh) {
        this.chatModel = chatModel;
        this.screen = screen;
        this.outage = outage;
        this.mesh = mesh;
    }

    @Override
    public void run(String... args) {
        ask("What is a mesh network? Answer in one sentence.");
        stream("What happens in a mesh when a node goes down? Answer in three sentences.");
        if (mesh.getIfAvailable() != null) {
            askWhileANodeStops("Are you still there? Answer in one sentence.");
        }
        screen.say(
                "To ask questions of your own, add -Dspring-boot.run.profiles=web to the command.",
                "docs/getting-started.md goes on from here.");
        screen.blank();
    }

    private void ask(String question) {
        begin("1. A whole answer: chatModel.call(question)", question);
        screen.answer(chatModel.call(question));
    }

    private void stream(String question) {
        begin("2. A stream: chatModel.stream(question)", question);
        chatModel.stream(question)
                .doOnNext(screen::more)
                .doFinally(end -> screen.end())
                .blockLast();
    }

    private void askWhileANodeStops(String question) {
        begin("3. A node stops on the way: chatModel.call(question)", question);
        outage.plan();
        screen.answer(chatModel.call(question));
    }

    private void begin(String title, String question) {
        screen.say(title);
        screen.blank();
        screen.step("ask", question);
    }
}
