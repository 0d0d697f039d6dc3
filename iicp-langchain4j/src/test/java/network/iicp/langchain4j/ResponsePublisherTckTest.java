package network.iicp.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.testng.SkipException;

/** The conformance kit of Reactive Streams, which is written for TestNG, as JUnit tests. */
class ResponsePublisherTckTest {

    private static final long TIME_OUT_MILLIS = 1_000;
    private static final long NOTHING_HAPPENS_MILLIS = 50;

    @TestFactory
    Stream<DynamicTest> a_streamed_answer_is_a_publisher_by_the_rules() {
        List<Method> rules = Arrays.stream(Verification.class.getMethods())
                .filter(method -> method.isAnnotationPresent(org.testng.annotations.Test.class))
                .toList();
        assertThat(rules).hasSizeGreaterThan(30);
        return rules.stream().map(rule -> DynamicTest.dynamicTest(rule.getName(), () -> check(rule)));
    }

    private static void check(Method rule) throws Exception {
        Verification verification = new Verification();
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

    /** Streams of as many events as the rule wants: texts, then the whole answer. */
    public static final class Verification extends FlowPublisherVerification<ChatModelStreamingEvent> {

        public Verification() {
            super(new TestEnvironment(TIME_OUT_MILLIS, NOTHING_HAPPENS_MILLIS));
        }

        @Override
        public Flow.Publisher<ChatModelStreamingEvent> createFlowPublisher(long elements) {
            return new ResponsePublisher(() -> Streams.ofEvents(elements), null, DeliveryThreads.INSTANCE);
        }

        @Override
        public Flow.Publisher<ChatModelStreamingEvent> createFailedFlowPublisher() {
            return new ResponsePublisher(
                    () -> {
                        throw new IllegalArgumentException("a bad request");
                    },
                    null,
                    DeliveryThreads.INSTANCE);
        }

        @Override
        public long maxElementsFromPublisher() {
            return 10_000;
        }
    }
}
