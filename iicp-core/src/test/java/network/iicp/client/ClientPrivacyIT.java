package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import network.iicp.IicpClient;
import network.iicp.protocol.chat.ChatRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** What a consumer says in logs and failures, and what it keeps to itself. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ClientPrivacyIT {

    private static final String QUESTION = "my-private-question";
    private static final String ANSWER = "a-private-answer";
    private static final String NODE_TOKEN = "the-secret-of-this-node";
    private static final String CREDENTIAL = "the-credential-for-nodes";

    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Logger root = ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("network.iicp");
    private final AppenderBase<ILoggingEvent> recorder = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            String trace =
                    event.getThrowableProxy() == null ? "" : ThrowableProxyUtil.asString(event.getThrowableProxy());
            lines.add(event.getFormattedMessage() + trace);
        }
    };

    private final FakeDirectory directory = new FakeDirectory();
    private final List<FakeNode> nodes = new ArrayList<>();
    private Level before;

    @BeforeEach
    void record() {
        before = root.getLevel();
        root.setLevel(Level.TRACE);
        recorder.start();
        root.addAppender(recorder);
    }

    @AfterEach
    void stop() {
        root.detachAppender(recorder);
        root.setLevel(before);
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
        List<String> said = new ArrayList<>(lines);
        failures.forEach(failure -> said.add(told(failure)));
        assertThat(lines).as("the client says something at all").anyMatch(line -> line.contains("Selected"));
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
