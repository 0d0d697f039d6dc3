package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import network.iicp.IicpClient;
import network.iicp.protocol.StreamInterruptedException;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.lifecycle.LifecycleEvent.Type;
import network.iicp.spi.RoutingEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A connection that is lost in the middle of a stream is replaced, and every event counts once. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StreamResumeIT {

    private static final ChatRequest HELLO = ChatRequest.of("a question");

    private final FakeMesh mesh = new FakeMesh();
    private final AtomicReference<FakeNode.Job> running = new AtomicReference<>();

    @AfterEach
    void close() {
        mesh.close();
    }

    static Stream<Arguments> losses() {
        return Stream.of(
                Arguments.of("cut", (FakeNode.Behaviour) job -> job.line().close()),
                Arguments.of("cut inside an event", (FakeNode.Behaviour) job -> {
                    job.line().write("id: 3\nevent: partial\ndata: {\"task_id\":");
                    job.line().close();
                }),
                Arguments.of("garbage", (FakeNode.Behaviour) job -> {
                    job.line().write("id: 3\nevent: partial\ndata: {\u0000garbage\n\n");
                    job.line().close();
                }),
                Arguments.of(
                        "an event that does not open",
                        (FakeNode.Behaviour)
                                job -> job.raw(
                                        3,
                                        "completed",
                                        "{\"task_id\":\"" + job.taskId()
                                                + "\",\"sequence\":3,\"event\":\"completed\",\"is_final\":true,\"iicp_conf_resp\":"
                                                + "{\"version\":1,\"nonce\":\"AAAAAAAAAAAAAAAA\",\"encrypted_body\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}}")),
                Arguments.of("a gap", (FakeNode.Behaviour) job -> job.raw(
                        5, "running", "{\"task_id\":\"" + job.taskId() + "\",\"sequence\":5,\"event\":\"running\"}")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("losses")
    void a_loss_is_made_good_by_attaching_after_the_last_event(String kind, FakeNode.Behaviour loss) {
        FakeNode node = mesh.node(job -> {
                    running.set(job);
                    job.accept().delta("so ").delta("far ");
                    loss.execute(job);
                })
                .streaming();
        node.onAttach(
                (request, line) -> running.get().over(line).delta("and on").end());
        StreamProbe stream = subscribe();
        assertThat(stream.completed().text()).as(kind).isEqualTo("so far and on");
        assertThat(stream.text()).isEqualTo("so far and on");
        assertThat(node.attached()).containsExactly("2");
        assertThat(stream.completed().provenance().attempts()).hasSize(1);
        assertThat(mesh.events())
                .filteredOn(RoutingEvent.StreamResumed.class::isInstance)
                .hasSize(1);
    }

    @Test
    void events_that_come_twice_count_once() {
        FakeNode node = mesh.node(job -> {
                    running.set(job);
                    job.accept();
                    String one = job.deltaFrame("one ");
                    job.line().write(one + one);
                    job.line().write(one);
                    job.line().close();
                })
                .streaming();
        node.onAttach((request, line) -> running.get().over(line).delta("two").end());
        assertThat(subscribe().completed().text()).isEqualTo("one two");
    }

    @Test
    void every_loss_may_be_followed_by_another_as_long_as_there_is_progress() {
        AtomicInteger more = new AtomicInteger();
        FakeNode node = mesh.node(job -> {
                    running.set(job);
                    job.accept().delta("0 ").line().close();
                })
                .streaming();
        node.onAttach((request, line) -> {
            FakeNode.Job job = running.get().over(line);
            int number = more.incrementAndGet();
            if (number < 9) {
                job.delta(number + " ").line().close();
            } else {
                job.end();
            }
        });
        StreamProbe stream = subscribe();
        assertThat(stream.completed().text()).isEqualTo("0 1 2 3 4 5 6 7 8 ");
        assertThat(node.attached()).hasSize(9);
    }

    @Test
    void a_node_that_takes_attachments_and_sends_nothing_new_is_given_up() {
        FakeNode node = mesh.node(job -> {
                    running.set(job);
                    job.accept().delta("so far").line().close();
                })
                .streaming();
        node.onAttach((request, line) -> running.get().over(line).line().close());
        StreamProbe stream = subscribe();
        assertInterrupted(stream, "so far");
        assertThat(node.attached()).containsExactly("1", "1", "1", "1");
    }

    @Test
    void a_node_that_does_not_know_the_task_any_more_is_asked_once() {
        FakeNode node =
                mesh.node(job -> job.accept().delta("so far").line().close()).streaming();
        StreamProbe stream = subscribe();
        assertInterrupted(stream, "so far");
        assertThat(node.attached()).hasSize(1);
        await().until(() -> node.cancelled().size() == 1);
    }

    @Test
    void a_node_that_offers_no_attachment_is_not_asked() {
        FakeNode node = mesh.node(job -> job.accept().delta("so far").line().close())
                .streaming()
                .withoutAttach();
        assertInterrupted(subscribe(), "so far");
        assertThat(node.attached()).isEmpty();
    }

    @Test
    void a_failure_that_the_node_tells_is_not_asked_for_again() {
        FakeNode node = mesh.node(job -> job.accept()
                        .delta("so far")
                        .failure(Map.of("code", "backend_error", "message", "out of memory")))
                .streaming();
        assertInterrupted(subscribe(), "so far");
        assertThat(node.attached()).isEmpty();
        assertThat(node.cancelled()).as("it has ended there").isEmpty();
    }

    @Test
    void before_the_first_content_the_next_node_is_faster() {
        FakeNode first = mesh.node(job -> job.accept().line().close()).streaming();
        mesh.node(job -> job.accept().delta("second").end()).streaming();
        assertThat(subscribe().completed().text()).isEqualTo("second");
        assertThat(first.attached()).isEmpty();
    }

    @Test
    void cancelling_while_a_connection_is_being_replaced_ends_it() {
        FakeNode node = mesh.node(job -> {
                    running.set(job);
                    job.accept().delta("so far").line().close();
                })
                .streaming();
        AtomicReference<StreamProbe> stream = new AtomicReference<>();
        node.onAttach((request, line) -> {
            stream.get().cancel();
            running.get().over(line).delta("too late").end();
        });
        stream.set(StreamProbe.of(client().chatStream(HELLO), 0, event -> {}));
        stream.get().request(Long.MAX_VALUE);
        await().until(() -> node.cancelled().size() == 1);
        assertThat(stream.get().text()).isEqualTo("so far");
        assertThat(stream.get().terminals()).isZero();
    }

    @Test
    void words_of_the_profile_that_carry_no_content_are_passed_over() {
        mesh.node(job -> {
                    job.accept();
                    job.event(Type.QUEUED, Map.of());
                    job.event(Type.RUNNING, Map.of());
                    job.delta("text");
                    job.event(Type.WAITING, Map.of());
                    job.end();
                })
                .streaming();
        assertThat(subscribe().completed().text()).isEqualTo("text");
    }

    private IicpClient client() {
        return mesh.client(builder -> builder.timeLimits(
                TimeLimits.DEFAULT.withFirstEvent(Duration.ofSeconds(5)).withIdle(Duration.ofSeconds(5))));
    }

    private StreamProbe subscribe() {
        return StreamProbe.of(client(), HELLO, Long.MAX_VALUE).await();
    }

    private static void assertInterrupted(StreamProbe stream, String text) {
        assertThat(stream.failure())
                .isInstanceOfSatisfying(StreamInterruptedException.class, e -> assertThat(e.textSoFar())
                        .isEqualTo(text));
        assertThat(stream.text()).isEqualTo(text);
        assertThat(stream.terminals()).isEqualTo(1);
    }
}
