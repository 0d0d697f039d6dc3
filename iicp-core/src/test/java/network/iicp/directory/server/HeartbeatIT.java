package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import network.iicp.crypto.Hashes;
import network.iicp.directory.server.Http.Reply;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class HeartbeatIT extends DirectoryFixture {

    @Test
    void keeps_a_node_listed_and_brings_it_back() {
        String token = registered("n");
        clock.advance(Duration.ofSeconds(60));
        Reply reply = beat("n", token, "");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json()).containsEntry("ok", true).containsEntry("metrics_batch_accepted", null);
        assertThat(reply.string("next_heartbeat_ms")).isEqualTo("30000");
        assertThat(reply.string("challenge")).matches("[0-9a-f]{32}");
        clock.advance(Duration.ofSeconds(60));
        assertThat(http.get(DISCOVER).nodes()).hasSize(1);
        clock.advance(Duration.ofSeconds(31));
        assertThat(http.get(DISCOVER).nodes()).isEmpty();
        assertThat(http.get("/v1/registry/nodes/n").status()).as("still known").isEqualTo(200);
        beat("n", token, "");
        assertThat(http.get(DISCOVER).nodes()).hasSize(1);
    }

    @Test
    void reports_load_and_availability() {
        String token = registered("n");
        beat("n", token, ",\"load\":0.5,\"active_jobs\":5");
        Map<String, Object> node = http.get(DISCOVER).nodes().get(0);
        assertThat(node.get("load")).hasToString("0.5");
        assertThat(node.get("active_jobs")).hasToString("5");
        beat("n", token, "");
        assertThat(http.get(DISCOVER).nodes().get(0).get("load"))
                .as("unchanged")
                .hasToString("0.5");
        beat("n", token, ",\"available\":false");
        assertThat(http.get(DISCOVER).nodes()).isEmpty();
        beat("n", token, ",\"available\":null");
        assertThat(http.get(DISCOVER).nodes()).hasSize(1);
    }

    @Test
    void reports_models_and_the_state_of_the_engine() {
        String token = registered("n");
        beat("n", token, ",\"health_models\":[\"m2\"]");
        assertThat(http.get(DISCOVER).nodes().get(0)).containsEntry("models", List.of("m2"));
        beat("n", token, "");
        assertThat(http.get(DISCOVER).nodes().get(0)).containsEntry("models", List.of("m2"));
        beat("n", token, ",\"health_models\":null");
        assertThat(http.get(DISCOVER).nodes().get(0)).containsEntry("models", List.of("m1"));
        beat("n", token, ",\"health_models\":[]");
        assertThat(http.get(DISCOVER).nodes()).isEmpty();
        beat("n", token, ",\"health_models\":[\"m1\"],\"backend_stability\":{\"backend_state\":\"draining\"}");
        assertThat(http.get(DISCOVER).nodes()).isEmpty();
        beat(
                "n",
                token,
                ",\"backend_stability\":{\"backend_state\":\"degraded\",\"reason_class\":\"backend_loading\"}");
        assertThat(http.get(DISCOVER).nodes().get(0).get("backend_stability").toString())
                .contains("degraded", "backend_loading");
    }

    @Test
    void counts_a_batch_once_and_echoes_it() {
        String token = registered("n");
        String batch =
                ",\"metrics\":{\"tasks_success\":3,\"tasks_failed\":0,\"avg_latency_ms\":812.5},\"metrics_batch_id\":\"b-1\"";
        assertThat(beat("n", token, batch).string("reputation_score")).isEqualTo("0.53");
        Reply again = beat("n", token, batch);
        assertThat(again.string("reputation_score")).isEqualTo("0.53");
        assertThat(again.string("metrics_batch_accepted")).isEqualTo("b-1");
        assertThat(again.string("reputation_model")).isEqualTo("outcome-v2");
        assertThat(http.get(DISCOVER).nodes().get(0).get("latency_estimate_ms")).hasToString("813");
    }

    @Test
    void answers_the_challenge_of_the_last_reply() {
        Reply registered = register(Nodes.registration("n"));
        String token = registered.string("node_token");
        String challenge = beat("n", token, "").string("challenge");
        String answer = Hashes.hmacSha256Hex(registered.string("node_hmac_key"), challenge);
        assertThat(beat("n", token, ",\"challenge_response\":\"00\"").status()).isEqualTo(200);
        assertThat(beat("n", token, ",\"challenge_response\":\"%s\"".formatted(answer))
                        .status())
                .isEqualTo(200);
        assertThat(server.node("n").orElseThrow().presence().livenessVerifiedAt())
                .as("that challenge was replaced")
                .isNull();
        challenge = beat("n", token, "").string("challenge");
        beat(
                "n",
                token,
                ",\"challenge_response\":\"%s\""
                        .formatted(Hashes.hmacSha256Hex(registered.string("node_hmac_key"), challenge)));
        assertThat(server.node("n").orElseThrow().presence().livenessVerifiedAt())
                .isEqualTo(clock.instant());
    }

    @Test
    void needs_the_current_token_of_that_node() {
        String a = registered("a");
        registered("b");
        assertJsonError(http.post("/v1/heartbeat", Map.of("node_id", "a")), 401, "unauthorized");
        assertJsonError(beat("b", a, ""), 401, "unauthorized");
        assertJsonError(beat("a", "wrong", ""), 401, "unauthorized");
        assertJsonError(beat("nobody", "wrong", ""), 404, "not_found");
        assertJsonError(beat("nobody", a, ""), 401, "unauthorized");
        assertJsonError(
                http.with("Authorization", "Basic x").post("/v1/heartbeat", Map.of("node_id", "a")),
                401,
                "unauthorized");
        assertJsonError(
                http.bearer("x".repeat(300)).post("/v1/heartbeat", Map.of("node_id", "a")), 401, "unauthorized");
    }

    @Test
    void that_is_malformed_changes_nothing() {
        String token = registered("n");
        clock.advance(Duration.ofSeconds(80));
        assertJsonError(beat("n", token, ",\"metrics\":[]"), 422, "validation_error");
        clock.advance(Duration.ofSeconds(11));
        assertThat(http.get(DISCOVER).nodes()).isEmpty();
    }

    @Test
    void is_limited_for_each_node() {
        restart(DirectoryServer.builder().rateLimits(new RateLimits(0, 2, 0)));
        String a = registered("a");
        String b = registered("b");
        beat("a", a, "");
        beat("a", a, "");
        assertJsonError(beat("a", a, ""), 429, "rate_limited");
        assertThat(beat("b", b, "").status()).isEqualTo(200);
    }
}
