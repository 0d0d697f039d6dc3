package network.iicp.node;

import static network.iicp.node.TestNode.SOON;
import static network.iicp.node.TestNode.answer;
import static network.iicp.node.TestNode.newId;
import static network.iicp.node.TestNode.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import network.iicp.crypto.Hashes;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.json.PythonJson;
import network.iicp.protocol.Intent;
import network.iicp.spi.TaskHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** A node as worker of coordinators, and as one that asks for credits. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CooperationIT {

    private static final String KEY = "0123456789abcdef0123456789abcdef";
    private static final String PARENT = "11111111-2222-4333-8444-555555555555";

    private final MockWebServer directory = new MockWebServer();
    private final List<Map<String, Object>> registrations = new CopyOnWriteArrayList<>();
    private final List<Map<String, Object>> awards = new CopyOnWriteArrayList<>();

    @BeforeEach
    void start() throws Exception {
        directory.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                String path = String.valueOf(request.getUrl().encodedPath());
                if (path.endsWith("/register") && "POST".equals(request.getMethod())) {
                    registrations.add(body(request));
                    return json(201, Map.of("node_id", "worker-1", "node_token", "own-token", "node_hmac_key", KEY));
                }
                if (path.endsWith("/credits/award")) {
                    Map<String, Object> award = body(request);
                    award.put("authorization", request.getHeaders().get("Authorization"));
                    awards.add(award);
                    return json(200, Map.of("ok", true));
                }
                boolean known = path.endsWith("/heartbeat") || path.endsWith("/register");
                return known ? json(200, Map.of("ok", true)) : json(501, Map.of("error", Map.of("code", "no")));
            }
        });
        directory.start();
    }

    @AfterEach
    void stop() {
        directory.close();
    }

    private static Map<String, Object> body(RecordedRequest request) {
        return Json.parseObject(
                String.valueOf(
                        request.getBody() == null ? "{}" : request.getBody().utf8()),
                JsonLimits.DEFAULT);
    }

    private static MockResponse json(int status, Map<String, Object> body) {
        return new MockResponse.Builder()
                .code(status)
                .setHeader("Content-Type", "application/json")
                .body(Json.text(body))
                .build();
    }

    private TestNode node(Consumer<NodeSettingsBuilder> more, TaskHandler handler) throws Exception {
        TestNode node = TestNode.start(settings ->
                more.accept(settings.directoryUrl(URI.create("http://127.0.0.1:%d/api".formatted(directory.getPort())))
                        .nodeId("worker-1")
                        .handler(TestNode.chat("m1"), handler)));
        node.node.registered().get(20, TimeUnit.SECONDS);
        return node;
    }

    private TestNode worker(TaskHandler handler) throws Exception {
        return node(settings -> settings.cooperation(CooperationPolicy.asWorker()), handler);
    }

    private static Map<String, Object> subTask(String id) {
        Map<String, Object> body = task(id);
        body.put("source_node_id", "asker");
        body.put("cip", Map.of("cip_role", "worker", "cip_session_key", "session", "cip_parent_task_id", PARENT));
        body.put("trace", Map.of("cip_role", "coordinator", "trace_id", "trace"));
        return body;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Object value) {
        return (Map<String, Object>) value;
    }

    private static void assertSigned(Map<String, Object> receipt, String parent, String session) {
        String text = "%s:%s:%s:%s:%s:%s:asker"
                .formatted(
                        receipt.get("task_id"),
                        receipt.get("tokens_used"),
                        parent,
                        session,
                        receipt.get("nonce"),
                        receipt.get("response_hash"));
        assertThat(receipt.get("signature")).isEqualTo(Hashes.hmacSha256Hex(KEY, text));
    }

    @Test
    void a_sub_task_is_answered_with_its_session_and_a_receipt_and_not_reported() throws Exception {
        try (TestNode node = node(
                settings -> settings.cooperation(CooperationPolicy.asWorker()).creditReporting(CreditReporting.DIRECT),
                context -> answer("gr\u00fc\u00dfe \ud83d\ude00"))) {
            String id = newId();
            TestNode.Reply reply = node.post(subTask(id));

            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.member("trace"))
                    .containsEntry("cip_role", "worker")
                    .containsEntry("cip_session_key", "session")
                    .containsEntry("trace_id", "trace");
            Map<String, Object> receipt = reply.member("cip_receipt");
            assertThat(receipt)
                    .containsEntry("task_id", id)
                    .containsEntry("worker_node_id", "worker-1")
                    .containsEntry("cip_parent_task_id", PARENT)
                    .containsEntry("cip_session_key", "session")
                    .containsEntry("querying_node_id", "asker");
            assertThat(receipt.get("tokens_used")).hasToString("5");
            assertThat(receipt.get("response_hash"))
                    .isEqualTo(
                            Hashes.sha256Hex(PythonJson.canonical(reply.json().get("result"))));
            assertSigned(receipt, PARENT, "session");
            assertThat(object(registrations.get(0).get("policy"))).containsEntry("allow_remote_inference", true);
        }
        assertThat(awards).isEmpty();
    }

    @Test
    void a_direct_task_is_reported_once_and_its_answer_says_nothing_of_it() throws Exception {
        try (TestNode node = node(
                settings ->
                        settings.creditReporting(CreditReporting.DIRECT).price(new NodePrice(2, "per_token", false)),
                context -> answer("ok"))) {
            Map<String, Object> body = task(newId());
            body.put("source_node_id", "asker");
            TestNode.Reply reply = node.post(body);
            TestNode.Reply resent = node.post(body);

            assertThat(resent.body()).isEqualTo(reply.body());
            assertThat(reply.json()).doesNotContainKeys("trace", "cip_receipt");
        }
        // Closing the node waited for it.
        assertThat(awards).hasSize(1);
        Map<String, Object> award = awards.get(0);
        assertThat(award)
                .containsEntry("node_id", "worker-1")
                .containsEntry("reason", "task_completion")
                .containsEntry("authorization", "Bearer own-token");
        assertThat(award.get("amount")).hasToString("0.01");
        assertSigned(award, "", "");
        assertThat(registrations.get(0)).doesNotContainKey("policy");
    }

    @Test
    void nothing_is_reported_for_failures_nor_without_tokens_nor_by_default() throws Exception {
        try (TestNode node = node(settings -> settings.creditReporting(CreditReporting.ALWAYS), context -> {
            if (context.task().payload().containsKey("fail")) {
                throw new IllegalStateException("no");
            }
            return Map.of("text", "no usage");
        })) {
            Map<String, Object> failing = task(newId());
            failing.put("payload", Map.of("fail", true));
            assertThat(node.post(failing).status()).isEqualTo(502);
            assertThat(node.post(task(newId())).status()).isEqualTo(200);
        }
        try (TestNode node = node(settings -> {}, context -> answer("ok"))) {
            assertThat(node.post(task(newId())).status()).isEqualTo(200);
        }
        assertThat(awards).isEmpty();
    }

    @Test
    void a_sub_task_is_refused_by_a_node_that_is_no_worker_and_when_it_is_malformed() throws Exception {
        try (TestNode node = node(settings -> {}, context -> answer("ok"))) {
            TestNode.Reply reply = node.post(subTask(newId()));

            assertThat(reply.status()).isEqualTo(403);
            assertThat(reply.errorCode()).isEqualTo("forbidden");
        }
        try (TestNode node = worker(context -> answer("ok"))) {
            Map<String, Object> malformed = subTask(newId());
            malformed.put("cip", Map.of("cip_role", "boss"));
            TestNode.Reply reply = node.post(malformed);

            assertThat(reply.status()).isEqualTo(422);
            assertThat(reply.errorCode()).isEqualTo("validation_error");
            assertThat(reply.iicpCode()).isEqualTo("IICP-E028");
            TestNode.Reply streamed = node.post("/v1/task/events", Json.bytes(subTask(newId())));
            assertThat(streamed.status()).isEqualTo(422);
        }
    }

    @Test
    void sub_tasks_have_places_of_their_own_and_give_them_back() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch free = new CountDownLatch(1);
        try (TestNode node = node(
                settings -> settings.cooperation(CooperationPolicy.asWorker().withMaxConcurrentRemote(1)), context -> {
                    busy.countDown();
                    free.await();
                    return answer("ok");
                })) {
            CompletableFuture<TestNode.Reply> first = node.postAsync(subTask(newId()));
            busy.await();
            TestNode.Reply second = node.post(subTask(newId()));
            free.countDown();

            assertThat(second.status()).isEqualTo(503);
            assertThat(second.errorCode()).isEqualTo("capacity_exhausted");
            assertThat(second.iicpCode()).isEqualTo("IICP-E021");
            assertThat(second.header("retry-after")).isEqualTo("1");
            assertThat(first.get().status()).isEqualTo(200);
            await().atMost(SOON).until(() -> node.node.activeTasks() == 0);
            assertThat(node.post(subTask(newId())).status()).isEqualTo(200);
        }
    }

    @Test
    void tools_run_only_when_that_was_allowed() throws Exception {
        Intent tool = Intent.parse("urn:iicp:intent:tool:run:v1");
        for (boolean allowed : new boolean[] {false, true}) {
            try (TestNode node = TestNode.start(settings -> settings.handler(tool, context -> "ran")
                    .cooperation(CooperationPolicy.OFF.withToolExecution(allowed)))) {
                Map<String, Object> body = new LinkedHashMap<>(task(newId()));
                body.put("intent", tool.urn());
                TestNode.Reply reply = node.post(body);

                assertThat(reply.status()).isEqualTo(allowed ? 200 : 403);
                if (!allowed) {
                    assertThat(reply.errorCode()).isEqualTo("tool_execution_denied");
                }
            }
        }
    }
}
