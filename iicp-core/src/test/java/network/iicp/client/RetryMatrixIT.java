package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import network.iicp.IicpClient;
import network.iicp.json.Json;
import network.iicp.protocol.Attempt;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.NoProviderException;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.TransportException;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.spi.RoutingEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every row of the retry matrix and of the table of codes, with a node that behaves that way. A row says what the first node
 * does; the second node answers. Rows that stop must not reach it.
 */
@Timeout(120)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RetryMatrixIT {

    private static final ChatRequest HELLO = ChatRequest.of("a private question");

    private final FakeMesh mesh = new FakeMesh();

    @AfterEach
    void close() {
        mesh.close();
    }

    private static FakeNode.Behaviour error(int status, String code) {
        return job -> job.line().json(status, "{\"error\":{\"code\":\"" + code + "\",\"message\":\"m\"}}");
    }

    private static FakeNode.Behaviour inside(Map<String, Object> body) {
        return job -> job.reply(body);
    }

    private static Arguments row(String name, FakeNode.Behaviour first, String outcome) {
        return Arguments.of(name, first, outcome);
    }

    static Stream<Arguments> rows_that_go_to_another_node() {
        return Stream.of(
                row("429 capacity, slug", error(429, "capacity_exceeded"), "capacity_exceeded"),
                row("429 capacity, number", error(429, "IICP-E021"), "capacity_exceeded"),
                row("503 capacity as the specification has it", error(503, "IICP-E021"), "capacity_exceeded"),
                row("429 rate", error(429, "IICP-E023"), "rate_limited"),
                row("429 unknown code", error(429, "slow_down"), "slow_down"),
                row("503 drain", error(503, "IICP-E024"), "temporarily_unavailable"),
                row("503 unknown code", error(503, "busy"), "busy"),
                row("504 workers timed out", error(504, "IICP-E024"), "task_timeout"),
                row("502", error(502, "backend_error"), "backend_error"),
                row("502 no consensus behind the node", error(502, "no_consensus"), "no_consensus"),
                row("502 relay failed", error(502, "IICP-E031"), "IICP-E031"),
                row("504", error(504, "task_timeout"), "task_timeout"),
                row("500", error(500, "internal_error"), "internal_error"),
                row(
                        "500 seven ways: F6",
                        job -> job.line().json(500, "{\"status\":\"error\",\"error\":{\"message\":\"m\"}}"),
                        "http_500"),
                row("500 as a page", job -> job.line().whole(500, "text/html", "<html>"), "http_500"),
                row("404 stale route", error(404, "not_found"), "not_found"),
                row("404 relay target", error(404, "IICP-E030"), "IICP-E030"),
                row("410", error(410, "gone"), "gone"),
                row("404 model", error(404, "IICP-E029"), "model_not_found"),
                row("422 unknown intent", error(422, "unknown_intent"), "unknown_intent"),
                row("403 reputation", error(403, "IICP-E020"), "reputation_too_low"),
                row("408", error(408, "request_timeout"), "request_timeout"),
                row("499 given up by the node", error(499, "task_cancelled"), "task_cancelled"),
                row("400 no key", error(400, "IICP-CX-01"), "cx_unavailable"),
                row("400 other key", error(400, "IICP-CX-02"), "cx_decrypt_failed"),
                row("422 key unknown", error(422, "IICP-E060"), "cx_unavailable"),
                row("422 decrypt failed", error(422, "IICP-E050"), "cx_decrypt_failed"),
                row("400 tampered", error(400, "IICP-E062"), "cx_decrypt_failed"),
                row(
                        "F2 flat",
                        job -> job.line().json(503, "{\"code\":\"IICP-E021\",\"message\":\"m\"}"),
                        "capacity_exceeded"),
                row("F2 text", job -> job.line().json(503, "{\"error\":\"IICP-E021\"}"), "capacity_exceeded"),
                row(
                        "F3 timeout",
                        inside(Map.of("status", "completed", "error_code", 408, "error_message", "m")),
                        "task_timeout"),
                row("F3 cancelled", inside(Map.of("status", "completed", "error_code", 499)), "backend_error"),
                row("F3 busy", inside(Map.of("status", "completed", "error_code", 429)), "capacity_exceeded"),
                row(
                        "F4 gateway",
                        inside(Map.of("status", "success", "result", Map.of("error_code", 502))),
                        "backend_error"),
                row(
                        "F4 upstream 503",
                        inside(Map.of("status", "success", "result", Map.of("error_code", 503))),
                        "backend_error"),
                row(
                        "F5 relay",
                        inside(Map.of("status", "completed", "error", Map.of("code", "IICP-E021", "message", "m"))),
                        "capacity_exceeded"),
                row(
                        "F5 unknown code",
                        inside(Map.of("status", "completed", "error", Map.of("code", "odd"))),
                        "backend_error"),
                row(
                        "F7 upstream",
                        inside(Map.of(
                                "status",
                                "success",
                                "result",
                                Map.of("error", Map.of("message", "overloaded", "type", "server_error")))),
                        "backend_error"),
                row("no JSON", job -> job.line().whole(200, "text/html", "<html>hello</html>"), "protocol_error"),
                row("no object", job -> job.line().json(200, "[1]"), "protocol_error"),
                row(
                        "another task",
                        job -> job.reply(Map.of(
                                "task_id",
                                "00000000-0000-4000-8000-000000000000",
                                "status",
                                "success",
                                "result",
                                Map.of())),
                        "protocol_error"),
                row("no result", inside(Map.of("status", "success")), "protocol_error"),
                row(
                        "no choice",
                        inside(Map.of("status", "success", "result", Map.of("choices", List.of()))),
                        "protocol_error"),
                row("an empty result", inside(Map.of("status", "success", "result", Map.of())), "protocol_error"),
                row(
                        "a choice without a word and without an end",
                        inside(Map.of(
                                "status",
                                "success",
                                "result",
                                Map.of(
                                        "choices",
                                        List.of(Map.of(
                                                "index", 0, "message", Map.of("role", "assistant", "content", "")))))),
                        "protocol_error"),
                row(
                        "unknown status",
                        inside(Map.of("status", "perhaps", "result", Map.of("choices", List.of()))),
                        "protocol_error"),
                row(
                        "a redirect to elsewhere",
                        job -> job.line().json(307, "{}", "Location: http://127.0.0.1:1/"),
                        "endpoint_refused"),
                row("no content", job -> job.line().write("HTTP/1.1 204 No Content\r\n\r\n"), "protocol_error"),
                row("gzip unasked", job -> job.line().json(200, "xx", "Content-Encoding: gzip"), "protocol_error"),
                row(
                        "not HTTP",
                        job -> {
                            job.line().write("what?\r\n\r\n");
                            job.line().close();
                        },
                        "protocol_error"),
                row("cut before the headers", job -> job.line().close(), "network_error"),
                row(
                        "cut in the body",
                        job -> {
                            job.line()
                                    .write(
                                            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"st");
                            job.line().close();
                        },
                        "network_error"),
                row(
                        "tools lost",
                        inside(Map.of(
                                "status",
                                "success",
                                "result",
                                Map.of(
                                        "choices",
                                        List.of(Map.of(
                                                "index",
                                                0,
                                                "message",
                                                Map.of("role", "assistant", "content", ""),
                                                "finish_reason",
                                                "tool_calls"))))),
                        "tools_lost"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows_that_go_to_another_node")
    void the_next_node_makes_it_good(String name, FakeNode.Behaviour first, String outcome) {
        FakeNode failing = mesh.node(first);
        mesh.node(job -> job.say("from the second"));
        long start = System.nanoTime();
        ChatResult result = mesh.client().chat(HELLO);
        assertThat(result.text()).isEqualTo("from the second");
        assertThat(result.provenance().attempts())
                .extracting(Attempt::outcome)
                .containsExactly(outcome, Attempt.SUCCESS);
        assertThat(failing.payloads()).hasSize(1);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .as("no pause before another node")
                .isLessThan(Duration.ofSeconds(20));
    }

    static Stream<Arguments> rows_that_stop() {
        return Stream.of(
                row("400", error(400, "invalid_http_body"), "invalid_http_body"),
                row("400 by number", error(400, "IICP-E001"), "validation_error"),
                row("400 unknown code", error(400, "odd"), "odd"),
                row("401", error(401, "unauthorized"), "unauthorized"),
                row("401 proxy token", error(401, "IICP-E032"), "IICP-E032"),
                row("402 credits", error(402, "IICP-E036"), "credits_insufficient"),
                row("403", error(403, "forbidden"), "forbidden"),
                row("403 policy", error(403, "policy_rejected"), "policy_rejected"),
                row("403 tools", error(403, "tool_execution_denied"), "tool_execution_denied"),
                row("409 conflict", error(409, "IICP-E010"), "conflict"),
                row("409 duplicate", error(409, "duplicate_task"), "conflict"),
                row("409 replay", error(409, "IICP-E011"), "replay_detected"),
                row("413", error(413, "request_too_large"), "request_too_large"),
                row("413 signalling", error(413, "IICP-E053"), "IICP-E053"),
                row("415", error(415, "unsupported_content_encoding"), "unsupported_content_encoding"),
                row("422", error(422, "validation_error"), "validation_error"),
                row("422 even majority", error(422, "IICP-E025"), "IICP-E025"),
                row("422 cover", error(422, "IICP-E026"), "IICP-E026"),
                row("422 cooperation", error(422, "IICP-E028"), "IICP-E028"),
                row("422 key binding", error(422, "IICP-E065"), "IICP-E065"),
                row("400 encrypted answer impossible", error(400, "IICP-CX-03"), "cx_response_unavailable"),
                row("500 answer not sealed", error(500, "IICP-CX-04"), "cx_seal_failed"),
                row("F3 refused", inside(Map.of("status", "completed", "error_code", 422)), "backend_rejected"),
                row(
                        "F3 unauthorised engine",
                        inside(Map.of("status", "completed", "error_code", 401)),
                        "backend_error"),
                row(
                        "F4 unknown model",
                        inside(Map.of("status", "success", "result", Map.of("error_code", 404))),
                        "model_not_found"),
                row(
                        "F7 refused",
                        inside(Map.of(
                                "status",
                                "success",
                                "result",
                                Map.of("error", Map.of("message", "too long", "type", "invalid_request_error")))),
                        "backend_rejected"),
                row(
                        "F7 refused by number",
                        inside(Map.of(
                                "status",
                                "success",
                                "result",
                                Map.of("error", Map.of("message", "too long", "code", 400)))),
                        "backend_rejected"),
                row(
                        "clear answer to a sealed task",
                        job -> job.line()
                                .json(
                                        200,
                                        Json.text(Map.of(
                                                "task_id",
                                                job.taskId(),
                                                "status",
                                                "success",
                                                "result",
                                                Map.of("choices", List.of())))),
                        "cx_response_required"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows_that_stop")
    void what_every_node_would_repeat_is_told_at_once(String name, FakeNode.Behaviour first, String outcome) {
        mesh.node(first);
        FakeNode second = mesh.node(job -> job.say("never asked"));
        IicpException failure =
                catchThrowableOfType(IicpException.class, () -> mesh.client().chat(HELLO));
        assertThat(failure.code()).isEqualTo(outcome);
        assertThat(failure.attempts()).singleElement().satisfies(attempt -> {
            assertThat(attempt.outcome()).isEqualTo(outcome);
            assertThat(attempt.node()).isEqualTo("00000001");
        });
        assertThat(second.server().requests()).isEmpty();
    }

    @Test
    void a_server_fault_is_tried_at_one_other_node_and_no_further() {
        mesh.node(error(500, "internal_error"));
        mesh.node(error(500, "internal_error"));
        FakeNode third = mesh.node(job -> job.say("never asked"));
        IicpException failure =
                catchThrowableOfType(IicpException.class, () -> mesh.client().chat(HELLO));
        assertThat(failure).isInstanceOf(NoProviderException.class).hasMessageContaining("all 2 sends");
        assertThat(third.payloads()).isEmpty();
    }

    @Test
    void a_conflict_that_names_a_wait_gets_the_same_bytes_again() {
        java.util.concurrent.atomic.AtomicInteger calls = new java.util.concurrent.atomic.AtomicInteger();
        FakeNode node = mesh.node(job -> {
            if (calls.incrementAndGet() == 1) {
                job.line().json(409, "{\"error\":{\"code\":\"conflict\",\"retry_after_ms\":100}}");
            } else {
                job.say("the stored answer");
            }
        });
        FakeNode second = mesh.node(job -> job.say("never asked"));
        assertThat(mesh.client().chat(HELLO).text()).isEqualTo("the stored answer");
        assertThat(second.payloads()).isEmpty();
        List<RawServer.Request> sent = node.server().requests();
        assertThat(sent).hasSize(2);
        assertThat(sent.get(0).body()).isEqualTo(sent.get(1).body());
        assertThat(sent.get(0).header("x-iicp-task-key")).isEqualTo(sent.get(1).header("x-iicp-task-key"));
    }

    @Test
    void another_node_gets_a_seal_of_its_own_under_the_same_task_id() {
        FakeNode first = mesh.node(error(502, "backend_error"));
        FakeNode second = mesh.node(job -> job.say("ok"));
        String task = mesh.client().chat(HELLO).provenance().taskId();
        for (FakeNode node : List.of(first, second)) {
            assertThat(new String(node.server().requests().get(0).body(), java.nio.charset.StandardCharsets.UTF_8))
                    .contains(task);
        }
        assertThat(first.server().requests().get(0).body())
                .isNotEqualTo(second.server().requests().get(0).body());
    }

    @Test
    void one_node_is_sent_a_task_at_most_twice() {
        FakeNode only = mesh.node(
                job -> job.line().json(429, "{\"error\":{\"code\":\"capacity_exceeded\",\"retry_after_ms\":50}}"));
        IicpException failure = catchThrowableOfType(
                IicpException.class, () -> mesh.client(b -> b.maxAttempts(5)).chat(HELLO));
        assertThat(only.payloads()).hasSize(2);
        assertThat(failure.attempts()).extracting(Attempt::reason).containsExactly("first_choice", "retry");
        assertThat(failure.retryAfter()).contains(Duration.ofMillis(50));
    }

    @Test
    void a_wait_that_would_outlast_the_call_is_not_begun() {
        mesh.node(job -> job.line().json(429, "{\"error\":{\"code\":\"capacity_exceeded\"}}", "Retry-After: 60"));
        long start = System.nanoTime();
        IicpException failure = catchThrowableOfType(IicpException.class, () -> mesh.client(
                        b -> b.timeLimits(TimeLimits.DEFAULT.withTotal(Duration.ofSeconds(30))))
                .chat(HELLO));
        assertThat(failure.code()).isEqualTo("capacity_exceeded");
        assertThat(failure.retryAfter()).contains(Duration.ofSeconds(60));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
    }

    @ParameterizedTest
    @CsvSource({"first stalls after its headers, true", "first stalls in its body, false"})
    void a_silent_node_does_not_outlast_the_limit_of_the_call(String name, boolean headersOnly) {
        FakeNode silent = mesh.node(job -> {
            job.line()
                    .write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
                            + (headersOnly ? "" : "{\"status\""));
            job.line().peerClosed();
        });
        IicpException failure = catchThrowableOfType(IicpException.class, () -> mesh.client()
                .chat(HELLO, CallOptions.DEFAULT.withTotal(Duration.ofMillis(700))));
        assertThat(failure.code()).isEqualTo("task_timeout");
        assertThat(failure.attempts()).as(name).hasSizeLessThanOrEqualTo(1);
        await().until(() -> silent.server().openConnections() == 0);
    }

    @ParameterizedTest
    @CsvSource({"first stalls after its headers, true", "first stalls in its body, false"})
    void a_body_that_stalls_is_given_up_after_the_idle_limit_and_asked_for_elsewhere(String name, boolean headersOnly) {
        FakeNode silent = mesh.node(job -> {
            job.line()
                    .write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
                            + (headersOnly ? "" : "{\"status\""));
            job.line().peerClosed();
        });
        mesh.node(job -> job.say("from the second"));
        IicpClient client =
                mesh.client(builder -> builder.timeLimits(TimeLimits.DEFAULT.withIdle(Duration.ofMillis(500))));
        ChatResult result = client.chat(HELLO);
        assertThat(result.text()).as(name).isEqualTo("from the second");
        assertThat(result.provenance().attempts())
                .extracting(Attempt::outcome)
                .containsExactly("task_timeout", Attempt.SUCCESS);
        await().until(() -> silent.server().openConnections() == 0);
    }

    @Test
    void an_oversized_answer_stops_the_call() {
        mesh.node(job -> job.say("x".repeat(200_000)));
        FakeNode second = mesh.node(job -> job.say("never asked"));
        IicpClient client = mesh.client(builder -> builder.maxResponseBytes(64 * 1024));
        IicpException failure = catchThrowableOfType(IicpException.class, () -> client.chat(HELLO));
        assertThat(failure).isInstanceOf(ProtocolViolationException.class);
        assertThat(failure.iicpCode()).contains("IICP-JAVA-RESPONSE-TOO-LARGE");
        assertThat(second.payloads()).isEmpty();
    }

    @Test
    void an_endpoint_that_is_refused_is_passed_over() {
        FakeNode node = mesh.node(job -> job.say("ok"));
        Map<String, Object> inside = new java.util.LinkedHashMap<>(node.description(0.99));
        inside.put("node_id", "forbidden-node");
        inside.put("endpoint", "http://169.254.169.254/");
        mesh.directory(
                (request, line) -> line.json(200, Json.text(Map.of("nodes", List.of(inside, node.description(0.5))))));
        ChatResult result = mesh.client().chat(HELLO);
        assertThat(result.provenance().receipt().leftOut()).singleElement().satisfies(out -> assertThat(out.reason())
                .isEqualTo("endpoint_refused"));
    }

    // ---- not twice

    @Test
    void a_task_that_must_not_run_twice_is_not_repeated_once_it_was_sent() {
        mesh.node(error(503, "IICP-E024"));
        FakeNode second = mesh.node(job -> job.say("never asked"));
        IicpException failure = catchThrowableOfType(
                IicpException.class, () -> mesh.client().chat(HELLO, CallOptions.DEFAULT.withIdempotent(false)));
        assertThat(failure.code()).isEqualTo("temporarily_unavailable");
        assertThat(second.payloads()).isEmpty();
    }

    @Test
    void a_task_that_must_not_run_twice_goes_on_when_it_was_never_sent() {
        mesh.deadNode();
        mesh.node(job -> job.say("second"));
        ChatResult result = mesh.client().chat(HELLO, CallOptions.DEFAULT.withIdempotent(false));
        assertThat(result.text()).isEqualTo("second");
        assertThat(result.provenance().attempts()).hasSize(2);
    }

    // ---- no fallback

    @Test
    void a_strict_call_asks_one_node_and_repeats_only_there() {
        FakeNode first = mesh.node(error(502, "backend_error"));
        FakeNode second = mesh.node(job -> job.say("never asked"));
        IicpException failure = catchThrowableOfType(
                IicpException.class, () -> mesh.client().chat(HELLO, CallOptions.DEFAULT.withStrict(true)));
        assertThat(failure.attempts()).extracting(Attempt::node).containsExactly("00000001", "00000001");
        assertThat(first.payloads()).hasSize(2);
        assertThat(second.payloads()).isEmpty();
    }

    @Test
    void a_strict_call_takes_no_answer_of_another_model() {
        FakeNode node = mesh.node(job -> job.say("from m1"));
        CallOptions strict = CallOptions.DEFAULT.withStrict(true);
        ChatRequest wanted = ChatRequest.builder().user("hello").model("m1").build();
        assertThat(mesh.client().chat(wanted, strict).text()).isEqualTo("from m1");
        node.behave(job -> job.reply(Map.of(
                "status",
                "success",
                "result",
                Map.of(
                        "model",
                        "a-smaller-one",
                        "choices",
                        List.of(Map.of("index", 0, "message", Map.of("role", "assistant", "content", "x")))))));
        IicpException failure =
                catchThrowableOfType(IicpException.class, () -> mesh.client().chat(wanted, strict));
        assertThat(failure).hasMessageContaining("a-smaller-one").hasMessageContaining("strict");
        assertThat(node.payloads()).hasSize(2);
    }

    @Test
    void a_strict_call_for_a_model_nobody_lists_names_it_and_sends_nothing() {
        FakeNode node = mesh.node(job -> job.say("never"));
        ChatRequest wanted =
                ChatRequest.builder().user("hello").model("llama3:70b").build();
        IicpException failure = catchThrowableOfType(
                IicpException.class, () -> mesh.client().chat(wanted, CallOptions.DEFAULT.withStrict(true)));
        assertThat(failure).isInstanceOf(NoProviderException.class).hasMessageContaining("llama3:70b");
        assertThat(failure.leftOut()).extracting("reason").containsExactly("model_not_served");
        assertThat(node.server().requests()).isEmpty();
    }

    // ---- limits

    @Test
    void a_connection_has_a_limit_of_its_own_for_each_call() throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<java.net.Socket> waiting = fill(full);
            try {
                Map<String, Object> stuck =
                        new java.util.LinkedHashMap<>(mesh.deadNode().description(0.9));
                stuck.put("endpoint", "http://127.0.0.1:" + full.getLocalPort());
                mesh.directory((request, line) -> line.json(200, Json.text(Map.of("nodes", List.of(stuck)))));
                CallOptions quick =
                        CallOptions.DEFAULT.withConnect(Duration.ofMillis(300)).withMaxAttempts(1);
                IicpException failure = catchThrowableOfType(
                        IicpException.class, () -> mesh.client().chat(HELLO, quick));
                assertThat(failure).isInstanceOf(TransportException.class).hasMessageContaining("did not accept");
                assertThat(failure.attempts()).singleElement().satisfies(attempt -> assertThat(attempt.elapsed())
                        .isBetween(Duration.ofMillis(250), Duration.ofSeconds(4)));
            } finally {
                for (java.net.Socket socket : waiting) {
                    socket.close();
                }
            }
        }
    }

    /** Nobody accepts; once the queue is full the kernel answers no further connection. */
    private static List<java.net.Socket> fill(ServerSocket server) throws Exception {
        List<java.net.Socket> sockets = new java.util.ArrayList<>();
        for (int i = 0; i < 16; i++) {
            java.net.Socket socket = new java.net.Socket();
            try {
                socket.connect(server.getLocalSocketAddress(), 300);
                sockets.add(socket);
            } catch (java.net.SocketTimeoutException e) {
                socket.close();
                return sockets;
            }
        }
        throw new AssertionError("the queue of the listener does not fill");
    }

    // ---- the choice

    @Test
    void a_node_that_fails_twice_in_a_row_goes_behind_the_others() {
        FakeNode bad = mesh.node(error(502, "backend_error"));
        mesh.node(job -> job.say("good"));
        IicpClient client =
                mesh.client(b -> b.routingStrategy(network.iicp.client.selection.RoutingStrategy.DETERMINISTIC));
        for (int i = 0; i < 10; i++) {
            assertThat(client.chat(HELLO).text()).isEqualTo("good");
        }
        assertThat(bad.payloads()).hasSize(2);
    }

    @Test
    void the_last_candidate_is_asked_although_its_breaker_is_open_and_that_is_said() {
        FakeNode only = mesh.node(error(502, "backend_error"));
        IicpClient client = mesh.client(builder -> builder.maxAttempts(1));
        for (int i = 0; i < 6; i++) {
            assertThat(catchThrowableOfType(IicpException.class, () -> client.chat(HELLO)))
                    .isNotNull();
        }
        assertThat(mesh.events())
                .anyMatch(e -> e instanceof RoutingEvent.BreakerChanged changed
                        && changed.state().equals("open"));
        only.behave(job -> job.say("well again"));
        ChatResult result = client.chat(HELLO);
        assertThat(result.provenance().attempts()).extracting(Attempt::reason).containsExactly("last_resort");
        assertThat(result.provenance().receipt().leftOut()).extracting("reason").containsExactly("breaker_open");
        assertThat(mesh.events())
                .anyMatch(e -> e instanceof RoutingEvent.Selected selected
                        && selected.reason().equals("last_resort"));
        assertThat(client.chat(HELLO).provenance().attempts())
                .extracting(Attempt::reason)
                .containsExactly("first_choice");
    }

    @Test
    void a_connection_that_is_refused_is_no_send() {
        for (int dead = 0; dead < 5; dead++) {
            mesh.deadNode();
        }
        mesh.node(job -> job.say("the sixth"));
        ChatResult result = mesh.client(b -> b.maxAttempts(2)).chat(HELLO);
        assertThat(result.text()).isEqualTo("the sixth");
        assertThat(result.provenance().attempts()).hasSize(6);
    }

    @Test
    void refused_connections_end_all_the_same() {
        for (int dead = 0; dead < 20; dead++) {
            mesh.deadNode();
        }
        IicpException failure = catchThrowableOfType(
                IicpException.class, () -> mesh.client(b -> b.maxAttempts(2)).chat(HELLO));
        assertThat(failure.attempts()).hasSize(6);
    }

    @Test
    void when_all_rest_each_is_asked_in_turn() {
        List<FakeNode> all = List.of(
                mesh.node(error(502, "backend_error")),
                mesh.node(error(502, "backend_error")),
                mesh.node(error(502, "backend_error")));
        IicpClient client =
                mesh.client(b -> b.routingStrategy(network.iicp.client.selection.RoutingStrategy.DETERMINISTIC));
        for (int i = 0; i < 6; i++) {
            assertThat(catchThrowableOfType(IicpException.class, () -> client.chat(HELLO)))
                    .isNotNull();
        }
        all.get(2).behave(job -> job.say("well again"));
        ChatResult result = client.chat(HELLO);
        assertThat(result.text()).isEqualTo("well again");
        assertThat(result.provenance().attempts()).extracting(Attempt::reason).containsOnly("last_resort");
        assertThat(result.provenance().attempts()).extracting(Attempt::node).doesNotHaveDuplicates();
    }

    @Test
    void a_ranker_of_the_application_chooses_and_the_receipt_says_so() {
        mesh.node(job -> job.say("one"));
        mesh.node(job -> job.say("two"));
        IicpClient client = mesh.client(b -> b.candidateRanker(
                (request, intent, candidates) -> java.util.Optional.of(new network.iicp.spi.CandidateRanker.Decision(
                        candidates.get(1).candidateRef(), "mine", network.iicp.spi.CandidateRanker.Mode.NORMAL))));
        ChatResult result = client.chat(HELLO);
        assertThat(result.text()).isEqualTo("two");
        assertThat(result.provenance().receipt().selectionProfile()).isEqualTo("external_ranker/mine/normal");
        assertThat(result.provenance().receipt().eligibleCandidates()).isEqualTo(2);
        assertThat(result.provenance().receipt().toMap())
                .containsEntry("receipt_version", "iicp-routing-receipt-v1")
                .containsEntry("selected_node_id_prefix", "00000002")
                .containsEntry("encrypted", true);
    }

    @Test
    void a_ranker_that_fails_ends_the_call_before_anything_is_sent() {
        FakeNode node = mesh.node(job -> job.say("never"));
        IicpClient client = mesh.client(b -> b.candidateRanker((request, intent, candidates) -> {
            throw new IllegalStateException("no rules");
        }));
        IicpException failure = catchThrowableOfType(IicpException.class, () -> client.chat(HELLO));
        assertThat(failure.iicpCode()).contains("IICP-CANDIDATE-RANKER-REFUSED");
        assertThat(node.server().requests()).isEmpty();
    }

    @Test
    void a_failure_that_no_send_could_mend_lists_every_send() {
        mesh.node(error(502, "backend_error"));
        mesh.node(error(503, "busy"));
        mesh.node(job -> job.line().close());
        IicpException failure =
                catchThrowableOfType(IicpException.class, () -> mesh.client().chat(HELLO));
        assertThat(failure.code()).isEqualTo("no_available_node");
        assertThat(failure.attempts())
                .extracting(Attempt::kind)
                .containsExactly(Attempt.Kind.FAULT, Attempt.Kind.REFUSED, Attempt.Kind.CONNECTION);
        assertThat(failure.attempts())
                .allSatisfy(attempt -> assertThat(attempt.start()).isGreaterThanOrEqualTo(Duration.ZERO));
    }

    @Test
    void a_backend_failure_of_the_only_node_keeps_its_type() {
        mesh.node(error(502, "backend_error"));
        CompletableFuture<ChatResult> answer =
                mesh.client(b -> b.maxAttempts(1)).chatAsync(HELLO);
        assertThat(answer)
                .failsWithin(Duration.ofSeconds(20))
                .withThrowableThat()
                .withCauseInstanceOf(BackendException.class);
    }
}
