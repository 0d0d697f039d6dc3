package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that leave while a whole answer is being prepared. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(60)
class DisconnectIT {

    private static final String POST = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";

    private final BlockingQueue<ServerExchange> exchanges = new LinkedBlockingQueue<>();
    private final AtomicInteger disconnects = new AtomicInteger();
    private HttpListener listener;

    @BeforeEach
    void start() {
        start(ListenerSettings.builder());
    }

    private void start(ListenerSettings.Builder settings) {
        if (listener != null) {
            listener.close();
        }
        listener = HttpListener.jetty(settings.build(), exchange -> {
            exchange.onDisconnect(disconnects::incrementAndGet);
            exchange.body().thenRun(() -> exchanges.add(exchange));
        });
        listener.start();
    }

    @AfterEach
    void stop() {
        await().untilAsserted(() -> assertThat(listener.runningExchanges()).isZero());
        listener.close();
        assertThat(listener.openConnections()).isZero();
    }

    private ServerExchange next() throws InterruptedException {
        ServerExchange exchange = exchanges.poll(10, TimeUnit.SECONDS);
        assertThat(exchange).isNotNull();
        return exchange;
    }

    private static void answer(ServerExchange exchange, String text) {
        exchange.respond(200, Map.of(), text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void a_client_that_closes_is_noticed_at_once() throws Exception {
        RawConnection connection = new RawConnection(listener.port());
        connection.send(POST);
        ServerExchange exchange = next();
        assertThat(disconnects).hasValue(0);
        connection.close();
        await().untilAsserted(() -> assertThat(disconnects).hasValue(1));
        answer(exchange, "to nobody");
        await().untilAsserted(() -> assertThat(listener.openConnections()).isZero());
        assertThat(disconnects).hasValue(1);
    }

    @Test
    void a_client_that_resets_is_noticed_at_once() throws Exception {
        RawConnection connection = new RawConnection(listener.port());
        connection.send(POST);
        ServerExchange exchange = next();
        connection.reset();
        await().untilAsserted(() -> assertThat(disconnects).hasValue(1));
        answer(exchange, "to nobody");
    }

    @Test
    void a_client_that_half_closes_counts_as_gone_and_may_still_be_answered() throws Exception {
        try (RawConnection connection = new RawConnection(listener.port())) {
            connection.send(POST);
            ServerExchange exchange = next();
            connection.halfClose();
            await().untilAsserted(() -> assertThat(disconnects).hasValue(1));
            answer(exchange, "still here");
            assertThat(connection.answer().body()).isEqualTo("still here");
        }
    }

    @Test
    void a_client_that_stays_keeps_its_connection_through_many_watched_exchanges() throws Exception {
        try (RawConnection connection = new RawConnection(listener.port())) {
            for (int i = 0; i < 50; i++) {
                connection.send(POST);
                answer(next(), "answer " + i);
                RawConnection.Answer answer = connection.answer();
                assertThat(answer.body()).isEqualTo("answer " + i);
                assertThat(answer.headers()).doesNotContainKey("connection");
            }
            assertThat(listener.openConnections()).isEqualTo(1);
            assertThat(disconnects).hasValue(0);
        }
    }

    @Test
    void a_request_that_comes_before_the_answer_is_answered_after_it() throws Exception {
        try (RawConnection connection = new RawConnection(listener.port())) {
            for (int i = 0; i < 20; i++) {
                connection.send(POST);
                ServerExchange first = next();
                connection.send(POST);
                assertThat(connection.isSilentFor(20)).isTrue();
                answer(first, "first");
                assertThat(connection.answer().body()).isEqualTo("first");
                answer(next(), "second");
                assertThat(connection.answer().body()).isEqualTo("second");
            }
            assertThat(disconnects).hasValue(0);
        }
    }

    @Test
    void a_request_that_trickles_before_the_answer_is_put_together() throws Exception {
        try (RawConnection connection = new RawConnection(listener.port())) {
            connection.send(POST);
            ServerExchange first = next();
            for (char c : "POST / HT".toCharArray()) {
                connection.send(String.valueOf(c));
                assertThat(connection.isSilentFor(5)).isTrue();
            }
            answer(first, "first");
            assertThat(connection.answer().body()).isEqualTo("first");
            connection.send("TP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
            answer(next(), "second");
            assertThat(connection.answer().body()).isEqualTo("second");
        }
    }

    @Test
    void a_request_that_comes_during_a_stream_is_answered_after_it() throws Exception {
        try (RawConnection connection = new RawConnection(listener.port())) {
            connection.send(POST);
            EventStream stream = next().startEvents(Map.of());
            stream.send(ServerSentEvent.of("one")).get(5, TimeUnit.SECONDS);
            connection.send(POST);
            stream.send(ServerSentEvent.of("two")).get(5, TimeUnit.SECONDS);
            stream.close();
            assertThat(connection.answer().body().replace(":\n\n", "")).isEqualTo("data: one\n\ndata: two\n\n");
            answer(next(), "second");
            assertThat(connection.answer().body()).isEqualTo("second");
            assertThat(disconnects).hasValue(0);
        }
    }

    @Test
    void requests_that_come_together_are_answered_in_order_though_watched() throws Exception {
        try (RawConnection connection = new RawConnection(listener.port())) {
            connection.send(POST + POST + POST);
            for (int i = 0; i < 3; i++) {
                answer(next(), "answer " + i);
                assertThat(connection.answer().body()).isEqualTo("answer " + i);
            }
            assertThat(disconnects).hasValue(0);
        }
    }

    @Test
    void an_answer_that_takes_longer_than_the_idle_time_still_comes() throws Exception {
        start(ListenerSettings.builder().idle(Duration.ofMillis(100)));
        try (RawConnection connection = new RawConnection(listener.port())) {
            connection.send(POST);
            ServerExchange exchange = next();
            assertThat(connection.isClosedWithin(600)).isFalse();
            answer(exchange, "late");
            connection.socket().setSoTimeout(5000);
            assertThat(connection.answer().body()).isEqualTo("late");
            assertThat(disconnects).hasValue(0);
        }
    }

    @Test
    void a_handler_that_never_answers_is_answered_for() throws Exception {
        start(ListenerSettings.builder().idle(Duration.ofMillis(100)).answerTimeout(Duration.ofMillis(300)));
        try (RawConnection connection = new RawConnection(listener.port())) {
            connection.send(POST);
            next();
            RawConnection.Answer answer = connection.answer();
            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.body()).contains("internal_error");
            await().untilAsserted(() -> assertThat(disconnects).hasValue(1));
        }
    }

    @Test
    void two_thousand_watched_exchanges_leave_nothing_behind() throws Exception {
        try (HttpTransport transport = HttpTransport.builder().build()) {
            Thread answering = new Thread(() -> {
                try {
                    while (true) {
                        answer(exchanges.take(), "ok");
                    }
                } catch (InterruptedException end) {
                    // The test is over.
                }
            });
            answering.start();
            URI uri = URI.create("http://127.0.0.1:" + listener.port() + "/");
            for (int round = 0; round < 100; round++) {
                List<CompletableFuture<HttpReply>> replies = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    replies.add(transport.exchange(HttpCall.post(uri)
                            .guard(EndpointGuard.unrestricted())
                            .body(new byte[100], "application/octet-stream")
                            .build()));
                }
                for (var reply : replies) {
                    assertThat(reply.get(20, TimeUnit.SECONDS).text()).isEqualTo("ok");
                }
            }
            answering.interrupt();
            assertThat(listener.openConnections()).isBetween(1, 60);
            assertThat(disconnects).hasValue(0);
        }
        await().untilAsserted(() -> assertThat(listener.openConnections()).isZero());
    }
}
