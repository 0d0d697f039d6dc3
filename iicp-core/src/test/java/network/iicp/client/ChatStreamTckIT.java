package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import network.iicp.IicpClient;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.testng.SkipException;

/** The conformance kit of Reactive Streams, written for TestNG, as JUnit tests over streams from a node on loopback. */
class ChatStreamTckIT {

    private static final long TIME_OUT_MILLIS = 5_000;
    private static final long NOTHING_HAPPENS_MILLIS = 100;

    private final FakeMesh mesh = new FakeMesh();

    @AfterEach
    void close() {
        mesh.close();
    }

    @TestFactory
    Stream<DynamicTest> a_streamed_chat_is_a_publisher_by_the_rules() {
        mesh.node(ChatStreamTckIT::answer).streaming();
        IicpClient client = mesh.client();
        IicpClient closed = mesh.client();
        closed.close();
        List<Method> rules = Arrays.stream(Verification.class.getMethods())
                .filter(method -> method.isAnnotationPresent(org.testng.annotations.Test.class))
                .toList();
        assertThat(rules).hasSizeGreaterThan(30);
        return rules.stream()
                .map(rule ->
                        DynamicTest.dynamicTest(rule.getName(), () -> check(rule, new Verification(client, closed))));
    }

    /** As many deltas as the question says. */
    private static void answer(FakeNode.Job job) throws Exception {
        Map<?, ?> question = (Map<?, ?>) ((List<?>) job.payload().get("messages")).get(0);
        int deltas = Integer.parseInt((String) question.get("content"));
        job.accept();
        for (int i = 0; i < deltas; i++) {
            job.delta("x");
        }
        job.end();
    }

    private static void check(Method rule, Verification verification) throws Exception {
        verification.setUp();
        try {
            rule.invoke(verification);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof SkipException skipped) {
                abort(skipped.getMessage());
            }
            throw new AssertionError(rule.getName(), e.getCause());
        }
    }

    /** Streams of as many events as the rule wants: deltas, then the whole answer. */
    public static final class Verification extends FlowPublisherVerification<ChatEvent> {

        private final IicpClient client;
        private final IicpClient closed;

        Verification(IicpClient client, IicpClient closed) {
            super(new TestEnvironment(TIME_OUT_MILLIS, NOTHING_HAPPENS_MILLIS));
            this.client = client;
            this.closed = closed;
        }

        @Override
        public Flow.Publisher<ChatEvent> createFlowPublisher(long elements) {
            // A stream has at least its last event.
            return client.chatStream(ChatRequest.of(Long.toString(Math.max(0, elements - 1))));
        }

        @Override
        public Flow.Publisher<ChatEvent> createFailedFlowPublisher() {
            return closed.chatStream(ChatRequest.of("1"));
        }

        @Override
        public long maxElementsFromPublisher() {
            return 1_000;
        }
    }
}
