package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests as only an attacker or a broken client sends them. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(60)
class ListenerLimitsIT {

    private static final CorsPolicy CORS =
            CorsPolicy.anyOrigin(List.of("GET", "POST"), List.of("Content-Type"), List.of());

    private HttpListener listener;
    private final CompletableFuture<Throwable> bodyFailure = new CompletableFuture<>();

    private int start(ListenerSettings.Builder settings) {
        HttpHandler echo = exchange -> {
            try {
                byte[] body = exchange.body().join();
                exchange.respond(200, Map.of("Content-Type", "text/plain"), body);
            } catch (RuntimeException e) {
                bodyFailure.complete(e.getCause());
                throw e;
            }
        };
        HttpHandler early = exchange -> exchange.refuse(new RequestRefusedException(429, "rate_limited", "slow down"));
        Routes routes = Routes.builder()
                .route("POST", "/echo", echo)
                .route("GET", "/echo", echo)
                .route("POST", "/early", early)
                .cors(CORS)
                .build();
        listener = HttpListener.jetty(settings.build(), routes);
        listener.start();
        return listener.port();
    }

    @AfterEach
    void stop() {
        if (listener != null) {
            await().untilAsserted(() -> assertThat(listener.runningExchanges()).isZero());
            listener.close();
            assertThat(listener.openConnections()).isZero();
        }
    }

    private static ListenerSettings.Builder settings() {
        return ListenerSettings.builder().maxBodyBytes(1000);
    }

