package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(30)
class HttpListenerIT {

    private HttpListener listener;

    private int start(HttpHandler handler) {
        return start(ListenerSettings.builder().build(), handler);
    }

    private int start(ListenerSettings settings, HttpHandler handler) {
        listener = HttpListener.jetty(settings, handler);
        listener.start();
        return listener.port();
    }

    @AfterEach
    void stop() {
        if (listener != null) {
            listener.close();
            assertThat(listener.openConnections()).isZero();
            assertThat(listener.runningExchanges()).isZero();
        }
    }

    private static void answer(ServerExchange exchange, String text) {
        exchange.respond(200, Map.of("Content-Type", "text/plain"), text.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean refusesConnections(int port) {
        try {
            new RawConnection(port).close();
            return false;
        } catch (IOException refused) {
            return true;
        }
    }

    @Test
    void a_request_is_answered_and_the_connection_kept() throws Exception {
        int port = start(exchange -> answer(exchange, exchange.method() + " " + exchange.path()));
        try (RawConnection connection = new RawConnection(port)) {
            connection.send("GET /one HTTP/1.1\r\nHost: x\r\n\r\n");
            RawConnection.Answer first = connection.answer();
            assertThat(first.status()).isEqualTo(200);
            assertThat(first.body()).isEqualTo("GET /one");
            assertThat(first.headers()).doesNotContainKey("server").containsKey("date");
            connection.send("GET /two HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(connection.answer().body()).isEqualTo("GET /two");
            assertThat(listener.openConnections()).isEqualTo(1);
        }
    }

    @Test
    void a_body_is_read_whole_and_may_be_answered_from_another_thread() throws Exception {
        int port = start(exchange -> exchange.body()
                .thenAccept(body -> answer(exchange, "got " + new String(body, StandardCharsets.UTF_8))));
        try (RawConnection connection = new RawConnection(port)) {
            connection.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
            connection.send("llo");
            assertThat(connection.answer().body()).isEqualTo("got hello");
        }
    }

    @Test
    void a_chunked_body_is_read_whole() throws Exception {
        int port = start(exchange -> answer(exchange, new String(exchange.body().join(), StandardCharsets.UTF_8)));
        try (RawConnection connection = new RawConnection(port)) {
            connection.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
            connection.send("4\r\ndefg\r\n0\r\n\r\n");
            assertThat(connection.answer().body()).isEqualTo("abcdefg");
            connection.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nz");
            assertThat(connection.answer().body()).isEqualTo("z");
        }
    }

    @Test
    void pipelined_requests_are_answered_in_order() throws Exception {
        int port = start(exchange -> answer(exchange, exchange.path()));
        try (RawConnection connection = new RawConnection(port)) {
            connection.send(
                    "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\nGET /3 HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(connection.answer().body()).isEqualTo("/1");
            assertThat(connection.answer().body()).isEqualTo("/2");
            assertThat(connection.answer().body()).isEqualTo("/3");
        }
    }

    @Test
    void HEAD_has_the_length_and_no_body() throws Exception {
        int port = start(exchange -> answer(exchange, "twelve bytes"));
        try (RawConnection connection = new RawConnection(port)) {
            connection.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
            RawConnection.Answer head = connection.answerToHead();
            assertThat(head.headers()).containsEntry("content-length", "12");
            connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(connection.answer().body()).isEqualTo("twelve bytes");
        }
    }

    @Test
    void a_method_nobody_knows_reaches_the_handler() throws Exception {
        int port = start(exchange -> answer(exchange, exchange.method()));
        try (RawConnection connection = new RawConnection(port)) {
            connection.send("BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(connection.answer().body()).isEqualTo("BREW");
        }
    }

    @Test
    void path_and_query_are_decoded_once() throws Exception {
        AtomicReference<ServerExchange> seen = new AtomicReference<>();
        int port = start(exchange -> {
            seen.set(exchange);
            answer(exchange, "ok");
        });
        try (RawConnection connection = new RawConnection(port)) {
            connection.send("GET /a%20b/%C3%BC?x=1&x=2&name=J%26J+Co&flag HTTP/1.1\r\nHost: x\r\nX-One: A\r\n\r\n");
            assertThat(connection.answer().status()).isEqualTo(200);
        }
        assertThat(seen.get().path()).isEqualTo("/a b/ü");
        assertThat(seen.get().rawPath()).isEqualTo("/a%20b/%C3%BC");
        assertThat(seen.get().query()).containsEntry("x", List.of("1", "2")).containsEntry("flag", List.of(""));
        assertThat(seen.get().query("name")).contains("J&J Co");
        assertThat(seen.get().query("absent")).isEmpty();
        assertThat(seen.get().header("x-ONE")).contains("A");
        assertThat(seen.get().remote().getAddress().isLoopbackAddress()).isTrue();
        assertThat(seen.get().secure()).isFalse();
    }

    @Test
    void an_exception_is_an_internal_error_without_details() throws Exception {
        int port = start(exchange -> {
            throw new IllegalStateException("secret detail");
        });
        try (RawConnection connection = new RawConnection(port)) {
            connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            RawConnection.Answer answer = connection.answer();
            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.headers()).containsEntry("content-type", "application/json");
            assertThat(answer.body()).contains("\"internal_error\"").doesNotContain("secret");
        }
    }

    @Test
    void only_the_first_answer_counts() throws Exception {
        int port = start(exchange -> {
            answer(exchange, "first");
            answer(exchange, "second");
            exchange.respond(500, Map.of(), new byte[0]);
        });
        try (RawConnection connection = new RawConnection(port)) {
            connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(connection.answer().body()).isEqualTo("first");
            connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(connection.answer().body()).isEqualTo("first");
        }
    }

    @Test
    void a_header_with_a_line_break_is_refused_before_it_is_written() throws Exception {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        int port = start(exchange -> {
            try {
                exchange.respond(200, Map.of("X-A", "1\r\nX-B: 2"), new byte[0]);
            } catch (IllegalArgumentException e) {
                thrown.set(e);
                answer(exchange, "caught");
            }
        });
        try (RawConnection connection = new RawConnection(port)) {
            connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(connection.answer().body()).isEqualTo("caught");
        }
        assertThat(thrown.get()).hasMessageContaining("X-A").hasMessageNotContaining("X-B");
    }

    @Test
    void framing_headers_of_a_handler_are_refused() throws Exception {
        int port = start(exchange -> {
            for (String name : List.of("Content-Length", "transfer-encoding")) {
                assertThatThrownBy(() -> exchange.respond(200, Map.of(name, "7"), new byte[0]))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(name);
            }
            assertThatThrownBy(() -> exchange.respond(101, Map.of(), new byte[0]))
                    .isInstanceOf(IllegalArgumentException.class);
            answer(exchange, "fine");
        });
        try (RawConnection connection = new RawConnection(port)) {
            connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(connection.answer().body()).isEqualTo("fine");
        }
    }

    @Test
    void any_host_name_of_a_container_network_is_accepted() throws Exception {
        int port = start(exchange -> answer(exchange, "ok"));
        for (String host : List.of("my_service:9484", "10.0.0.1", "[::1]:9484", "node", "node.")) {
            try (RawConnection connection = new RawConnection(port)) {
                connection.send(("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
                assertThat(connection.answer().status()).as(host).isEqualTo(200);
            }
        }
    }

    @Test
    void a_tunnel_is_not_opened() throws Exception {
        Routes routes = Routes.builder()
                .route("GET", "/", exchange -> answer(exchange, "ok"))
                .build();
        int port = start(routes);
        try (RawConnection connection = new RawConnection(port)) {
            connection.send("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n");
            assertThat(connection.answer().status()).isEqualTo(405);
        }
        try (RawConnection connection = new RawConnection(port)) {
            connection.send("TRACE / HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(connection.answer().status()).isEqualTo(405);
        }
    }

    @Test
    void starting_twice_and_after_the_end_is_refused() {
        start(exchange -> answer(exchange, "ok"));
        assertThatThrownBy(listener::start).isInstanceOf(IllegalStateException.class);
        listener.close();
        listener.close();
        assertThatThrownBy(listener::start).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(listener::port).isInstanceOf(IllegalStateException.class);
        HttpListener never = HttpListener.jetty(ListenerSettings.builder().build(), exchange -> {});
        never.close();
        assertThatThrownBy(never::start).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_handler_may_stop_its_own_listener() throws Exception {
        int port = start(exchange -> {
            answer(exchange, "bye");
            listener.stop(Duration.ofMillis(200));
        });
        try (RawConnection connection = new RawConnection(port)) {
            connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(connection.answer().body()).isEqualTo("bye");
            assertThat(connection.isClosedWithin(5000)).isTrue();
        }
        await().until(() -> refusesConnections(port));
    }

    @Test
    void a_port_in_use_is_named() throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            ListenerSettings settings =
                    ListenerSettings.builder().port(taken.getLocalPort()).build();
            HttpListener second = HttpListener.jetty(settings, exchange -> {});
            assertThatThrownBy(second::start)
                    .isInstanceOfSatisfying(ListenerStartException.class, e -> {
                        assertThat(e.portInUse()).isTrue();
                        assertThat(e.port()).isEqualTo(taken.getLocalPort());
                    })
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort())
                    .hasMessageContaining("in use");
            assertThat(second.openConnections()).isZero();
        }
    }

    @Test
    void a_host_that_does_not_resolve_is_named() {
        ListenerSettings settings =
                ListenerSettings.builder().host("no-such-host.invalid").build();
        assertThatThrownBy(() -> HttpListener.jetty(settings, exchange -> {}).start())
                .isInstanceOf(ListenerStartException.class)
                .hasMessageContaining("no-such-host.invalid");
    }

    @Test
    void stopping_lets_running_exchanges_finish_and_refuses_new_ones() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CompletableFuture<Void> goOn = new CompletableFuture<>();
        int port = start(exchange -> {
            inside.countDown();
            goOn.thenRun(() -> answer(exchange, "finished"));
        });
        try (RawConnection running = new RawConnection(port);
                RawConnection idle = new RawConnection(port)) {
            running.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(inside.await(5, TimeUnit.SECONDS)).isTrue();
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> listener.stop(Duration.ofSeconds(20)));
            await().until(() -> refusesConnections(port));
            assertThat(stopped).isNotDone();
            goOn.complete(null);
            RawConnection.Answer answer = running.answer();
            assertThat(answer.body()).isEqualTo("finished");
            assertThat(answer.headers()).containsEntry("connection", "close");
            stopped.get(5, TimeUnit.SECONDS);
            assertThat(idle.isClosedWithin(2000)).isTrue();
        }
    }

    @Test
    void the_grace_ends_and_the_rest_is_cut() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        int port = start(exchange -> {
            exchange.onDisconnect(gone::countDown);
            inside.countDown();
        });
        try (RawConnection running = new RawConnection(port)) {
            running.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(inside.await(5, TimeUnit.SECONDS)).isTrue();
            listener.stop(Duration.ofMillis(50));
            assertThat(gone.await(5, TimeUnit.SECONDS)).isTrue();
            assertThat(running.isClosedWithin(2000)).isTrue();
        }
    }

    @Test
    void no_thread_is_left_after_the_end() throws Exception {
        int port = start(exchange -> answer(exchange, "ok"));
        try (RawConnection connection = new RawConnection(port)) {
            connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            connection.answer();
        }
        listener.close();
        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("iicp-listener-any")));
    }

    @Test
    void dual_stack_takes_both_families() throws Exception {
        int port = start(ListenerSettings.builder().host("::").build(), exchange -> answer(exchange, "ok"));
        try (RawConnection four = new RawConnection("127.0.0.1", port)) {
            four.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(four.answer().body()).isEqualTo("ok");
        }
        assumeTrue(Files.exists(Path.of("/proc/net/if_inet6")), "no IPv6 on this machine");
        try (RawConnection six = new RawConnection("::1", port)) {
            six.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(six.answer().body()).isEqualTo("ok");
        }
    }
}
