package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.StreamInterruptedException;
import network.iicp.protocol.TaskTimeoutException;
import network.iicp.protocol.chat.ChatRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each limit of a stream is a limit of its own, and a call can have its own. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StreamLimitsIT {

    private static final ChatRequest HELLO = ChatRequest.of("hello");
    private static final Duration SHORT = Duration.ofMillis(300);

    private final FakeMesh mesh = new FakeMesh();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        mesh.close();
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    @Test
    void a_node_without_content_is_left_after_the_first_event_limit_of_the_call() {
        mesh.node(job -> job.accept().line().peerClosed()).streaming();
        mesh.node(job -> job.accept().delta("second").end()).streaming();
        assertThat(stream(CallOptions.DEFAULT.withFirstEvent(SHORT)).completed().text())
                .isEqualTo("second");
    }

    @Test
    void a_node_that_only_keeps_the_connection_alive_is_silent() {
        mesh.node(job -> {
                    job.accept();
                    while (true) {
                        job.line().write(": still here\n\n");
                        if (job.line().peerClosedWithin(Duration.ofMillis(50))) {
                            return;
                        }
                    }
                })
                .streaming();
        mesh.node(job -> job.accept().delta("second").end()).streaming();
        assertThat(stream(CallOptions.DEFAULT.withFirstEvent(SHORT)).completed().text())
                .isEqualTo("second");
    }

    @Test
    void silence_in_the_middle_ends_the_stream_after_the_idle_limit_of_the_call() {
        mesh.node(job -> job.accept().delta("so far").line().peerClosed()).streaming();
        StreamProbe stream = stream(CallOptions.DEFAULT.withIdle(SHORT));
        assertThat(stream.failure())
                .isInstanceOf(StreamInterruptedException.class)
                .hasMessageContaining("300 ms in the middle")
                .hasCauseInstanceOf(TaskTimeoutException.class);
    }

    @Test
    void repeated_events_are_silence() {
        mesh.node(job -> {
                    job.accept();
                    String one = job.deltaFrame("so far");
                    do {
                        job.line().write(one);
                    } while (!job.line().peerClosedWithin(Duration.ofMillis(50)));
                })
                .streaming();
        StreamProbe stream = stream(CallOptions.DEFAULT.withIdle(SHORT));
        assertThat(stream.failure()).isInstanceOf(StreamInterruptedException.class);
        assertThat(stream.text()).isEqualTo("so far");
    }

    @Test
    void a_slow_subscriber_is_not_a_silent_node() {
        mesh.node(job -> job.accept().delta("one").delta("two").end()).streaming();
        StreamProbe stream =
                StreamProbe.of(mesh.client().chatStream(HELLO, CallOptions.DEFAULT.withIdle(SHORT)), 1, event -> {});
        stream.awaitEvents(1);
        await().pollDelay(SHORT.multipliedBy(3)).until(() -> stream.terminals() == 0);
        stream.request(Long.MAX_VALUE);
        assertThat(stream.await().completed().text()).isEqualTo("onetwo");
    }

    @Test
    void the_total_ends_a_stream_that_still_brings_content() {
        mesh.node(job -> {
                    job.accept();
                    do {
                        job.delta("more ");
                    } while (!job.line().peerClosedWithin(Duration.ofMillis(20)));
                })
                .streaming();
        StreamProbe stream = stream(CallOptions.DEFAULT.withTotal(Duration.ofMillis(1_500)));
        assertThat(stream.failure())
                .isInstanceOfSatisfying(
                        StreamInterruptedException.class,
                        e -> assertThat(e.textSoFar()).isEqualTo(stream.text()).startsWith("more "));
    }

    @Test
    void a_connection_that_is_not_taken_is_left_after_the_connect_limit_of_the_call() throws Exception {
        FakeNode dead = mesh.node(job -> job.say("never")).streaming();
        String full = "http://127.0.0.1:" + fullServer().getLocalPort();
        mesh.node(job -> job.accept().delta("second").end()).streaming();
        mesh.directory((request, line) -> {
            List<Map<String, Object>> nodes = mesh.describe();
            nodes.get(0).put("endpoint", full);
            line.json(200, Json.text(Map.of("nodes", nodes, "count", nodes.size())));
        });
        StreamProbe stream = stream(CallOptions.DEFAULT.withConnect(SHORT));
        assertThat(stream.completed().text()).isEqualTo("second");
        assertThat(stream.completed().provenance().attempts().get(0).outcome()).isEqualTo("network_error");
        assertThat(dead.server().requests()).isEmpty();
    }

    @Test
    void an_answer_that_would_fill_the_memory_is_cut_off() {
        mesh.node(job -> {
                    job.accept();
                    do {
                        job.delta("x".repeat(10_000));
                    } while (!job.line().peerClosedWithin(Duration.ofMillis(1)));
                })
                .streaming();
        StreamProbe stream = StreamProbe.of(
                        mesh.client(builder -> builder.maxResponseBytes(64 * 1024)), HELLO, Long.MAX_VALUE)
                .await();
        assertThat(stream.failure())
                .isInstanceOf(StreamInterruptedException.class)
                .hasCauseInstanceOf(ProtocolViolationException.class);
        assertThat(stream.text().length()).isLessThanOrEqualTo(64 * 1024);
        assertThat(((IicpException) stream.failure()).attempts()).hasSize(1);
    }

    private StreamProbe stream(CallOptions options) {
        return StreamProbe.of(mesh.client().chatStream(HELLO, options), Long.MAX_VALUE, event -> {})
                .await();
    }

    /** A listener whose queue is full, so that a further connection is not taken. */
    private ServerSocket fullServer() throws IOException {
        ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        open.add(listener);
        for (int i = 0; i < 4; i++) {
            Socket filler = new Socket();
            open.add(filler);
            Thread connecting = new Thread(() -> {
                try {
                    filler.connect(listener.getLocalSocketAddress(), 20_000);
                } catch (IOException e) {
                    // the queue is full, which is what these are for
                }
            });
            connecting.setDaemon(true);
            connecting.start();
        }
        return listener;
    }
}
