package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import network.iicp.directory.server.Http.Reply;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class RegistryIT extends DirectoryFixture {

    @Test
    void tell_a_node_about_itself_by_its_token_alone() {
        String token = registered("n");
        assertThat(http.bearer(token).get("/api/v1/me").json())
                .containsEntry("node_id", "n")
                .containsEntry("observed_source_ip", "127.0.0.1")
                .containsEntry("endpoint", "http://127.0.0.1:9484");
        assertJsonError(http.get("/v1/me"), 401, "unauthorized");
        assertJsonError(http.bearer(token).with("X-Node-Id", "other").get("/v1/me"), 401, "unauthorized");
        assertJsonError(http.bearer(token).get("/v1/me?node_id=other"), 401, "unauthorized");
    }

    @Test
    void list_live_nodes_for_gossip_freshest_first() {
        registered("a");
        clock.advance(Duration.ofSeconds(50));
        registered("b");
        Reply reply = http.get("/v1/bootstrap");
        assertThat(reply.string("count")).isEqualTo("2");
        assertThat(reply.text().indexOf("\"b\"")).isLessThan(reply.text().indexOf("\"a\""));
        assertThat(http.get("/v1/bootstrap?limit=1").string("count")).isEqualTo("1");
        clock.advance(Duration.ofSeconds(41));
        assertThat(http.get("/v1/bootstrap").string("count")).isEqualTo("1");
        assertJsonError(http.get("/v1/bootstrap?limit=51"), 422, "validation_error");
        assertJsonError(http.get("/v1/bootstrap?limit=x"), 422, "validation_error");
    }

    @Test
    void publish_the_directory_s_key() {
        Reply reply = http.get("/v1/directory-key");
        assertThat(reply.string("public_key")).matches("[0-9a-f]{64}").isEqualTo(server.publicKey());
        assertThat(reply.string("algorithm")).isEqualTo("ed25519");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/health", "/iicp/health", "/v1/health", "/api/v1/health"})
    void say_that_the_directory_lives(String path) {
        assertThat(http.get(path).json()).containsEntry("ok", true).containsEntry("role", "directory");
    }

    @Test
    void describe_a_node_in_detail() {
        registered("node-number-1");
        Reply reply = http.get("/v1/node/node-number-1");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json()).containsEntry("node_id", "node-number-1").containsKeys("health", "capabilities");
        assertThat(reply.member("health", "label")).isEqualTo("healthy");
        assertThat(reply.member("health", "score")).isEqualTo("85");
        clock.advance(Duration.ofSeconds(91));
        assertThat(http.get("/v1/node/node-number-1").member("health", "label")).isEqualTo("offline");
        assertJsonError(http.get("/v1/node/node-num"), 404, "not_found");
    }

    @Test
    void find_a_node_in_the_registry_by_prefix_or_whole_id() {
        String token = registered("3f0c7d52-8f4e-4a68-9a8e-0d1f2b3c4d5e");
        registered("short");
        Reply reply = http.get("/api/v1/registry/nodes/3f0c7d52");
        assertThat(reply.json()).containsEntry("node_id_prefix", "3f0c7d52").containsEntry("active", true);
        assertThat(reply.member("status_summary", "state")).isEqualTo("ready");
        assertThat(reply.text()).doesNotContain("127.0.0.1:9484");
        assertThat(http.get("/v1/registry/nodes/short").status()).isEqualTo(200);
        assertJsonError(http.get("/v1/registry/nodes/shor"), 404, "not_found");
        assertJsonError(http.get("/v1/registry/nodes/3f0c7d53"), 404, "not_found");
        assertJsonError(http.get("/v1/registry/nodes/-bad"), 422, "validation_error");
        beat("3f0c7d52-8f4e-4a68-9a8e-0d1f2b3c4d5e", token, ",\"available\":false");
        assertThat(http.get("/v1/registry/nodes/3f0c7d52").status())
                .as("a 404 would make official nodes register again")
                .isEqualTo(200);
    }

    @Test
    void page_through_the_registry() {
        for (int i = 0; i < 25; i++) {
            Map<String, Object> registration = Nodes.registration("n%02d".formatted(i));
            registration.put("region", i < 5 ? "us-east" : "eu-central");
            registration.put("policy", Map.of("allow_remote_inference", i == 7));
            register(registration);
        }
        Reply first = http.get("/v1/registry/nodes");
        assertThat(first.string("total")).isEqualTo("25");
        assertThat(first.nodes()).hasSize(20);
        assertThat(http.get("/v1/registry/nodes?page=2").nodes()).hasSize(5);
        assertThat(http.get("/v1/registry/nodes?page=1000000").nodes()).isEmpty();
        assertThat(http.get("/v1/registry/nodes?limit=100&region=us-east").nodes())
                .hasSize(5);
        assertThat(http.get("/v1/registry/nodes?cip_enabled=true").string("total"))
                .isEqualTo("1");
        assertThat(http.get("/v1/registry/nodes?intent=" + Nodes.EMBEDDING).string("total"))
                .isEqualTo("0");
        assertJsonError(http.get("/v1/registry/nodes?limit=101"), 422, "validation_error");
        assertJsonError(http.get("/v1/registry/nodes?page=0"), 422, "validation_error");
        assertJsonError(http.get("/v1/registry/nodes?cip_enabled=maybe"), 422, "validation_error");
    }

    @Test
    void count_nodes_by_intent() {
        registered("a");
        registered("b");
        assertThat(http.get("/v1/registry/intents").text())
                .isEqualTo("{\"intents\":[{\"urn\":\"%s\",\"node_count\":2}]}".formatted(Nodes.CHAT));
    }

    @Test
    void name_live_nodes_a_node_does_not_know_yet() {
        String token = registered("a");
        registered("b");
        registered("c");
        Reply reply = http.bearer(token).post("/v1/peers", Map.of("sender_id", "a", "known_peers", List.of("b")));
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(reply.string("count")).isEqualTo("1");
        assertThat(reply.text()).contains("\"c\"").doesNotContain("\"a\"", "\"b\"");
        assertThat(http.bearer(token)
                        .post("/v1/peers", Map.of("node_id", "a", "limit", 1))
                        .string("count"))
                .isEqualTo("1");
        assertJsonError(http.post("/v1/peers", Map.of("node_id", "a")), 401, "unauthorized");
        assertJsonError(
                http.bearer(token).post("/v1/peers", Map.of("node_id", "a", "known_peers", "b")),
                422,
                "validation_error");
        assertJsonError(
                http.bearer(token).post("/v1/peers", Map.of("node_id", "a", "limit", 21)), 422, "validation_error");
    }

    @Test
    void say_how_the_mesh_is() {
        registered("a");
        assertThat(http.get("/v1/stats").member("mesh_health", "label")).isEqualTo("insufficient_sample");
        registered("b");
        registered("c");
        Reply reply = http.get("/v1/stats");
        assertThat(reply.member("mesh_health", "label")).isEqualTo("healthy");
        assertThat(reply.member("mesh_health", "score")).isEqualTo("85");
        assertThat(reply.member("mesh_health", "sample")).isEqualTo("3");
        assertThat(reply.member("sdk_adoption", "by_language")).isEqualTo("{java=3}");
        clock.advance(Duration.ofSeconds(91));
        Reply silent = http.get("/v1/stats");
        assertThat(silent.member("server", "nodes_known")).isEqualTo("3");
        assertThat(silent.member("server", "nodes_live")).isEqualTo("0");
        assertThat(silent.member("mesh_health", "score")).isEqualTo("0");
    }
}
