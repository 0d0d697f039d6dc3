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
class RegistrationIT extends DirectoryFixture {

    @Test
    void gives_credentials_and_lists_the_node_at_once() {
        Reply reply = register(Nodes.registration("node-1"));
        assertThat(reply.status()).isEqualTo(201);
        assertThat(reply.json())
                .containsEntry("node_id", "node-1")
                .containsEntry("recovered", false)
                .containsEntry("expires_at", null)
                .containsEntry("observed_source_ip", "127.0.0.1")
                .containsEntry("directory", "http://127.0.0.1:" + server.port());
        assertThat(reply.string("node_token")).matches("[0-9a-f]{64}");
        assertThat(reply.string("node_hmac_key")).matches("[0-9a-f]{64}");
        assertThat(reply.header("cache-control")).isEqualTo("no-store");
        assertThat(http.get(DISCOVER).nodes()).singleElement().satisfies(node -> assertThat(node)
                .containsEntry("node_id", "node-1"));
    }

    @Test
    void assigns_a_version_4_uuid_to_a_node_without_id() {
        Reply reply = register(Nodes.registration(null));
        assertThat(reply.string("node_id"))
                .matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
    }

    @Test
    void keeps_the_token_as_a_digest_only() {
        String token = registered("node-1");
        NodeRecord record = server.node("node-1").orElseThrow();
        assertThat(record.credentials().tokenSha256()).isEqualTo(Hashes.sha256Hex(token));
        assertThat(record.toString() + record.profile() + record.presence()).doesNotContain(token);
    }

    @Test
    void again_with_the_token_replaces_everything_but_the_standing_and_the_key() {
        Map<String, Object> first = Nodes.registration("node-1");
        Reply one = register(first);
        beat("node-1", one.string("node_token"), ",\"metrics\":{\"tasks_success\":5},\"metrics_batch_id\":\"b\"");
        Map<String, Object> second = Nodes.registration("node-1");
        second.put("current_node_token", one.string("node_token"));
        second.put("endpoint", "http://127.0.0.1:9999");
        second.put("cx_public_key", Nodes.key("cx-2"));
        second.put("capabilities", List.of(Nodes.capability(Nodes.EMBEDDING, "e")));
        Reply two = register(second);
        assertThat(two.status()).as(two.text()).isEqualTo(201);
        assertThat(two.json())
                .containsEntry("recovered", true)
                .hasEntrySatisfying("lifetime_jobs", jobs -> assertThat(jobs).hasToString("5"));
        assertThat(two.string("node_token")).isNotEqualTo(one.string("node_token"));
        assertThat(two.string("node_hmac_key")).isEqualTo(one.string("node_hmac_key"));
        assertThat(http.get(DISCOVER).nodes()).isEmpty();
        assertThat(http.get("/v1/discover?intent=" + Nodes.EMBEDDING).nodes())
                .singleElement()
                .satisfies(node -> {
                    assertThat(node).containsEntry("endpoint", "http://127.0.0.1:9999");
                    assertThat(node.get("reputation_score")).hasToString("0.55");
                });
        assertThat(beat("node-1", one.string("node_token"), "").status()).isEqualTo(401);
    }

    @Test
    void again_without_proof_gives_a_new_key_in_a_lenient_directory() {
        Reply one = register(Nodes.registration("node-1"));
        Reply two = register(Nodes.registration("node-1"));
        assertThat(two.status()).isEqualTo(201);
        assertThat(two.string("node_hmac_key")).isNotEqualTo(one.string("node_hmac_key"));
    }

    @Test
    void with_an_own_hmac_key_keeps_it() {
        Map<String, Object> own = Nodes.registration("node-1");
        own.put("node_hmac_key", "operators-own-key");
        assertThat(register(own).string("node_hmac_key")).isEqualTo("operators-own-key");
    }

    @Test
    void with_another_encryption_key_needs_the_token_until_the_operator_forgets_the_node() {
        registered("node-1");
        Map<String, Object> other = Nodes.registration("node-1");
        other.put("cx_public_key", Nodes.key("cx-2"));
        assertJsonError(register(other), 403, "IICP-E049");
        assertThat(server.forget("node-1")).isTrue();
        assertThat(server.forget("node-1")).isFalse();
        assertThat(register(other).status()).isEqualTo(201);
    }

