package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import network.iicp.IicpClient;
import network.iicp.protocol.Attempt;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.NoProviderException;
import network.iicp.protocol.StreamInterruptedException;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.lifecycle.LifecycleEvent.Type;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ChatStreamIT {

    private static final ChatRequest HELLO = ChatRequest.of("a private question");

    private final FakeMesh mesh = new FakeMesh();

    @AfterEach
    void close() {
        mesh.close();
    }

    @Test
    void deltas_arrive_in_order_and_the_end_holds_the_whole_answer() {
        mesh.node(job -> job.accept().delta("Hel").delta("lo").end()).streaming();
        StreamProbe seen = subscribe(Long.MAX_VALUE);
        assertThat(seen.text()).isEqualTo("Hello");
        ChatResult result = seen.completed();
        assertThat(result.text()).isEqualTo("Hello");
        assertThat(result.usage().totalTokens()).isEqualTo(3);
        assertThat(result.provenance().streamed()).isTrue();
        assertThat(result.provenance().encrypted()).isTrue();
        assertThat(seen.events()).hasSize(3);
    }

    @Test
    void the_first_delta_arrives_before_the_node_sends_the_last() throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        mesh.node(job -> {
                    job.accept().delta("a");
                    assertThat(first.await(10, TimeUnit.SECONDS)).isTrue();
                    job.delta("b").end();
                })
                .streaming();
        StreamProbe seen = StreamProbe.of(mesh.client(), HELLO, Long.MAX_VALUE, event -> first.countDown());
        assertThat(seen.await().text()).isEqualTo("ab");
    }

    static Stream<Arguments> failures_before_the_first_content() {
        return Stream.of(
                Arguments.of("refused", (FakeNode.Behaviour)
                        job -> job.line().json(429, "{\"error\":{\"code\":\"capacity_exceeded\"}}")),
                Arguments.of("html", (FakeNode.Behaviour) job -> job.line().whole(200, "text/html", "<html>")),
                Arguments.of(
                        "cut at once", (FakeNode.Behaviour) job -> job.line().close()),
                Arguments.of("cut after accepted", (FakeNode.Behaviour)
                        job -> job.accept().line().close()),
                Arguments.of("silent after accepted", (FakeNode.Behaviour)
                        job -> job.accept().line().peerClosed()),
                Arguments.of("silent before the headers", (FakeNode.Behaviour)
                        job -> job.line().peerClosed()),
                Arguments.of("failed", (FakeNode.Behaviour)
                        job -> job.accept().failure(Map.of("code", "backend_error", "message", "x"))),
                Arguments.of("ended empty", (FakeNode.Behaviour)
                        job -> job.accept().event(Type.COMPLETED, Map.of("choices", List.of()))),
                Arguments.of("garbage", (FakeNode.Behaviour) job -> job.accept().raw(1, "partial", "not json")),
                Arguments.of("gap", (FakeNode.Behaviour)
                        job -> job.accept().skipOne().delta("late")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("failures_before_the_first_content")
    void before_the_first_content_any_failure_moves_on(String kind, FakeNode.Behaviour behaviour) {
        mesh.node(behaviour).streaming();
        mesh.node(job -> job.accept().delta("from the second").end()).streaming();
        StreamProbe seen = subscribe(Long.MAX_VALUE);
        assertThat(seen.text()).as(kind).isEqualTo("from the second");
        assertThat(seen.completed().provenance().attempts()).hasSize(2);
    }

    static Stream<Arguments> failures_after_content() {
        return Stream.of(
                Arguments.of("cut", (FakeNode.Behaviour)
                        job -> job.accept().delta("so ").delta("far").line().close()),
                Arguments.of("silent", (FakeNode.Behaviour)
                        job -> job.accept().delta("so ").delta("far").line().peerClosed()),
                Arguments.of("failed", (FakeNode.Behaviour) job -> job.accept()
                        .delta("so ")
                        .delta("far")
                        .failure(Map.of("code", "backend_error", "message", "x"))),
                Arguments.of("garbage", (FakeNode.Behaviour)
                        job -> job.accept().delta("so ").delta("far").raw(3, "partial", "{]")),
                Arguments.of("repeated event", (FakeNode.Behaviour) job -> job.accept()
                        .delta("so ")
                        .delta("far")
                        .raw(
                                2,
                                "partial",
                                "{\"task_id\":\""
                                        + job.taskId()
                                        + "\",\"sequence\":2,\"event\":\"partial\",\"is_final\":false}")),
                Arguments.of("in clear", (FakeNode.Behaviour) job -> job.accept()
                        .delta("so ")
                        .delta("far")
                        .raw(
                                3,
                                "completed",
                                "{\"task_id\":\""
                                        + job.taskId()
                                        + "\",\"sequence\":3,\"event\":\"completed\",\"is_final\":true}")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("failures_after_content")
    void after_content_the_stream_ends_in_one_typed_failure_and_nothing_is_replayed(
            String kind, FakeNode.Behaviour behaviour) {
        mesh.node(behaviour).streaming();
        FakeNode second =
                mesh.node(job -> job.accept().delta("never asked").end()).streaming();
        StreamProbe seen = subscribe(Long.MAX_VALUE);
        assertThat(seen.failure()).as(kind).isInstanceOfSatisfying(StreamInterruptedException.class, e -> {
            assertThat(e.textSoFar()).isEqualTo("so far");
            assertThat(e.attempts()).hasSize(1);
            assertThat(e).hasMessageNotContaining("so far");
        });
        assertThat(seen.text()).isEqualTo("so far");
        assertThat(seen.terminals()).isEqualTo(1);
        assertThat(second.payloads()).isEmpty();
    }

    @Test
    void cancelling_stops_the_node_and_nothing_more_is_delivered() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        FakeNode node = mesh.node(job -> {
                    job.accept().delta("one");
                    if (job.line().peerClosed()) {
                        gone.countDown();
                    }
                })
                .streaming();
        AtomicReference<StreamProbe> self = new AtomicReference<>();
        StreamProbe seen = StreamProbe.of(
                mesh.client().chatStream(HELLO), 0, event -> self.get().cancel());
        self.set(seen);
        seen.request(Long.MAX_VALUE);
        assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
        await().until(() -> node.cancelled().size() == 1);
        assertThat(seen.events()).hasSize(1);
        assertThat(seen.terminals()).isZero();
    }

    @Test
    void nothing_is_sent_before_the_first_request_and_nothing_read_without_demand() throws Exception {
        AtomicInteger written = new AtomicInteger();
        FakeNode node = mesh.node(job -> {
                    job.accept();
                    for (int i = 0; i < 1_500; i++) {
                        job.delta("x".repeat(8_000));
                        written.incrementAndGet();
                    }
                    job.end();
                })
                .streaming();
        StreamProbe seen = StreamProbe.of(mesh.client(), HELLO, 0);
        assertThat(node.server().requests()).isEmpty();
        seen.request(2);
        await().until(() -> seen.events().size() == 2);
        await().pollDelay(Duration.ofMillis(500)).until(() -> true);
        assertThat(seen.events()).hasSize(2);
        assertThat(written.get()).as("the node is held back by the socket").isLessThan(1_400);
        seen.request(Long.MAX_VALUE);
        assertThat(seen.await().completed().text()).hasSize(1_500 * 8_000);
    }

    @Test
    void a_demand_of_zero_is_an_error_of_the_subscriber() {
        mesh.node(job -> job.accept().delta("x").end()).streaming();
        StreamProbe seen = StreamProbe.of(mesh.client(), HELLO, 0);
        seen.request(0);
        assertThat(seen.failure()).isInstanceOf(IllegalArgumentException.class);
        assertThat(seen.terminals()).isEqualTo(1);
    }

    @Test
    void every_subscriber_gets_a_call_of_its_own() {
        FakeNode node = mesh.node(job -> job.accept().delta("x").end()).streaming();
        Flow.Publisher<ChatEvent> publisher = mesh.client().chatStream(HELLO);
        StreamProbe one = StreamProbe.of(publisher, Long.MAX_VALUE, event -> {});
        StreamProbe two = StreamProbe.of(publisher, Long.MAX_VALUE, event -> {});
        assertThat(one.await().completed().provenance().taskId())
                .isNotEqualTo(two.await().completed().provenance().taskId());
        assertThat(node.payloads()).hasSize(2);
    }

    @Test
    void a_node_that_does_not_stream_answers_at_once_and_says_so() {
        mesh.node(job -> job.say("all at once"));
        StreamProbe seen = subscribe(Long.MAX_VALUE);
        assertThat(seen.events().get(0)).isEqualTo(new ChatEvent.TextDelta("all at once"));
        assertThat(seen.completed().provenance().streamed()).isFalse();
    }

    @Test
    void nodes_that_stream_go_first() {
        FakeNode buffered = mesh.node(job -> job.say("buffered"));
        mesh.node(job -> job.accept().delta("streamed").end()).streaming();
        assertThat(subscribe(Long.MAX_VALUE).text()).isEqualTo("streamed");
        assertThat(buffered.payloads()).isEmpty();
    }

    @Test
    void paths_are_learned_from_health_when_the_directory_does_not_carry_them() {
        FakeNode node =
                mesh.node(job -> job.accept().delta("x").end()).streaming().withoutAdvertisedPaths();
        assertThat(subscribe(Long.MAX_VALUE).completed().provenance().streamed())
                .isTrue();
        assertThat(node.server().requests())
                .extracting(RawServer.Request::path)
                .containsExactly("/iicp/health", "/v1/task/events");
    }

    @Test
    void when_all_nodes_fail_the_stream_ends_in_one_failure_with_all_attempts() {
        for (int i = 0; i < 3; i++) {
            mesh.node(job -> job.line().close()).streaming();
        }
        StreamProbe seen = subscribe(Long.MAX_VALUE);
        assertThat(seen.failure()).isInstanceOf(NoProviderException.class);
        assertThat(((IicpException) seen.failure()).attempts())
                .extracting(Attempt::outcome)
                .containsOnly("network_error")
                .hasSize(3);
        assertThat(seen.terminals()).isEqualTo(1);
    }

    private StreamProbe subscribe(long demand) {
        IicpClient client = mesh.client(builder -> builder.timeLimits(
                TimeLimits.DEFAULT.withFirstEvent(Duration.ofMillis(400)).withIdle(Duration.ofMillis(400))));
        return StreamProbe.of(client, HELLO, demand).await();
    }
}
