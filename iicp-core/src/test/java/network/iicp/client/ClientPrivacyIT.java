package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.List;
import network.iicp.IicpClient;
import network.iicp.LogLines;
import network.iicp.protocol.chat.ChatRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a consumer says in logs and failures, and what it keeps to itself. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ClientPrivacyIT {

    private static final String QUESTION = "my-private-question";
    private static final String ANSWER = "a-private-answer";
    private static final String NODE_TOKEN = "the-secret-of-this-node";
    private static final String CREDENTIAL = "the-credential-for-nodes";

    private final LogLines log = LogLines.record();

    private final FakeDirectory directory = new FakeDirectory();
    private final List<FakeNode> nodes = new ArrayList<>();

    @AfterEach
    void stop() {
        log.close();
        nodes.forEach(FakeNode::close);
        directory.close();
    }

    private FakeNode node(String id, FakeNode.Behaviour behaviour) {
        FakeNode node = new FakeNode(id, behaviour);
        nodes.add(node);
        directory.with(node);
        return node;
    }

    private IicpClient client() {
        return IicpClient.builder()
                .directories(List.of(DirectorySettings.builder(directory.url())
                        .nodeToken(NODE_TOKEN)
                        .nodeId("me-1")
                        .build()))
                .nodeCredential(CREDENTIAL)
                .build();
    }

    @Test
    void nothing_of_a_call_is_logged_at_any_level_nor_told_in_its_failures() {
        FakeNode node = node("aaaaaaaa-1", job -> job.say(ANSWER));
        List<Throwable> failures = new ArrayList<>();
        try (IicpClient client = client()) {
            assertThat(client.chat(ChatRequest.of(QUESTION)).text()).isEqualTo(ANSWER);
            StreamProbe.of(client, ChatRequest.of(QUESTION), Long.MAX_VALUE).await();
            node.behave(job -> job.line().json(502, "{\"error\":{\"code\":\"backend_error\"}}"));
            failures.add(catchThrowable(() -> client.chat(ChatRequest.of(QUESTION))));
            node.behave(job -> job.line().json(422, "{\"error\":{\"code\":\"validation_error\"}}"));
            failures.add(catchThrowable(() -> client.chat(ChatRequest.of(QUESTION))));
            node.behave(job -> job.line().whole(200, "text/html", "<html>" + ANSWER + "</html>"));
            failures.add(catchThrowable(() -> client.chat(ChatRequest.of(QUESTION))));
            directory.tokens(FakeDirectory.refusal(401, "unauthorized"));
            node.behave(job -> job.line().json(401, "{\"error\":{\"code\":\"consumer_auth_required\"}}"));
            failures.add(catchThrowable(() -> client.chat(ChatRequest.of(QUESTION))));
        }

        assertThat(failures).hasSize(4).doesNotContainNull();
        List<String> said = new ArrayList<>(log.lines());
        failures.forEach(failure -> said.add(told(failure)));
        assertThat(log.lines()).as("the client says something at all").anyMatch(line -> line.contains("Selected"));
        assertThat(said)
                .noneMatch(line -> line.contains(QUESTION)
                        || line.contains(ANSWER)
                        || line.contains(NODE_TOKEN)
                        || line.contains(CREDENTIAL)
                        || line.contains("-for-aaaaaaaa-1"));
    }

    /** Everything a stack trace would show. */
    private static String told(Throwable failure) {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            text.append(cause).append('\n');
        }
        return text.toString();
    }
}