    @Test
    void with_another_endpoint_is_refused_while_the_old_one_answers() {
        Map<String, Object> first = Nodes.registration("node-1");
        // The directory itself answers /iicp/health like a node.
        first.put("endpoint", "http://127.0.0.1:" + server.port());
        assertThat(register(first).status()).isEqualTo(201);
        Map<String, Object> moved = Nodes.registration("node-1");
        moved.put("endpoint", "http://127.0.0.1:1");
        assertJsonError(register(moved), 403, "IICP-E050");
    }

    @Test
    void with_another_endpoint_is_allowed_once_the_old_one_is_dead() {
        Map<String, Object> first = Nodes.registration("node-1");
        first.put("endpoint", "http://127.0.0.1:1");
        assertThat(register(first).status()).isEqualTo(201);
        assertThat(register(Nodes.registration("node-1")).status()).isEqualTo(201);
    }

    @Test
    void strictly_needs_the_token_of_a_node_with_a_key() {
        restart(DirectoryServer.builder().ownership(OwnershipRule.STRICT));
        String token = registered("node-1");
        assertJsonError(register(Nodes.registration("node-1")), 403, "IICP-E050");
        Map<String, Object> proven = Nodes.registration("node-1");
        proven.put("current_node_token", token);
        assertThat(register(proven).status()).isEqualTo(201);
        assertJsonError(register(proven), 403, "IICP-E050");
    }

    @Test
    void of_missing_members_names_them() {
        Reply reply = register(Map.of("node_id", "n"));
        assertJsonError(reply, 422, "validation_error");
        assertThat(reply.text()).contains("\"endpoint\":[\"is missing\"]", "\"capabilities\":[\"is missing\"]");
    }

    @Test
    void of_a_risky_intent_is_refused_by_policy() {
        Map<String, Object> risky = Nodes.registration("n");
        risky.put("capabilities", List.of(Nodes.capability("urn:iicp:intent:credit:decision:v1")));
        assertJsonError(register(risky), 422, "IICP-POLICY-001");
    }

    @Test
    void is_limited_per_minute_and_a_deregistration_gives_one_back() {
        restart(DirectoryServer.builder().rateLimits(new RateLimits(2, 0, 0)));
        String token = registered("a");
        registered("b");
        Reply refused = register(Nodes.registration("c"));
        assertJsonError(refused, 429, "rate_limited");
        assertThat(refused.header("retry-after")).isEqualTo("60");
        assertThat(refused.string("retry_after")).isEqualTo("60");
        assertThat(refused.member("error", "iicp_code")).isEqualTo("IICP-E034");
        assertThat(http.bearer(token)
                        .delete("/v1/register", Map.of("node_id", "a"))
                        .status())
                .isEqualTo(200);
        registered("c");
        clock.advance(Duration.ofMinutes(1));
        registered("d");
    }

    @Test
    void is_bounded_by_the_store_which_makes_room_by_forgetting_the_silent() {
        restart(DirectoryServer.builder().store(new InMemoryNodeStore(2)));
        registered("a");
        clock.advance(Duration.ofMinutes(61));
        registered("b");
        registered("c");
        assertThat(server.node("a")).isEmpty();
        assertJsonError(register(Nodes.registration("d")), 503, "temporarily_unavailable");
        assertThat(server.nodeCount()).isEqualTo(2);
    }

    @Test
    void is_bounded_for_one_source_address() {
        restart(DirectoryServer.builder().maxNodesPerSource(2));
        registered("a");
        registered("b");
        assertJsonError(register(Nodes.registration("c")), 422, "IICP-E052");
        clock.advance(Duration.ofSeconds(91));
        registered("c");
    }

    @Test
    void needs_the_join_token_where_one_is_set() {
        restart(DirectoryServer.builder().joinToken("0123456789abcdef"));
        assertJsonError(register(Nodes.registration("n")), 401, "unauthorized");
        http = http.with("X-IICP-Join-Token", "0123456789abcdeX");
        assertJsonError(register(Nodes.registration("n")), 401, "unauthorized");
        http = http.with("X-IICP-Join-Token", "0123456789abcdef");
        assertThat(register(Nodes.registration("n")).status()).isEqualTo(201);
        assertThat(http.get(DISCOVER).nodes()).as("discovery stays open").hasSize(1);
    }

    @Test
    void forgets_nodes_that_were_silent_for_ninety_days() {
        registered("old");
        clock.advance(Duration.ofDays(90));
        registered("young");
        assertThat(server.node("old")).as("not a moment too early").isPresent();
        clock.advance(Duration.ofHours(1));
        registered("younger");
        assertThat(server.node("old")).isEmpty();
        assertThat(server.nodeCount()).isEqualTo(2);
    }
}