    private static void assertRefusal(RawConnection.Answer answer, int status, String code) {
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.headers()).containsEntry("content-type", "application/json");
        assertThat(answer.headers()).containsEntry("access-control-allow-origin", "*");
        assertThat(answer.headers()).doesNotContainKey("server");
        JsonObject error = JsonObject.parse(answer.body().getBytes(StandardCharsets.UTF_8), JsonLimits.DEFAULT)
                .object("error");
        assertThat(error.string("code")).isEqualTo(code);
        assertThat(error.string("message")).isNotBlank();
        assertThat(answer.body())
                .doesNotContain("jetty")
                .doesNotContain("Exception")
                .doesNotContain("html");
    }

    private static void assertNextRequestWorks(RawConnection connection) throws IOException {
        connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nnext");
        assertThat(connection.answer().body()).isEqualTo("next");
    }

    @Nested
    class The_size_of_a_body {

        @Test
        void may_be_the_limit() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + "x".repeat(1000));
                assertThat(connection.answer().body()).hasSize(1000);
                assertNextRequestWorks(connection);
            }
        }

        @Test
        void is_refused_as_announced() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");
                RawConnection.Answer answer = connection.answer();
                assertRefusal(answer, 413, "request_too_large");
                assertThat(answer.headers()).containsEntry("connection", "close");
                assertThat(connection.isClosedWithin(5000)).isTrue();
            }
        }

        @Test
        void is_refused_as_it_streams() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
                for (int i = 0; i < 11; i++) {
                    connection.send("64\r\n" + "x".repeat(100) + "\r\n");
                }
                assertRefusal(connection.answer(), 413, "request_too_large");
            }
        }

        @Test
        void does_not_hide_the_reason_from_a_client_that_goes_on_sending() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n");
                connection.send("x".repeat(3_000_000));
                assertRefusal(connection.answer(), 413, "request_too_large");
            }
        }

        @Test
        void is_not_asked_for_when_the_client_waits_to_be_asked() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send(
                        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n");
                assertRefusal(connection.answer(), 413, "request_too_large");
                assertThat(connection.isClosedWithin(5000)).isTrue();
            }
        }

        @Test
        void is_asked_for_when_it_is_fine() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
                assertThat(connection.answer().status()).isEqualTo(100);
                connection.send("hello");
                assertThat(connection.answer().body()).isEqualTo("hello");
                assertNextRequestWorks(connection);
            }
        }
    }

    @Nested
    class A_handler_that_answers_without_reading {

        @Test
        void keeps_the_connection_when_the_body_is_here_already() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send("POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
                RawConnection.Answer answer = connection.answer();
                assertRefusal(answer, 429, "rate_limited");
                assertThat(answer.headers()).doesNotContainKey("connection");
                assertNextRequestWorks(connection);
            }
        }

        @Test
        void is_read_by_a_client_that_is_still_sending() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send(
                        "POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n" + "x".repeat(10_000));
                connection.send("x".repeat(1_990_000));
                assertRefusal(connection.answer(), 429, "rate_limited");
            }
        }

        @Test
        void does_not_wait_for_ever_for_the_rest() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send("POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nx");
                assertRefusal(connection.answer(), 429, "rate_limited");
                assertThat(connection.isClosedWithin(6000)).isTrue();
            }
        }
    }

    @Nested
    class The_framing_of_a_body {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "Content-Length: 5\r\nContent-Length: 6",
                    "Content-Length: 5, 6",
                    "Content-Length: 5\r\nTransfer-Encoding: chunked",
                    "Content-Length: -1",
                    "Content-Length: 0x5",
                    "Content-Length: 99999999999999999999"
                })
        void must_not_conflict(String headers) throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send("POST /echo HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n\r\nhello");
                assertRefusal(connection.answer(), 400, "invalid_http_body");
                assertThat(connection.isClosedWithin(5000)).isTrue();
            }
        }

        @Test
        void must_be_reached_before_the_client_stops_sending() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
                connection.halfClose();
                assertRefusal(connection.answer(), 400, "invalid_http_body");
            }
        }

        @Test
        void must_have_proper_chunks() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n");
                assertRefusal(connection.answer(), 400, "invalid_http_body");
            }
        }

        @Test
        void is_broken_by_a_reset() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
                await().until(() -> listener.runningExchanges() == 1);
                connection.reset();
                assertThat(bodyFailure.get(10, TimeUnit.SECONDS))
                        .isInstanceOfAny(ClientGoneException.class, RequestRefusedException.class);
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {"gzip", "deflate, identity", "br"})
        void has_no_content_coding(String coding) throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Encoding: " + coding
                        + "\r\nContent-Length: 5\r\n\r\nhello");
                assertRefusal(connection.answer(), 415, "unsupported_content_encoding");
                assertNextRequestWorks(connection);
            }
        }

        @Test
        void has_no_transfer_coding_but_chunks() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n");
                assertRefusal(connection.answer(), 501, "not_implemented");
            }
        }

        @Test
        void may_name_the_identity_coding() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send(
                        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Encoding: Identity\r\nContent-Length: 5\r\n\r\nhello");
                assertThat(connection.answer().body()).isEqualTo("hello");
            }
        }
    }

    @Nested
    class The_head_of_a_request {

        @Test
        void has_a_target_of_bounded_length() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings().maxHeaderBytes(2048)))) {
                connection.send("GET /" + "a".repeat(4000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
                assertRefusal(connection.answer(), 414, "uri_too_long");
                assertThat(connection.isClosedWithin(5000)).isTrue();
            }
        }

        @Test
        void has_headers_of_bounded_size() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings().maxHeaderBytes(2048)))) {
                connection.send("GET /echo HTTP/1.1\r\nHost: x\r\nX-Bomb: " + "a".repeat(4000) + "\r\n\r\n");
                assertRefusal(connection.answer(), 431, "headers_too_large");
            }
        }

        @Test
        void has_a_bounded_number_of_headers() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                StringBuilder bomb = new StringBuilder("GET /echo HTTP/1.1\r\nHost: x\r\n");
                for (int i = 0; i < 5000; i++) {
                    bomb.append("X").append(i).append(": y\r\n");
                }
                connection.send(bomb.append("\r\n").toString());
                assertRefusal(connection.answer(), 431, "headers_too_large");
            }
        }

        @ParameterizedTest
        @CsvSource({
            "'GET /echo HTTP/1.1\r\n\r\n', 400, bad_request",
            "'GET /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400, bad_request",
            "'GET /echo HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n', 400, bad_request",
            "'GET /echo HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n', 400, bad_request",
            "'GET /echo HTTP/1.1\r\nHost: x\r\nnocolon\r\n\r\n', 400, bad_request",
            "'G@T /echo HTTP/1.1\r\nHost: x\r\n\r\n', 400, bad_request",
            "'nonsense\r\n\r\n', 400, bad_request",
            "'GET /echo HTTP/3.7\r\nHost: x\r\n\r\n', 505, http_version_not_supported",
            "'GET /a/../echo HTTP/1.1\r\nHost: x\r\n\r\n', 400, bad_request",
            "'GET /./echo HTTP/1.1\r\nHost: x\r\n\r\n', 400, bad_request",
            "'GET /a/%2e%2e/echo HTTP/1.1\r\nHost: x\r\n\r\n', 400, bad_request",
            "'GET /%2E/echo HTTP/1.1\r\nHost: x\r\n\r\n', 400, bad_request",
            "'GET /a%2fecho HTTP/1.1\r\nHost: x\r\n\r\n', 400, bad_request",
            "'GET /a%00 HTTP/1.1\r\nHost: x\r\n\r\n', 400, bad_request",
            "'GET /a%0d%0aX:y HTTP/1.1\r\nHost: x\r\n\r\n', 400, bad_request",
            "'GET /a%zz HTTP/1.1\r\nHost: x\r\n\r\n', 400, bad_request",
            "'GET /a%ff HTTP/1.1\r\nHost: x\r\n\r\n', 400, bad_request",
            "'GET /a%c0%af HTTP/1.1\r\nHost: x\r\n\r\n', 400, bad_request",
            "'GET /echo?a=%zz HTTP/1.1\r\nHost: x\r\n\r\n', 400, bad_request",
            "'GET /echo?a=%ff HTTP/1.1\r\nHost: x\r\n\r\n', 400, bad_request",
            "'GET //echo HTTP/1.1\r\nHost: x\r\n\r\n', 400, bad_request",
            "'GET nopath HTTP/1.1\r\nHost: x\r\n\r\n', 400, bad_request",
            "'POST /echo HTTP/1.1\r\nHost: x\r\nExpect: a-miracle\r\nContent-Length: 1\r\n\r\nx', 417, expectation_failed"
        })
        void is_refused_with_JSON_when_it_is_not_valid(String request, int status, String code) throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send(request);
                assertRefusal(connection.answer(), status, code);
                assertThat(connection.isClosedWithin(5000)).isTrue();
            }
        }

        @Test
        void has_a_bounded_number_of_parameters() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send("GET /echo?" + "a&".repeat(300) + " HTTP/1.1\r\nHost: x\r\n\r\n");
                assertRefusal(connection.answer(), 400, "bad_request");
            }
        }

        @Test
        void may_ask_for_an_upgrade_in_vain() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send(
                        "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                                + "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n");
                assertThat(connection.answer().status()).isEqualTo(200);
            }
        }

        @Test
        void may_speak_HTTP_1_0() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send("POST /echo HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello");
                assertThat(connection.answer().body()).isEqualTo("hello");
                assertThat(connection.isClosedWithin(5000)).isTrue();
            }
        }

        @Test
        void may_begin_with_an_empty_line() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send("\r\n");
                assertNextRequestWorks(connection);
            }
        }

        @Test
        void is_no_TLS() throws Exception {
            try (RawConnection connection = new RawConnection(start(settings()))) {
                connection.send(new byte[] {0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0, '\r', '\n', '\r', '\n'});
                assertRefusal(connection.answer(), 400, "bad_request");
            }
        }
    }

    @Nested
    class A_slow_client {

        private ListenerSettings.Builder impatient() {
            return settings().headerAndBodyTimeout(Duration.ofMillis(400)).idle(Duration.ofSeconds(30));
        }

        @Test
        void that_sends_nothing_is_cut() throws Exception {
            try (RawConnection connection = new RawConnection(start(impatient()))) {
                assertThat(connection.isClosedWithin(5000)).isTrue();
            }
        }

        @Test
        void that_stops_in_its_headers_is_told() throws Exception {
            try (RawConnection connection = new RawConnection(start(impatient()))) {
                connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-");
                assertRefusal(connection.answer(), 408, "request_timeout");
                assertThat(connection.isClosedWithin(5000)).isTrue();
            }
        }

        @Test
        void that_trickles_its_headers_is_told() throws Exception {
            try (RawConnection connection = new RawConnection(start(impatient()))) {
                connection.send("GET /echo HTTP/1.1\r\nHost: x\r\nX: ");
                CompletableFuture<RawConnection.Answer> answer =
                        CompletableFuture.supplyAsync(() -> answer(connection));
                await().pollInterval(Duration.ofMillis(50)).until(() -> answer.isDone() || !sent(connection, "a"));
                assertRefusal(answer.get(5, TimeUnit.SECONDS), 408, "request_timeout");
            }
        }

        @Test
        void that_trickles_the_headers_of_its_second_request_is_told() throws Exception {
            try (RawConnection connection = new RawConnection(start(impatient()))) {
                assertNextRequestWorks(connection);
                connection.send("GET /echo HTTP/1.1\r\n");
                assertRefusal(connection.answer(), 408, "request_timeout");
            }
        }

        @Test
        void that_stops_in_its_body_is_told() throws Exception {
            try (RawConnection connection = new RawConnection(start(impatient()))) {
                connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx");
                assertRefusal(connection.answer(), 408, "request_timeout");
                assertThat(connection.isClosedWithin(5000)).isTrue();
            }
        }

        @Test
        void that_trickles_its_body_is_told() throws Exception {
            try (RawConnection connection = new RawConnection(start(impatient()))) {
                connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
                CompletableFuture<RawConnection.Answer> answer =
                        CompletableFuture.supplyAsync(() -> answer(connection));
                await().pollInterval(Duration.ofMillis(20)).until(() -> answer.isDone() || !sent(connection, "a"));
                assertRefusal(answer.get(5, TimeUnit.SECONDS), 408, "request_timeout");
            }
        }

        @Test
        void that_sends_fast_enough_may_take_longer() throws Exception {
            try (RawConnection connection = new RawConnection(start(impatient().minBytesPerSecond(300)))) {
                connection.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
                for (int i = 0; i < 9; i++) {
                    connection.send("x".repeat(100));
                    assertThat(connection.isSilentFor(100)).isTrue();
                }
                connection.send("x".repeat(100));
                assertThat(connection.answer().body()).hasSize(1000);
            }
        }

        @Test
        void that_takes_its_answer_byte_by_byte_is_cut() throws Exception {
            byte[] large = new byte[16_000_000];
            listener = HttpListener.jetty(
                    impatient().minBytesPerSecond(20_000_000).build(),
                    exchange -> exchange.respond(200, Map.of(), large));
            listener.start();
            try (RawConnection connection = new RawConnection(listener.port())) {
                connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
                connection.answerToHead();
                await().pollInterval(Duration.ofMillis(50)).until(() -> {
                    connection.socket().getInputStream().read();
                    return listener.runningExchanges() == 0;
                });
                await().untilAsserted(
                                () -> assertThat(listener.openConnections()).isZero());
            }
        }

        @Test
        void that_rests_between_requests_is_left_alone_until_the_idle_time() throws Exception {
            try (RawConnection connection = new RawConnection(start(impatient().idle(Duration.ofMillis(1500))))) {
                assertNextRequestWorks(connection);
                assertThat(connection.isClosedWithin(900)).isFalse();
                connection.socket().setSoTimeout(10_000);
                assertNextRequestWorks(connection);
                assertThat(connection.isClosedWithin(5000)).isTrue();
            }
        }

        private RawConnection.Answer answer(RawConnection connection) {
            try {
                return connection.answer();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        private boolean sent(RawConnection connection, String text) throws IOException {
            try {
                connection.send(text);
                return true;
            } catch (SocketException closed) {
                return false;
            }
        }
    }

    @Nested
    class The_number_of_connections {

        @Test
        void is_bounded_and_idle_ones_make_room() throws Exception {
            int port = start(settings().maxConnections(4));
            List<RawConnection> connections = new ArrayList<>();
            try {
                for (int i = 0; i < 4; i++) {
                    RawConnection next = new RawConnection(port);
                    connections.add(next);
                    assertNextRequestWorks(next);
                }
                assertThat(listener.openConnections()).isEqualTo(4);
                try (RawConnection fifth = new RawConnection(port)) {
                    assertNextRequestWorks(fifth);
                    assertThat(listener.openConnections()).isLessThanOrEqualTo(4);
                }
            } finally {
                for (RawConnection connection : connections) {
                    connection.close();
                }
            }
        }

        @Test
        void is_not_used_up_by_those_who_do_not_get_on_with_their_request() throws Exception {
            int port = start(settings().maxConnections(4).headerAndBodyTimeout(Duration.ofSeconds(60)));
            List<RawConnection> connections = new ArrayList<>();
            try {
                for (int i = 0; i < 6; i++) {
                    connections.add(new RawConnection(port).send(i % 2 == 0 ? "GET / HTTP/1.1\r\nX: " : ""));
                }
                try (RawConnection honest = new RawConnection(port)) {
                    assertNextRequestWorks(honest);
                    assertThat(listener.openConnections()).isLessThanOrEqualTo(4);
                }
            } finally {
                for (RawConnection connection : connections) {
                    connection.close();
                }
            }
        }

        @Test
        void leaves_those_at_work_alone() throws Exception {
            int port = start(settings().maxConnections(2));
            try (RawConnection working = new RawConnection(port);
                    RawConnection slow = new RawConnection(port)) {
                working.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
                slow.send("GET / HTTP/1.1\r\nX: ");
                try (RawConnection honest = new RawConnection(port)) {
                    assertNextRequestWorks(honest);
                }
                working.send("llo");
                assertThat(working.answer().status()).isEqualTo(200);
            }
        }
    }
}
