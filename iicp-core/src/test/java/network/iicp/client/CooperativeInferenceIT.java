package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import network.iicp.IicpClient;
import network.iicp.client.cooperation.CooperationRequest;
import network.iicp.client.cooperation.CooperationSettings;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.Usage;
import network.iicp.protocol.wire.TaskReplyCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CooperativeInferenceIT {

    private final FakeMesh mesh = new FakeMesh();

    @AfterEach
    void close() {
        mesh.close();
    }

    private static Task question() {
        return Task.of(Intent.LLM_CHAT, Map.of("messages", List.of(Map.of("role", "user", "content", "where?"))));
    }

    private IicpClient client(UnaryOperator<CooperationSettings.Builder> more) {
        CooperationSettings settings = more.apply(
                        CooperationSettings.builder().enabled(true).strategy(CooperationSettings.Strategy.REMOTE_FIRST))
                .build();
        return mesh.client(b -> b.cooperation(settings));
    }

    private IicpClient client() {
        return client(builder -> builder);
    }

    private static FakeNode.Behaviour worker(String text) {
        return worker(text, body -> body);
    }

    private static FakeNode.Behaviour worker(String text, UnaryOperator<Map<String, Object>> spoiled) {
        return job -> job.reply(spoiled.apply(answer(job, text)));
    }

    /** What a worker of the protocol answers: bound to the session, with a receipt that names its answer. */
    private static Map<String, Object> answer(FakeNode.Job job, String text) {
        Map<String, Object> result = Map.of(
                "choices",
                List.of(Map.of(
                        "index", 0, "message", Map.of("role", "assistant", "content", text), "finish_reason", "stop")));
        Map<String, Object> body = new LinkedHashMap<>(
                TaskReplyCodec.success(job.taskId(), result, Usage.UNKNOWN, "m1", Map.of("latency_ms", 1)));
        body.put(
                "trace",
                Map.of("cip_role", "worker", "cip_session_key", job.cip().get("cip_session_key")));
        Map<String, Object> receipt = new LinkedHashMap<>(job.cip());
        receipt.remove("cip_role");
        receipt.put("task_id", job.taskId());
        receipt.put("worker_node_id", "worker");
        receipt.put("tokens_used", 500);
        receipt.put("nonce", UUID.randomUUID().toString().replace("-", ""));
        receipt.put("response_hash", sha256(Json.canonical(result)));
        receipt.put("signature", "only the directory can check it");
        body.put("cip_receipt", receipt);
        return body;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, Object> without(Map<String, Object> body, String member) {
        Map<String, Object> less = new LinkedHashMap<>(body);
        less.remove(member);
        return less;
    }

    @Test
    void two_of_three_workers_decide_and_the_outcome_says_how() {
        List<FakeNode> workers =
                List.of(mesh.node(worker("Paris")), mesh.node(worker("London")), mesh.node(worker("Paris")));
        Task task = question();
        CooperationOutcome outcome = client().cooperate(task, CooperationRequest.majorityOf(3), CallOptions.DEFAULT);
        assertThat(outcome.succeeded()).isTrue();
        assertThat(Json.text(outcome.orThrow().result())).contains("Paris");
        assertThat(outcome.aggregation().toMap())
                .containsEntry("policy", "majority_vote")
                .containsEntry("replicas_dispatched", 3)
                .containsEntry("replicas_responded", 3)
                .containsEntry("cip_vote_count", 2)
                .containsEntry("cip_quorum_threshold", 2)
                .containsEntry(
                        "selected_worker_id", outcome.orThrow().provenance().node());
        assertThat(outcome.receipts()).hasSize(3).allSatisfy(receipt -> assertThat(receipt.tokensUsed())
                .isEqualTo(500));
        assertThat(workers).allSatisfy(worker -> {
            Map<String, Object> sent =
                    Json.parseObject(worker.server().requests().get(0).body(), JsonLimits.DEFAULT);
            Map<?, ?> cip = (Map<?, ?>) sent.get("cip");
            Map<?, ?> trace = (Map<?, ?>) sent.get("trace");
            assertThat(cip.get("cip_role")).isEqualTo("worker");
            assertThat(trace.get("cip_role")).isEqualTo("coordinator");
            assertThat(cip.get("cip_parent_task_id")).isEqualTo(task.id()).isEqualTo(trace.get("cip_parent_task_id"));
            assertThat(cip.get("cip_session_key")).asString().hasSize(64).isEqualTo(trace.get("cip_session_key"));
            assertThat(sent.get("task_id")).isNotEqualTo(task.id());
        });
    }

    @Test
    void an_answer_that_does_not_count_is_asked_for_elsewhere() {
        mesh.node(worker("unbound", body -> without(body, "trace")));
        mesh.node(worker("good one"));
        mesh.node(worker("good"));
        FakeNode fourth = mesh.node(worker("another"));
        CooperationOutcome outcome = client().cooperate(question(), CooperationRequest.bestOf(3), CallOptions.DEFAULT);
        assertThat(Json.text(outcome.orThrow().result())).contains("good one");
        assertThat(outcome.parts()).hasSize(3);
        assertThat(fourth.payloads()).hasSize(1);
    }

    @Test
    void a_worker_whose_connection_was_lost_is_asked_again_and_its_answer_counts() {
        AtomicInteger sends = new AtomicInteger();
        FakeNode shaky = mesh.node(job -> {
                    if (sends.incrementAndGet() == 1) {
                        job.line().close();
                    } else {
                        worker("Paris").execute(job);
                    }
                })
                .streaming(); // so that it can be asked to cancel
        CooperationRequest onePart = CooperationRequest.mapReduce(List.of(Map.of("part", "one")));
        CooperationOutcome outcome = client().cooperate(question(), onePart, CallOptions.DEFAULT);
        assertThat(outcome.fault()).isEmpty();
        assertThat(outcome.parts()).hasSize(1);
        assertThat(sends).hasValue(2);
        assertThat(shaky.cancelled()).isNotEmpty();
    }

    @Test
    void without_an_answer_that_counts_the_outcome_is_a_failure_and_still_says_how() {
        mesh.node(worker("a", body -> without(body, "cip_receipt")));
        mesh.node(worker("b", body -> without(body, "trace")));
        CooperationOutcome outcome = client().cooperate(question(), CooperationRequest.bestOf(2), CallOptions.DEFAULT);
        assertThat(outcome.succeeded()).isFalse();
        assertThat(outcome.fault().orElseThrow().iicpCode()).contains("IICP-E024");
        assertThat(outcome.aggregation().replicasDispatched()).isEqualTo(2);
        assertThat(outcome.aggregation().replicasResponded()).isZero();
        assertThat(catchThrowableOfType(IicpException.class, outcome::orThrow)).isNotNull();
    }

    @Test
    void parts_go_to_one_worker_each_and_come_back_in_order() {
        for (int i = 0; i < 3; i++) {
            mesh.node(job -> job.reply(answer(job, "about " + job.payload().get("part"))));
        }
        List<Map<String, Object>> parts =
                List.of(Map.of("part", "one"), Map.of("part", "two"), Map.of("part", "three"));
        CooperationOutcome outcome =
                client().cooperate(question(), CooperationRequest.mapReduce(parts), CallOptions.DEFAULT);
        assertThat(outcome.parts().stream()
                        .map(part -> Json.text(part.result()))
                        .toList())
                .satisfiesExactly(
                        one -> assertThat(one).contains("about one"),
                        two -> assertThat(two).contains("about two"),
                        three -> assertThat(three).contains("about three"));
    }

    @Test
    void a_part_that_is_missing_fails_the_whole() {
        FakeNode.Behaviour some = job -> {
            if (job.payload().get("part").equals("two")) {
                job.line().json(422, "{\"error\":{\"code\":\"validation_error\"}}");
            } else {
                job.reply(answer(job, "fine"));
            }
        };
        mesh.node(some);
        mesh.node(some);
        CooperationOutcome outcome = client().cooperate(
                        question(),
                        CooperationRequest.mapReduce(List.of(Map.of("part", "one"), Map.of("part", "two"))),
                        CallOptions.DEFAULT);
        assertThat(outcome.succeeded()).isFalse();
        assertThat(outcome.aggregation().replicasResponded()).isEqualTo(1);
    }

    @Test
    void too_few_workers_are_told_before_anything_is_sent() {
        FakeNode one = mesh.node(worker("a"));
        CooperationOutcome outcome = client().cooperate(question(), CooperationRequest.bestOf(2), CallOptions.DEFAULT);
        assertThat(outcome.fault().orElseThrow().iicpCode()).contains("IICP-E022");
        assertThat(one.server().requests()).isEmpty();
    }

    @Test
    void busy_and_untrusted_workers_are_left_out() {
        FakeNode busy = mesh.node(worker("busy"));
        FakeNode stranger = mesh.node(worker("stranger"));
        FakeNode friend = mesh.node(worker("friend"));
        Map<String, Object> loaded = new LinkedHashMap<>(busy.description(0.9));
        loaded.put("load", 0.8);
        mesh.directory((request, line) -> line.json(
                200, Json.text(Map.of("nodes", List.of(loaded, stranger.description(0.8), friend.description(0.7))))));
        CooperationOutcome outcome = client(b -> b.trustedPeers(java.util.Set.of(busy.id(), friend.id())))
                .cooperate(question(), CooperationRequest.bestOf(2), CallOptions.DEFAULT);
        assertThat(outcome.fault().orElseThrow().leftOut())
                .extracting("reason")
                .containsExactlyInAnyOrder("worker_too_busy", "not_a_trusted_peer");
    }

    @Test
    void workers_below_the_least_reputation_are_left_out() {
        FakeNode unknown = mesh.node(worker("unknown"));
        FakeNode weak = mesh.node(worker("weak"));
        FakeNode good = mesh.node(worker("good"));
        FakeNode better = mesh.node(worker("better"));
        mesh.directory((request, line) -> line.json(
                200,
                Json.text(Map.of(
                        "nodes",
                        List.of(
                                unknown.description(0.9),
                                reputed(weak, 0.49),
                                reputed(good, 0.5),
                                reputed(better, 0.9))))));

        CooperationOutcome outcome = client(b -> b.minReputation(0.5))
                .cooperate(question(), CooperationRequest.bestOf(2), CallOptions.DEFAULT);

        assertThat(outcome.succeeded()).isTrue();
        assertThat(List.of(good, better))
                .allSatisfy(node -> assertThat(node.payloads()).hasSize(1));
        assertThat(List.of(unknown, weak))
                .allSatisfy(node -> assertThat(node.payloads()).isEmpty());
    }

    private static Map<String, Object> reputed(FakeNode node, double reputation) {
        Map<String, Object> description = new LinkedHashMap<>(node.description(0.8));
        description.put("reputation_score", reputation);
        return description;
    }

    @Test
    void cooperation_is_off_unless_turned_on_and_sends_nothing() {
        FakeNode node = mesh.node(worker("a"));
        CooperationOutcome outcome =
                mesh.client().cooperate(question(), CooperationRequest.bestOf(2), CallOptions.DEFAULT);
        assertThat(outcome.fault().orElseThrow().code()).isEqualTo("invalid_config");
        assertThat(node.server().requests()).isEmpty();
        assertThat(mesh.directory().requests()).isEmpty();
    }

    @Test
    void an_application_that_can_answer_does_so_when_workers_do_not() {
        Task task = question();
        TaskResult own = new TaskResult(
                task.id(),
                Map.of("text", "mine"),
                Usage.UNKNOWN,
                null,
                Map.of(),
                new Provenance(task.id(), "local", null, null, false, false, "trace", List.of()));
        IicpClient client = client(b -> b.localAnswer(asked -> CompletableFuture.completedFuture(own)));
        CooperationOutcome outcome = client.cooperate(task, CooperationRequest.bestOf(2), CallOptions.DEFAULT);
        assertThat(outcome.local()).isTrue();
        assertThat(outcome.orThrow()).isSameAs(own);
    }

    /** What the directory is told of receipts from here on. */
    private List<RawServer.Request> awards() {
        List<RawServer.Request> awards = new java.util.concurrent.CopyOnWriteArrayList<>();
        List<Map<String, Object>> nodes = mesh.describe();
        mesh.directory((request, line) -> {
            if (request.path().endsWith("/credits/award")) {
                awards.add(request);
                line.json(200, "{}");
            } else {
                line.json(200, Json.text(Map.of("nodes", nodes)));
            }
        });
        return awards;
    }

    @Test
    void the_directory_is_told_of_receipts_where_a_credential_is_set() {
        mesh.node(worker("a"));
        mesh.node(worker("b"));
        List<RawServer.Request> awards = awards();
        CooperationOutcome outcome = client(b -> b.settlementCredential("node-token"))
                .cooperate(question(), CooperationRequest.bestOf(2), CallOptions.DEFAULT);
        assertThat(outcome.succeeded()).isTrue();
        await().until(() -> awards.size() == 2);
        assertThat(awards).allSatisfy(request -> {
            assertThat(request.path()).isEqualTo("/api/v1/credits/award");
            assertThat(request.header("authorization")).isEqualTo("Bearer node-token");
            Map<String, Object> body = Json.parseObject(request.body(), JsonLimits.DEFAULT);
            assertThat(body).containsKeys("node_id", "task_id", "nonce", "response_hash", "amount", "cip_session_key");
        });
    }

    @Test
    void the_directory_hears_nothing_of_an_answer_of_another_session() {
        mesh.node(worker("a", body -> {
            Map<String, Object> foreign = new LinkedHashMap<>(body);
            Map<String, Object> receipt = new LinkedHashMap<>();
            ((Map<?, ?>) body.get("cip_receipt")).forEach((name, value) -> receipt.put((String) name, value));
            receipt.put("cip_session_key", "0".repeat(64));
            receipt.put("worker_node_id", "of another session");
            foreign.put("cip_receipt", receipt);
            return foreign;
        }));
        mesh.node(worker("b"));
        List<RawServer.Request> awards = awards();

        try (IicpClient client = client(b -> b.settlementCredential("node-token"))) {
            client.cooperate(question(), CooperationRequest.bestOf(2), CallOptions.DEFAULT);
            await().until(() -> !awards.isEmpty());
        }

        assertThat(awards).singleElement().satisfies(request -> assertThat(
                        Json.parseObject(request.body(), JsonLimits.DEFAULT).get("node_id"))
                .isEqualTo("worker"));
    }

    @Test
    void cancelling_stops_every_worker() {
        List<FakeNode> workers = List.of(
                mesh.node(job -> job.line().peerClosed()).streaming(),
                mesh.node(job -> job.line().peerClosed()).streaming());
        CompletableFuture<CooperationOutcome> outcome =
                client().cooperateAsync(question(), CooperationRequest.bestOf(2), CallOptions.DEFAULT);
        await().until(() ->
                workers.stream().allMatch(worker -> worker.payloads().size() == 1));
        outcome.cancel(true);
        await().until(() ->
                workers.stream().allMatch(worker -> worker.cancelled().size() == 1));
    }
}
