package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.EndpointRefusedException;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.TaskTimeoutException;
import network.iicp.protocol.TransportException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(60)
class HttpTransportIT {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private final HttpTransport transport =
            HttpTransport.builder().userAgent("iicp-test/1").build();
    private RawServer server;

    private URI serve(RawServer.Script script) throws Exception {
        server = new RawServer(script);
        return server.uri("/");
    }

    @AfterEach
    void close() throws Exception {
        transport.close();
        assertThat(transport.runningExchanges()).isZero();
        if (server != null) {
            server.close();
        }
    }

    private static HttpCall.Builder get(URI uri) {
        return HttpCall.get(uri).guard(EndpointGuard.unrestricted()).total(Duration.ofSeconds(10));
    }

    private HttpReply reply(HttpCall.Builder call) throws Exception {
        return transport.exchange(call.build()).get(20, TimeUnit.SECONDS);
    }

    private <E extends Throwable> E failure(Class<E> type, HttpCall.Builder call) {
        return failure(type, transport.exchange(call.build()));
    }

    private static <E extends Throwable> E failure(Class<E> type, CompletableFuture<?> future) {
        List<E> found = new ArrayList<>();
        assertThatThrownBy(() -> future.get(20, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(type, found::add);
        return found.get(0);
    }

    @Test
    void the_request_is_plain_HTTP_1_1_without_an_upgrade() throws Exception {
        URI uri = serve(peer -> {
            peer.readRequest();
            peer.send(OK);
        });
        HttpReply reply = reply(HttpCall.post(uri.resolve("/v1/task?a=1"))
                .guard(EndpointGuard.unrestricted())
                .header("X-IICP-Trace-Id", "t1")
                .body("{}".getBytes(StandardCharsets.UTF_8), "application/json"));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.text()).isEqualTo("ok");
        assertThat(reply.elapsed()).isPositive();
        String sent = server.request();
        assertThat(sent)
                .startsWith("POST /v1/task?a=1 HTTP/1.1\r\n")
                .containsIgnoringCase("User-Agent: iicp-test/1")
                .containsIgnoringCase("Accept-Encoding: identity")
                .containsIgnoringCase("Content-Length: 2")
                .containsIgnoringCase("Content-Type: application/json")
                .containsIgnoringCase("X-IICP-Trace-Id: t1")
                .doesNotContainIgnoringCase("upgrade")
                .doesNotContainIgnoringCase("HTTP2-Settings");
    }

    @Test
    void answers_have_lower_case_headers_and_any_status() throws Exception {
        URI uri = serve(peer -> {
            peer.readRequest();
            peer.send(
                    "HTTP/1.1 429 Slow\r\nRetry-After: 3\r\nContent-Type: application/problem+json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}");
        });
        HttpReply reply = reply(get(uri));
        assertThat(reply.status()).isEqualTo(429);
        assertThat(reply.isSuccess()).isFalse();
        assertThat(reply.isJson()).isTrue();
        assertThat(reply.headers()).containsEntry("retry-after", List.of("3"));
        assertThat(reply.header("RETRY-After")).contains("3");
        assertThat(reply.toString())
                .isEqualTo("HttpReply[429, 2 bytes, %d ms]"
                        .formatted(reply.elapsed().toMillis()));
    }

    @Test
    void connections_are_kept_and_used_again() throws Exception {
        URI uri = serve(peer -> {
            while (true) {
                peer.readRequest();
                peer.send(OK);
            }
        });
        for (int i = 0; i < 5; i++) {
            assertThat(reply(get(uri)).text()).isEqualTo("ok");
        }
        assertThat(server.connections()).isEqualTo(1);
        transport.close();
        await().untilAsserted(() -> assertThat(server.connections()).isZero());
    }

    @Test
    void redirects_are_not_followed() throws Exception {
        URI uri = serve(peer -> {
            peer.readRequest();
            peer.send("HTTP/1.1 307 Elsewhere\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n");
        });
        HttpReply reply = reply(get(uri));
        assertThat(reply.status()).isEqualTo(307);
        assertThat(reply.body()).isEmpty();
    }

    @Test
    void the_deadline_covers_a_body_that_trickles() throws Exception {
        URI uri = serve(peer -> {
            peer.readRequest();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
            while (true) {
                peer.send("x");
                Thread.sleep(20);
            }
        });
        TaskTimeoutException e = failure(
                TaskTimeoutException.class,
                get(uri).total(Duration.ofMillis(1500)).idle(Duration.ofSeconds(5)));
        assertThat(e.httpStatus()).isEqualTo(200);
        assertThat(e).hasMessageContaining("deadline");
        await().untilAsserted(() -> assertThat(server.connections()).isZero());
    }

    @Test
    void the_deadline_covers_headers_that_never_come() throws Exception {
        URI uri = serve(peer -> {
            peer.readRequest();
            peer.awaitClose();
        });
        TaskTimeoutException e = failure(TaskTimeoutException.class, get(uri).total(Duration.ofMillis(200)));
        assertThat(e.httpStatus()).isZero();
        assertThat(e.retryable()).isTrue();
        assertThat(server.sawClose()).isTrue();
    }

    @Test
    void an_expired_deadline_sends_nothing() throws Exception {
        URI uri = serve(peer -> peer.readRequest());
        failure(TaskTimeoutException.class, get(uri).deadline(Deadline.after(Duration.ZERO)));
        assertThat(server.connections()).isZero();
    }

    @Test
    void a_body_that_stalls_ends_at_the_idle_limit() throws Exception {
        URI uri = serve(peer -> {
            peer.readRequest();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
            peer.awaitClose();
        });
        TaskTimeoutException e = failure(TaskTimeoutException.class, get(uri).idle(Duration.ofMillis(200)));
        assertThat(e).hasMessageContaining("sent nothing for 200 ms");
        assertThat(server.sawClose()).isTrue();
    }

    @Test
    void cancelling_the_future_closes_the_connection() throws Exception {
        URI uri = serve(peer -> {
            peer.readRequest();
            peer.awaitClose();
        });
        CompletableFuture<HttpReply> reply = transport.exchange(get(uri).build());
        assertThat(server.request()).isNotNull();
        assertThat(reply.cancel(true)).isTrue();
        assertThat(server.sawClose()).isTrue();
        assertThat(transport.runningExchanges()).isZero();
    }

    @Test
    void cancelling_in_the_middle_of_the_body_closes_the_connection() throws Exception {
        AtomicBoolean sent = new AtomicBoolean();
        URI uri = serve(peer -> {
            peer.readRequest();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
            sent.set(true);
            peer.awaitClose();
        });
        CompletableFuture<HttpReply> reply = transport.exchange(get(uri).build());
        await().untilTrue(sent);
        reply.cancel(false);
        assertThat(server.sawClose()).isTrue();
    }

    @Test
    void a_time_out_set_on_the_future_aborts_too() throws Exception {
        URI uri = serve(peer -> {
            peer.readRequest();
            peer.awaitClose();
        });
        CompletableFuture<HttpReply> reply =
                transport.exchange(get(uri).build()).orTimeout(100, TimeUnit.MILLISECONDS);
        failure(TimeoutException.class, reply);
        assertThat(server.sawClose()).isTrue();
    }

    @Test
    void closing_the_transport_fails_what_is_running_and_what_comes() throws Exception {
        URI uri = serve(peer -> {
            peer.readRequest();
            peer.awaitClose();
        });
        CompletableFuture<HttpReply> reply = transport.exchange(get(uri).build());
        assertThat(server.request()).isNotNull();
        transport.close();
        assertThat(failure(IicpException.class, reply)).hasMessageContaining("closed");
        assertThat(server.sawClose()).isTrue();
        failure(IllegalStateException.class, get(uri));
    }

    @Test
    void no_thread_is_left_after_the_end() throws Exception {
        URI uri = serve(peer -> {
            peer.readRequest();
            peer.send(OK);
        });
        reply(get(uri));
        transport.close();
        await().untilAsserted(() ->
                assertThat(Thread.getAllStackTraces().keySet()).noneMatch(HttpTransportIT::isOfATransport));
    }

    /** The selector of a transport runs in a group of its own; clients that other tests made do not count. */
    private static boolean isOfATransport(Thread thread) {
        ThreadGroup group = thread.getThreadGroup();
        return thread.getName().startsWith("iicp-http")
                || (group != null && group.getName().equals("iicp-http"));
    }

    @Test
    void a_body_over_the_limit_is_refused_by_its_announced_length() throws Exception {
        URI uri = serve(peer -> {
            peer.readRequest();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n");
            peer.awaitClose();
        });
        ProtocolViolationException e = failure(ProtocolViolationException.class, get(uri).maxBytes(100));
        assertThat(e.code()).isEqualTo("response_too_large");
        assertThat(server.sawClose()).isTrue();
    }

    @Test
    void a_body_over_the_limit_is_refused_as_it_streams() throws Exception {
        URI uri = serve(peer -> {
            peer.readRequest();
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            while (true) {
                peer.chunk("x".repeat(1000));
            }
        });
        ProtocolViolationException e = failure(ProtocolViolationException.class, get(uri).maxBytes(100_000));
        assertThat(e.code()).isEqualTo("response_too_large");
        assertThat(e).hasMessageContaining("100000 bytes");
        await().untilAsserted(() -> assertThat(server.connections()).isZero());
    }

    @Test
    void a_body_of_exactly_the_limit_is_accepted() throws Exception {
        URI uri = serve(peer -> {
            peer.readRequest();
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                    .chunk("x".repeat(60_000))
                    .chunk("y".repeat(40_000))
                    .send("0\r\n\r\n");
        });
        assertThat(reply(get(uri).maxBytes(100_000)).body()).hasSize(100_000);
    }

    @Test
    void a_coded_body_that_nobody_asked_for_is_a_violation() throws Exception {
        URI uri = serve(peer -> {
            peer.readRequest();
            peer.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok");
        });
        ProtocolViolationException e = failure(ProtocolViolationException.class, get(uri));
        assertThat(e.code()).isEqualTo("protocol_error");
        assertThat(e).hasMessageContaining("content coding");
    }

    @Test
    void a_cut_body_is_a_transport_failure() throws Exception {
        URI uri = serve(peer -> {
            peer.readRequest();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        });
        TransportException e = failure(TransportException.class, get(uri));
        assertThat(e).hasMessageContaining("was cut");
        assertThat(e.retryable()).isTrue();
    }

    @Test
    void a_connection_closed_without_an_answer_is_a_transport_failure() throws Exception {
        URI uri = serve(peer -> peer.readRequest());
        failure(TransportException.class, HttpCall.post(uri).guard(EndpointGuard.unrestricted()));
    }

    @Test
    void garbage_is_no_HTTP() throws Exception {
        URI uri = serve(peer -> {
            peer.readRequest();
            peer.send("SSH-2.0-OpenSSH_9.2\r\n\r\n");
        });
        ProtocolViolationException e = failure(ProtocolViolationException.class, get(uri));
        assertThat(e).hasMessageContaining("valid HTTP");
    }

    @Test
    void a_refused_connection_names_the_peer_that_the_operator_configured() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        TransportException e =
                failure(TransportException.class, get(URI.create("http://127.0.0.1:" + port + "/secret/path?token=1")));
        assertThat(e).hasMessageContaining("127.0.0.1:" + port).hasMessageNotContaining("secret");
    }

