package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import network.iicp.IicpClient;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.StreamInterruptedException;
import network.iicp.protocol.TaskCancelledException;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Closing a client ends what runs, and lets the nodes know. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ClosingIT {

    private static final ChatRequest HELLO = ChatRequest.of("hello");

    private final FakeMesh mesh = new FakeMesh();

    @AfterEach
    void close() {
        mesh.close();
    }

    @Test
    void the_cancel_of_a_stream_that_was_just_cancelled_still_reaches_the_node() {
        for (int round = 0; round < 20; round++) {
            FakeNode node = streamingForEver();
            try (IicpClient client = mesh.client()) {
                StreamProbe stream = StreamProbe.of(client, HELLO, Long.MAX_VALUE);
                stream.awaitEvents(1);
                stream.cancel();
            }
            assertThat(node.cancelled()).as("round %d", round).hasSize(1);
            mesh.forget(node);
        }
    }

    @Test
    void a_running_stream_ends_in_an_error_and_its_node_is_told() {
        FakeNode node = streamingForEver();
        IicpClient client = mesh.client();
        StreamProbe stream = StreamProbe.of(client, HELLO, Long.MAX_VALUE);
        stream.awaitEvents(1);
        client.close();
        assertThat(stream.await().failure())
                .isInstanceOfSatisfying(StreamInterruptedException.class, e -> assertThat(e.textSoFar())
                        .isEqualTo("one"));
        assertThat(stream.terminals()).isEqualTo(1);
        assertThat(node.cancelled()).hasSize(1);
    }

    @Test
    void a_running_call_ends_in_an_error_and_its_node_is_told() {
        FakeNode node = mesh.node(job -> job.line().peerClosed()).streaming();
        IicpClient client = mesh.client();
        CompletableFuture<ChatResult> answer = client.chatAsync(HELLO);
        await().until(() -> node.payloads().size() == 1);
        client.close();
        assertThatThrownBy(() -> answer.orTimeout(10, TimeUnit.SECONDS).join())
                .hasCauseInstanceOf(TaskCancelledException.class);
        assertThat(node.cancelled()).hasSize(1);
    }

    @Test
    void a_call_that_waits_for_its_next_try_ends_too() {
        FakeNode node = mesh.node(
                job -> job.line().json(429, "{\"error\":{\"code\":\"capacity_exceeded\",\"retry_after_ms\":60000}}"));
        IicpClient client = mesh.client();
        CompletableFuture<ChatResult> answer = client.chatAsync(HELLO);
        await().until(() -> node.payloads().size() == 1);
        client.close();
        assertThatThrownBy(() -> answer.orTimeout(10, TimeUnit.SECONDS).join()).hasCauseInstanceOf(IicpException.class);
    }

    @Test
    void a_cancel_that_was_faster_than_its_task_is_repeated() {
        FakeNode node = mesh.node(job -> job.line().peerClosed()).streaming();
        node.onCancel((request, line) ->
                line.json(node.cancelled().size() < 2 ? 404 : 202, "{\"error\":{\"code\":\"not_found\"}}"));
        IicpClient client = mesh.client();
        CompletableFuture<ChatResult> answer = client.chatAsync(HELLO);
        await().until(() -> node.payloads().size() == 1);
        answer.cancel(true);
        await().until(() -> node.cancelled().size() == 2);
        client.close();
        assertThat(node.cancelled()).hasSize(2);
    }

    @Test
    void a_cancel_of_an_accepted_task_is_sent_once() {
        FakeNode node = streamingForEver();
        node.onCancel((request, line) -> line.json(404, "{\"error\":{\"code\":\"not_found\"}}"));
        IicpClient client = mesh.client();
        StreamProbe stream = StreamProbe.of(client, HELLO, Long.MAX_VALUE);
        stream.awaitEvents(1);
        stream.cancel();
        client.close();
        assertThat(node.cancelled()).hasSize(1);
    }

    @Test
    void a_node_that_does_not_answer_the_cancel_holds_up_the_close_only_shortly() {
        FakeNode node = streamingForEver();
        node.onCancel((request, line) -> line.peerClosed());
        IicpClient client = mesh.client();
        StreamProbe stream = StreamProbe.of(client, HELLO, Long.MAX_VALUE);
        stream.awaitEvents(1);
        stream.cancel();
        long start = System.nanoTime();
        client.close();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        assertThat(node.cancelled()).hasSize(1);
    }

    @Test
    void closing_from_inside_a_callback_works() throws Exception {
        streamingForEver();
        IicpClient client = mesh.client();
        CountDownLatch closed = new CountDownLatch(1);
        StreamProbe stream = StreamProbe.of(client, HELLO, Long.MAX_VALUE, event -> {
            client.close();
            closed.countDown();
        });
        assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(stream.await().failure()).isInstanceOf(IicpException.class);
    }

    @Test
    void a_closed_client_refuses_calls_and_streams() {
        IicpClient client = mesh.client();
        client.close();
        client.close();
        assertThatThrownBy(() -> client.chat(HELLO)).hasMessageContaining("closed");
        StreamProbe stream = StreamProbe.of(client, HELLO, 1);
        assertThat(stream.await().failure()).hasMessageContaining("closed");
        assertThat(stream.events()).isEmpty();
    }

    private FakeNode streamingForEver() {
        return mesh.node(job -> {
                    job.accept().delta("one");
                    job.line().peerClosed();
                })
                .streaming();
    }
}
