package network.iicp.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static network.iicp.node.TestNode.answer;
import static network.iicp.node.TestNode.newId;
import static network.iicp.node.TestNode.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import network.iicp.json.Json;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way a task is refused: status, slug, number, JSON and CORS. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RefusalIT {

    private static final String DEEP = "[".repeat(200) + "]".repeat(200);

    private final AtomicInteger executed = new AtomicInteger();
    private TestNode node;

    @BeforeAll
    void start() {
        node = TestNode.start(settings -> settings.handler(TestNode.chat("m1"), context -> {
            executed.incrementAndGet();
            return answer("served");
        }));
    }

    @AfterAll
    void stop() {
        node.close();
    }

    private static byte[] bytes(Map<String, Object> body) {
        return Json.bytes(body);
    }

    private static byte[] with(String name, Object value) {
        Map<String, Object> body = task(newId());
        body.put(name, value);
        return bytes(body);
    }

    private static byte[] without(String name) {
        Map<String, Object> body = task(newId());
        body.remove(name);
        return bytes(body);
    }

    private static byte[] payload(String name, Object value) {
        Map<String, Object> payload = new LinkedHashMap<>();
        payload.put("messages", List.of(Map.of("role", "user", "content", "hi")));
        payload.put(name, value);
        return with("payload", payload);
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                row("malformed JSON", "{\"task_id\":".getBytes(UTF_8), 400, "invalid_http_body", "null"),
                row("an empty body", new byte[0], 400, "invalid_http_body", "null"),
                row(
                        "invalid UTF-8",
                        new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'},
                        400,
                        "invalid_http_body",
                        "null"),
                row("an array", "[]".getBytes(UTF_8), 422, "validation_error", "IICP-E001"),
                row("nesting without end", DEEP.getBytes(UTF_8), 400, "invalid_http_body", "null"),
                row("no task id", without("task_id"), 422, "validation_error", "IICP-E001"),
                row("a task id that is no UUID", with("task_id", "t1"), 422, "validation_error", "IICP-E001"),
                row("a task id that is a number", with("task_id", 7), 422, "validation_error", "IICP-E001"),
                row("no intent", without("intent"), 422, "validation_error", "IICP-E001"),
                row(
                        "a modifier on the intent",
                        with("intent", TestNode.CHAT + "+fast"),
                        422,
                        "validation_error",
                        "IICP-E001"),
                row(
                        "upper case in the intent",
                        with("intent", "urn:iicp:intent:LLM:chat:v1"),
                        422,
                        "validation_error",
                        "IICP-E001"),
                row(
                        "an intent that is not served",
                        with("intent", "urn:iicp:intent:llm:embedding:v1"),
                        422,
                        "unknown_intent",
                        "null"),
                row(
                        "a prohibited intent",
                        with("intent", "urn:iicp:intent:x.acme:social-scoring:v1"),
                        403,
                        "policy_rejected",
                        "IICP-POLICY-001"),
                row("no payload", without("payload"), 422, "validation_error", "IICP-E001"),
                row("a payload that is a text", with("payload", "hi"), 422, "validation_error", "IICP-E001"),
                row(
                        "both forms of payload",
                        with("iicp_conf", Map.of("version", 1)),
                        422,
                        "validation_error",
                        "IICP-E001"),
                row(
                        "a time limit below the least",
                        with("constraints", Map.of("timeout_ms", 99)),
                        422,
                        "validation_error",
                        "IICP-E001"),
                row(
                        "a time limit above the most",
                        with("constraints", Map.of("timeout_ms", 300_001)),
                        422,
                        "validation_error",
                        "IICP-E001"),
                row(
                        "a time limit that is a text",
                        with("constraints", Map.of("timeout_ms", "1000")),
                        422,
                        "validation_error",
                        "IICP-E001"),
                row(
                        "an unknown urgency",
                        with("constraints", Map.of("qos", "now")),
                        422,
                        "validation_error",
                        "IICP-E001"),
                row(
                        "an unknown required profile",
                        with("constraints", Map.of("required_profiles", List.of("urn:iicp:profile:magic:v1"))),
                        422,
                        "unsupported_profile",
                        "null"),
                row("a model that is not served", payload("model", "gpt-9"), 404, "model_not_found", "IICP-E029"),
                row(
                        "a constraint to a model that is not served",
                        with("constraints", Map.of("model", "gpt-9")),
                        404,
                        "model_not_found",
                        "IICP-E029"),
                row("a model that is a number", payload("model", 4), 422, "validation_error", "IICP-E001"),
                row("a number of tokens below 1", payload("max_tokens", 0), 422, "validation_error", "IICP-E001"),
                row(
                        "a conversation without a message",
                        payload("messages", List.of()),
                        422,
                        "validation_error",
                        "IICP-E001"),
                row(
                        "a role that nobody knows",
                        payload("messages", List.of(Map.of("role", "robot", "content", "hi"))),
                        422,
                        "validation_error",
                        "IICP-E001"),
                row("a temperature out of range", payload("temperature", 3), 422, "validation_error", "IICP-E001"),
                row("half a token", payload("max_tokens", 1.5), 422, "validation_error", "IICP-E001"),
                row(
                        "an encrypted answer to a task in clear",
                        with("cx_response_encryption", "required"),
                        400,
                        "cx_response_unavailable",
                        "IICP-CX-03"));
    }

    private static Arguments row(String what, byte[] body, int status, String code, String iicpCode) {
        return Arguments.of(what, body, status, code, iicpCode);
    }

    @ParameterizedTest(name = "{0} is answered {2} {3}")
    @MethodSource("refusals")
    void a_bad_request(String what, byte[] body, int status, String code, String iicpCode) throws Exception {
        int before = executed.get();

        for (String path : List.of("/v1/task", "/v1/task/events")) {
            TestNode.Reply reply = node.post(path, body);

            assertRefused(reply, status, code);
            assertThat(reply.iicpCode()).isEqualTo(iicpCode);
            assertThat(reply.text()).doesNotContain("Exception", "network.iicp", ".java");
        }
        assertThat(executed).hasValue(before);
        node.awaitIdle();
    }

    private static void assertRefused(TestNode.Reply reply, int status, String code) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(status);
        assertThat(reply.header("content-type")).startsWith("application/json");
        assertThat(reply.errorCode()).isEqualTo(code);
        assertThat(reply.member("error")).containsEntry("component", "node").containsKeys("message", "retryable");
        assertThat(reply.header("access-control-allow-origin")).isEqualTo("*");
        assertThat(reply.header("access-control-expose-headers")).contains("Retry-After", "X-IICP-Trace-Id");
    }

    @Nested
    class Payloads_beyond_the_registry {

        private final byte[] stopAsText = payload("stop", "END");

        @Test
        void are_served_by_default() throws Exception {
            assertThat(node.post("/v1/task", stopAsText).status()).isEqualTo(200);
        }

        @Test
        void are_refused_when_the_operator_wants_that() throws Exception {
            try (TestNode strict = TestNode.start(settings ->
                    settings.validatePayloads(true).handler(TestNode.chat("m1"), context -> answer("hello")))) {
                TestNode.Reply reply = strict.post("/v1/task", stopAsText);

                assertRefused(reply, 422, "validation_error");
                assertThat(reply.text()).contains("payload.stop must be an array");
                assertThat(strict.post(task(newId())).status()).isEqualTo(200);
            }
        }
    }

    @Nested
    class At_the_boundary {

        @Test
        void a_body_over_the_limit_is_too_large() throws Exception {
            byte[] large = with("payload", Map.of("text", "x".repeat(1024 * 1024)));

            assertRefused(node.post("/v1/task", large), 413, "request_too_large");
        }

        @Test
        void a_coded_body_is_not_accepted() throws Exception {
            TestNode.Reply reply = node.post("/v1/task", bytes(task(newId())), "Content-Encoding", "gzip");

            assertRefused(reply, 415, "unsupported_content_encoding");
        }

        @Test
        void another_media_type_is_not_accepted() throws Exception {
            TestNode.Reply reply = node.post("/v1/task", bytes(task(newId())), "Content-Type", "text/plain");

            assertRefused(reply, 415, "unsupported_media_type");
        }

        @Test
        void an_unknown_path_and_a_wrong_method_are_JSON_too() throws Exception {
            TestNode.Reply unknown = node.get("/v1/models");
            TestNode.Reply wrong = node.get("/v1/task");

            assertThat(unknown.status()).isEqualTo(404);
            assertThat(unknown.errorCode()).isEqualTo("not_found");
            assertThat(wrong.status()).isEqualTo(405);
            assertThat(wrong.errorCode()).isEqualTo("method_not_allowed");
            assertThat(List.of(unknown, wrong))
                    .allSatisfy(reply -> assertThat(reply.header("access-control-allow-origin"))
                            .isEqualTo("*"));
        }

        @Test
        void a_malformed_task_key_is_refused() throws Exception {
            TestNode.Reply reply = node.post(task(newId()), "X-IICP-Task-Key", "short");

            assertRefused(reply, 422, "validation_error");
        }
    }

    @Nested
    class When_every_place_is_taken {

        @Test
        void the_next_task_is_refused_at_once_with_a_time_to_come_back() throws Exception {
            CountDownLatch busy = new CountDownLatch(1);
            CountDownLatch free = new CountDownLatch(1);
            try (TestNode small =
                    TestNode.start(settings -> settings.maxConcurrent(1).handler(TestNode.chat("m1"), context -> {
                        busy.countDown();
                        free.await();
                        return answer("late");
                    }))) {
                CompletableFuture<TestNode.Reply> first = small.postAsync(task(newId()));
                busy.await();
                String id = newId();

                TestNode.Reply refused = small.post(task(id, Map.of("qos", "interactive")));

                assertRefused(refused, 429, "capacity_exceeded");
                assertThat(refused.iicpCode()).isEqualTo("IICP-E021");
                assertThat(refused.member("error")).containsEntry("qos_class", "interactive");
                assertThat(refused.member("error")).containsKey("retry_after_ms");
                assertThat(Integer.parseInt(refused.header("retry-after"))).isPositive();
                free.countDown();
                assertThat(first.get().status()).isEqualTo(200);
                assertThat(small.post(task(id, Map.of("qos", "interactive"))).status())
                        .as("the id is not burnt by the refusal")
                        .isEqualTo(200);
                small.awaitIdle();
            }
        }
    }

    @Nested
    class When_the_handler_fails {

        private TestNode.Reply failing(Exception failure) throws Exception {
            try (TestNode failing = TestNode.serving(context -> {
                throw failure;
            })) {
                TestNode.Reply reply = failing.post(task(newId()));
                failing.awaitIdle();
                assertThat(failing.heard(NodeEvent.TaskEnded.class)).hasSize(1);
                return reply;
            }
        }

        @Test
        void an_unknown_failure_is_a_backend_error_without_details() throws Exception {
            TestNode.Reply reply = failing(new IllegalStateException("secret of /etc/passwd"));

            assertRefused(reply, 502, "backend_error");
            assertThat(reply.text()).doesNotContain("secret", "passwd", "IllegalState");
            assertThat(reply.json()).containsEntry("status", "error").containsKey("task_id");
        }

        @Test
        void a_typed_failure_keeps_its_code_and_its_time_to_come_back() throws Exception {
            TestNode.Reply reply = failing(IicpException.of(
                    IicpError.of(ErrorCode.TEMPORARILY_UNAVAILABLE, ErrorComponent.NODE, "loading the model")
                            .withRetryAfter(java.time.Duration.ofSeconds(7))));

            assertRefused(reply, 503, "temporarily_unavailable");
            assertThat(reply.header("retry-after")).isEqualTo("7");
        }

        @Test
        void a_failure_that_never_crosses_the_wire_is_a_backend_error() throws Exception {
            TestNode.Reply reply = failing(IicpException.of(
                    IicpError.of(ErrorCode.NETWORK_ERROR, ErrorComponent.NODE, "http://10.0.0.7:11434 refused")));

            assertRefused(reply, 502, "backend_error");
            assertThat(reply.text()).doesNotContain("10.0.0.7");
        }

        @Test
        void a_request_the_engine_refuses_is_the_callers_fault() throws Exception {
            TestNode.Reply reply = failing(IicpException.of(
                    IicpError.of(ErrorCode.BACKEND_REJECTED, ErrorComponent.NODE, "temperature is out of range")));

            assertRefused(reply, 422, "backend_rejected");
        }

        @Test
        void an_answer_that_is_too_large_is_not_sent() throws Exception {
            try (TestNode large = TestNode.serving(context -> answer("x".repeat(2 * 1024 * 1024)))) {
                assertRefused(large.post(task(newId())), 500, "response_too_large");
                large.awaitIdle();
            }
        }

        @Test
        void something_that_is_not_JSON_is_a_backend_error() throws Exception {
            try (TestNode odd = TestNode.serving(context -> new Object())) {
                assertRefused(odd.post(task(newId())), 502, "backend_error");
                odd.awaitIdle();
            }
        }
    }

    @Nested
    class When_callers_come_too_often {

        @Test
        void an_origin_is_limited_and_told_when_to_come_back() throws Exception {
            try (TestNode limited = TestNode.start(settings ->
                    settings.tasksPerMinutePerOrigin(2).handler(Intent.LLM_CHAT, context -> answer("ok")))) {
                assertThat(limited.post(task(newId())).status()).isEqualTo(200);
                assertThat(limited.post(task(newId())).status()).isEqualTo(200);

                TestNode.Reply refused = limited.post(task(newId()));

                assertRefused(refused, 429, "rate_limited");
                assertThat(refused.iicpCode()).isEqualTo("IICP-E023");
                assertThat(Integer.parseInt(refused.header("retry-after"))).isBetween(1, 60);
            }
        }

        @Test
        void addresses_behind_a_trusted_proxy_are_told_apart_and_others_cannot_pretend() throws Exception {
            try (TestNode behind = TestNode.start(settings -> settings.tasksPerMinutePerAddress(1)
                    .trustedProxies(List.of("127.0.0.0/8", "::1"))
                    .handler(Intent.LLM_CHAT, context -> answer("ok")))) {
                assertThat(behind.post(task(newId()), "X-Forwarded-For", "192.0.2.1")
                                .status())
                        .isEqualTo(200);
                assertThat(behind.post(task(newId()), "X-Forwarded-For", "192.0.2.2")
                                .status())
                        .isEqualTo(200);
                assertRefused(behind.post(task(newId()), "X-Forwarded-For", "9.9.9.9, 192.0.2.1"), 429, "rate_limited");
            }
            try (TestNode direct = TestNode.start(settings ->
                    settings.tasksPerMinutePerAddress(1).handler(Intent.LLM_CHAT, context -> answer("ok")))) {
                assertThat(direct.post(task(newId()), "X-Forwarded-For", "192.0.2.1")
                                .status())
                        .isEqualTo(200);
                assertRefused(direct.post(task(newId()), "X-Forwarded-For", "192.0.2.2"), 429, "rate_limited");
            }
        }

        @Test
        void tokens_and_tasks_of_a_caller_are_limited_and_repeats_are_free() throws Exception {
            try (TestNode limited = TestNode.start(settings ->
                    settings.tasksPerMinutePerCaller(2).handler(Intent.LLM_CHAT, context -> answer("ok")))) {
                Map<String, Object> first = task(newId());
                assertThat(limited.post(first).status()).isEqualTo(200);
                assertThat(limited.post(first).header("x-iicp-replayed")).isEqualTo("true");
                assertThat(limited.post(task(newId())).status()).isEqualTo(200);
                assertRefused(limited.post(task(newId())), 429, "rate_limited");
                assertThat(limited.post(first).status()).isEqualTo(200);
            }
            try (TestNode limited = TestNode.start(settings -> settings.tokensPerMinute(5)
                    .enforceTokensPerMinute(true)
                    .handler(Intent.LLM_CHAT, context -> answer("five tokens")))) {
                assertThat(limited.post(task(newId())).status()).isEqualTo(200);
                assertRefused(limited.post(task(newId())), 429, "rate_limited");
            }
        }

        @Test
        void an_urgent_task_waits_for_a_place_when_the_node_was_told_so_and_others_do_not() throws Exception {
            CountDownLatch busy = new CountDownLatch(1);
            CountDownLatch free = new CountDownLatch(1);
            try (TestNode patient = TestNode.start(settings -> settings.maxConcurrent(1)
                    .admissionWait(Duration.ofSeconds(2))
                    .handler(Intent.LLM_CHAT, context -> {
                        busy.countDown();
                        free.await();
                        return answer("ok");
                    }))) {
                CompletableFuture<TestNode.Reply> first = patient.postAsync(task(newId()));
                busy.await();
                assertRefused(patient.post(task(newId(), Map.of("qos", "batch"))), 429, "capacity_exceeded");
                assertRefused(patient.post(task(newId())), 429, "capacity_exceeded");
                CompletableFuture<TestNode.Reply> urgent =
                        patient.postAsync(task(newId(), Map.of("qos_class", "interactive")));
                Slots slots = patient.node.runtime().orElseThrow().slots();
                await().until(() -> slots.waiting() == 1);
                free.countDown();

                assertThat(urgent.get().status()).isEqualTo(200);
                assertThat(first.get().status()).isEqualTo(200);
            }
        }

        @Test
        void an_address_is_limited_too() throws Exception {
            try (TestNode limited = TestNode.start(settings ->
                    settings.tasksPerMinutePerAddress(1).handler(Intent.LLM_CHAT, context -> answer("ok")))) {
                assertThat(limited.post(task(newId())).status()).isEqualTo(200);

                assertRefused(limited.post(task(newId())), 429, "rate_limited");
            }
        }
    }

    @Nested
    class When_the_node_drains {

        @Test
        void new_tasks_are_refused_and_the_running_one_is_answered() throws Exception {
            CountDownLatch busy = new CountDownLatch(1);
            CountDownLatch free = new CountDownLatch(1);
            TestNode draining = TestNode.serving(context -> {
                busy.countDown();
                free.await();
                return answer("last words");
            });
            CompletableFuture<TestNode.Reply> running = draining.postAsync(task(newId()));
            busy.await();
            CompletableFuture<Void> closing = draining.stopAside();
            await().until(() -> draining.node.state() == NodeState.DRAINING);

            TestNode.Reply refused = draining.post(task(newId()));
            TestNode.Reply health = draining.get("/iicp/health");
            free.countDown();

            assertRefused(refused, 503, "temporarily_unavailable");
            assertThat(refused.header("retry-after")).isNotEmpty();
            assertThat(health.json()).containsEntry("status", "degraded").containsEntry("available", false);
            assertThat(running.get().status()).isEqualTo(200);
            closing.get();
            assertThat(draining.node.state()).isEqualTo(NodeState.STOPPED);
            draining.close();
        }
    }
}