    @Test
    void a_connection_that_is_never_accepted_ends_at_the_connect_time_out() throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                HttpTransport impatient = HttpTransport.builder()
                        .connectTimeout(Duration.ofMillis(300))
                        .build()) {
            List<Socket> waiting = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Socket socket = new Socket();
                waiting.add(socket);
                try {
                    socket.connect(full.getLocalSocketAddress(), 200);
                } catch (IOException queueIsFull) {
                    break;
                }
            }
            URI uri = URI.create("http://127.0.0.1:" + full.getLocalPort() + "/");
            TransportException e = failure(TransportException.class, impatient.exchange(get(uri).build()));
            assertThat(e).hasMessageContaining("in time").hasMessageContaining("127.0.0.1");
            for (Socket socket : waiting) {
                socket.close();
            }
        }
    }

    @Test
    void an_unknown_host_is_a_transport_failure() {
        TransportException e = failure(TransportException.class, get(URI.create("http://no-such-host.invalid/")));
        assertThat(e).hasMessageContaining("no-such-host.invalid").hasMessageContaining("resolve");
    }

    @Test
    void the_guard_is_asked_before_anything_is_sent() throws Exception {
        URI uri = serve(peer -> peer.readRequest());
        EndpointRefusedException e = failure(
                EndpointRefusedException.class, get(uri).guard(EndpointGuard.of(EndpointScope.PUBLIC, List.of())));
        assertThat(e.code()).isEqualTo("endpoint_refused");
        assertThat(server.connections()).isZero();
        failure(EndpointRefusedException.class, HttpCall.get(uri));
    }

    @Test
    void a_local_scope_reaches_loopback() throws Exception {
        URI uri = serve(peer -> {
            peer.readRequest();
            peer.send(OK);
        });
        EndpointGuard local = EndpointGuard.of(EndpointScope.LOCAL, List.of());
        assertThat(reply(get(uri).guard(local)).text()).isEqualTo("ok");
        URI named = URI.create("http://localhost:" + uri.getPort() + "/");
        assertThat(reply(get(named).guard(local)).text()).isEqualTo("ok");
    }

    @Test
    void IPv6_literals_are_reached() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/net/if_inet6")), "no IPv6 on this machine");
        HttpListener listener = HttpListener.jetty(
                ListenerSettings.builder().host("::1").build(),
                exchange -> exchange.respond(200, Map.of(), new byte[1]));
        listener.start();
        URI uri = URI.create("http://[::1]:" + listener.port() + "/");
        HttpReply reply = reply(get(uri).guard(EndpointGuard.of(EndpointScope.LOCAL, List.of())));
        assertThat(reply.body()).hasSize(1);
        listener.close();
    }

    @Test
    void a_HEAD_answer_has_headers_and_no_body() throws Exception {
        URI uri = serve(peer -> {
            peer.readRequest();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n");
        });
        HttpReply reply = reply(HttpCall.request("HEAD", uri).guard(EndpointGuard.unrestricted()));
        assertThat(reply.header("content-length")).contains("5000000");
        assertThat(reply.body()).isEmpty();
    }

    @Test
    void many_calls_at_once_all_come_back() throws Exception {
        URI uri = serve(peer -> {
            while (true) {
                peer.readRequest();
                peer.send(OK);
            }
        });
        List<CompletableFuture<HttpReply>> replies = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            replies.add(
                    transport.exchange(get(uri).headers(Map.of("X-N", "" + i)).build()));
        }
        for (CompletableFuture<HttpReply> reply : replies) {
            assertThat(reply.get(20, TimeUnit.SECONDS).text()).isEqualTo("ok");
        }
        assertThat(transport.runningExchanges()).isZero();
    }
}
