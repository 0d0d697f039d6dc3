package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.crypto.Hashes;
import network.iicp.directory.server.Http.Reply;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.wire.NodeCodec;
import network.iicp.transport.CorsPolicy;
import network.iicp.transport.EndpointScope;
import network.iicp.transport.ListenerStartException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DirectoryServerIT {

    private static final String DISCOVER = "/api/v1/discover?intent=" + Nodes.CHAT;

    private final FakeClock clock = new FakeClock();
    private DirectoryServer server;
    private Http http;

    @BeforeEach
    void start() {
        restart(DirectoryServer.builder());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void restart(DirectoryServer.Builder builder) {
        if (server != null) {
            server.close();
        }
        server = builder.port(0).clock(clock).build();
        server.start();
        http = new Http("http://127.0.0.1:" + server.port());
    }

    private Reply register(Map<String, Object> registration) {
        return http.post("/api/v1/register", registration);
    }

    private String registered(String id) {
        Reply reply = register(Nodes.registration(id));
        assertThat(reply.status()).as(reply.text()).isEqualTo(201);
        return reply.string("node_token");
    }

    private Reply beat(String id, String token, String more) {
        return http.bearer(token).send("POST", "/api/v1/heartbeat", "{\"node_id\":\"%s\"%s}".formatted(id, more));
    }

    private static void assertJsonError(Reply reply, int status, String code) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(status);
        assertThat(reply.header("content-type")).startsWith("application/json");
        assertThat(reply.code()).isEqualTo(code);
        assertThat(reply.member("error", "message")).isNotEqualTo("null");
        assertThat(reply.text()).doesNotContain("Exception", "\tat ", "/work");
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class Registering {

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
                    .hasEntrySatisfying(
                            "lifetime_jobs", jobs -> assertThat(jobs).hasToString("5"));
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
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class The_scope {

        @ParameterizedTest
        @CsvSource({
            "LOCAL,   http://127.0.0.1:9484,       201",
            "LOCAL,   http://localhost:9484,       201",
            "LOCAL,   http://[::1]:9484,           201",
            "LOCAL,   https://node.example.com,    201",
            "LOCAL,   http://169.254.169.254,      422",
            "PRIVATE, http://10.1.2.3:9484,        201",
            "PRIVATE, http://node.lan:9484,        201",
            "PRIVATE, https://node.example.com,    201",
            "PRIVATE, http://192.168.1.1:9484,     422",
            "PRIVATE, http://127.0.0.1:9484,       422",
            "PRIVATE, http://169.254.169.254,      422",
            "PUBLIC,  https://node.example.com,    201",
            "PUBLIC,  http://127.0.0.1:9484,       422",
            "PUBLIC,  http://localhost:9484,       422",
            "PUBLIC,  http://10.1.2.3:9484,        422",
            "PUBLIC,  http://node.lan:9484,        422",
            "PUBLIC,  http://node:9484,            422",
            "PUBLIC,  http://0x7f000001:9484,      422",
            "PUBLIC,  http://[::ffff:10.0.0.1]:80, 422",
            "PUBLIC,  http://[fd00::1]:9484,       422"
        })
        void decides_which_endpoints_may_register(EndpointScope scope, String endpoint, int status) {
            restart(DirectoryServer.builder()
                    .scope(scope)
                    .privateNetworks(List.of("10.0.0.0/8", "*.lan"))
                    .withoutLivenessCheck());
            Map<String, Object> registration = Nodes.registration("n");
            registration.put("endpoint", endpoint);
            Reply reply = register(registration);
            assertThat(reply.status()).as(reply.text()).isEqualTo(status);
            if (status == 422) {
                assertJsonError(reply, 422, "IICP-E035");
                assertThat(reply.text()).contains("\"endpoint\":[\"IICP-E035: ");
            }
        }

        @Test
        void covers_relay_and_native_endpoints_too() {
            restart(DirectoryServer.builder().scope(EndpointScope.PUBLIC).withoutLivenessCheck());
            for (String member : List.of("relay_endpoint", "transport_endpoint")) {
                Map<String, Object> registration = Nodes.registration("n");
                registration.put("endpoint", "https://node.example.com");
                registration.put(member, member.startsWith("r") ? "http://10.0.0.1" : "iicp://10.0.0.1:9484");
                Reply reply = register(registration);
                assertJsonError(reply, 422, "IICP-E035");
                assertThat(reply.text()).contains("\"" + member + "\":[");
            }
        }

        @Test
        void follows_from_the_address_unless_set() {
            assertThat(DirectoryServer.builder().build().scope()).isEqualTo(EndpointScope.LOCAL);
            assertThat(DirectoryServer.builder().host("localhost").build().scope())
                    .isEqualTo(EndpointScope.LOCAL);
            assertThat(DirectoryServer.builder().host("::1").build().scope()).isEqualTo(EndpointScope.LOCAL);
            assertThat(DirectoryServer.builder().host("::").build().scope()).isEqualTo(EndpointScope.PUBLIC);
            assertThat(DirectoryServer.builder().host("192.168.1.2").build().scope())
                    .isEqualTo(EndpointScope.PUBLIC);
            assertThat(DirectoryServer.builder()
                            .host("::")
                            .privateNetworks(List.of("10.0.0.0/8"))
                            .build()
                            .scope())
                    .isEqualTo(EndpointScope.PRIVATE);
        }

        @Test
        void beyond_one_machine_dials_back_before_it_lists() {
            restart(DirectoryServer.builder().scope(EndpointScope.PRIVATE).privateNetworks(List.of("127.0.0.0/8")));
            Map<String, Object> dead = Nodes.registration("dead");
            dead.put("endpoint", "http://127.0.0.1:1");
            Reply refused = register(dead);
            assertJsonError(refused, 422, "liveness_failed");
            assertThat(refused.member("error", "message").toString()).startsWith("IICP-E036");
            assertThat(server.nodeCount()).isZero();
            Map<String, Object> alive = Nodes.registration("alive");
            alive.put("endpoint", "http://127.0.0.1:%d/".formatted(server.port()));
            assertThat(register(alive).status()).isEqualTo(201);
            assertThat(http.get(DISCOVER).nodes().get(0))
                    .containsEntry("directory_observed_reachable", true)
                    .containsEntry("route_evidence", "directory_observed");
        }

        @Test
        void of_the_public_mesh_believes_a_declared_route_without_dialling() {
            restart(DirectoryServer.builder().scope(EndpointScope.PUBLIC));
            Map<String, Object> declared = Nodes.registration("n");
            declared.put("endpoint", "https://node.invalid-for-sure.example.com");
            declared.put("nat_type", "full_cone");
            declared.put("transport_method", "upnp_mapped");
            assertThat(register(declared).status()).isEqualTo(201);
            assertThat(http.get(DISCOVER).nodes())
                    .as("nobody says how it is exposed")
                    .isEmpty();
            assertThat(http.get(DISCOVER + "&include_internal=1").nodes()).hasSize(1);
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class A_heartbeat {

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
            assertThat(http.get("/v1/registry/nodes/n").status())
                    .as("still known")
                    .isEqualTo(200);
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
            assertThat(http.get(DISCOVER)
                            .nodes()
                            .get(0)
                            .get("backend_stability")
                            .toString())
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
            assertThat(http.get(DISCOVER).nodes().get(0).get("latency_estimate_ms"))
                    .hasToString("813");
        }

        @Test
        void answers_the_challenge_of_the_last_reply() {
            Reply registered = register(Nodes.registration("n"));
            String token = registered.string("node_token");
            String challenge = beat("n", token, "").string("challenge");
            String answer = Hashes.hmacSha256Hex(registered.string("node_hmac_key"), challenge);
            assertThat(beat("n", token, ",\"challenge_response\":\"00\"").status())
                    .isEqualTo(200);
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

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class Deregistering {

        @Test
        void takes_the_node_off_every_list_and_ends_its_token() {
            String token = registered("n");
            Reply reply = http.bearer(token).delete("/api/v1/register", Map.of("node_id", "n"));
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.json()).containsEntry("deregistered", true);
            assertThat(http.get(DISCOVER).nodes()).isEmpty();
            assertJsonError(beat("n", token, ""), 404, "not_found");
            assertJsonError(http.bearer(token).delete("/v1/register", Map.of("node_id", "n")), 404, "not_found");
        }

        @Test
        void works_by_header_or_token_alone_when_the_body_is_dropped() {
            String a = registered("a");
            assertThat(http.bearer(a)
                            .with("X-Node-Id", "a")
                            .send("DELETE", "/v1/register", null)
                            .status())
                    .isEqualTo(200);
            String b = registered("b");
            assertThat(http.bearer(b).send("DELETE", "/v1/register", null).status())
                    .isEqualTo(200);
            assertThat(server.nodeCount()).isZero();
        }

        @Test
        void needs_the_node_s_own_token() {
            String a = registered("a");
            registered("b");
            assertJsonError(http.bearer(a).delete("/v1/register", Map.of("node_id", "b")), 401, "unauthorized");
            assertJsonError(http.delete("/v1/register", Map.of("node_id", "b")), 401, "unauthorized");
            assertThat(server.nodeCount()).isEqualTo(2);
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class Discovering {

        @Test
        void describes_a_node_so_that_official_consumers_can_read_it() {
            Map<String, Object> registration = Nodes.registration("3f0c7d52-8f4e-4a68-9a8e-0d1f2b3c4d5e");
            registration.put("public_key", "00ff");
            registration.put("transport_endpoint", "iicp://127.0.0.1:9484");
            registration.put("backend", "ollama");
            registration.put(
                    "pricing",
                    Map.of("credit_cost_multiplier", 1.5, "pricing_model", "per_token", "declaration_signature", "00"));
            Map<String, Object> capability = new LinkedHashMap<>(Nodes.capability(Nodes.CHAT, "m1"));
            capability.put("supports_streaming", true);
            capability.put("supported_profiles", List.of("urn:iicp:profile:service-lifecycle:v1"));
            capability.put(
                    "extensions",
                    Map.of(
                            "network.iicp.lifecycle",
                            Map.of("required", false, "value", Map.of("events", "/v1/task/events"))));
            registration.put("capabilities", List.of(capability, Nodes.capability(Nodes.EMBEDDING, "e1")));
            assertThat(register(registration).status()).isEqualTo(201);

            Reply reply = http.get(DISCOVER);
            assertThat(reply.header("cache-control"))
                    .isEqualTo("public, max-age=5, s-maxage=10, stale-while-revalidate=5");
            assertThat(reply.string("count")).isEqualTo("1");
            assertThat(reply.json())
                    .containsEntry("relay_available", false)
                    .containsEntry("view", "dispatch")
                    .containsEntry("data_class", "route_dispatch")
                    .containsEntry("route_fields_present", true)
                    .containsEntry("ticketed_dispatch_available", false);
            Map<String, Object> node = reply.nodes().get(0);
            assertNothingIsNull(node);
            assertThat(node)
                    .doesNotContainKeys("public_key", "node_hmac_key", "current_node_token")
                    .containsEntry("node_id", "3f0c7d52-8f4e-4a68-9a8e-0d1f2b3c4d5e")
                    .containsEntry("endpoint", "http://127.0.0.1:9484")
                    .containsEntry("transport_endpoint", "iicp://127.0.0.1:9484")
                    .containsEntry("transport", List.of("http", "iicp-native"))
                    .containsEntry("available", true)
                    .containsEntry("region", "eu-central")
                    .containsEntry("key_ready", true)
                    .containsEntry("models", List.of("m1"))
                    .containsEntry("supported_profiles", List.of("urn:iicp:profile:service-lifecycle:v1"))
                    .containsEntry("input_modalities", List.of("text"))
                    .containsEntry("routing_hint", "http_direct")
                    .containsEntry("health_label", "healthy")
                    .containsEntry("reputation_tier", "silver")
                    .containsEntry("cip_conformance_level", "CIP-None")
                    .containsEntry("sdk_status", "current");
            assertThat(node.get("load")).hasToString("0");
            assertThat(node.get("score")).hasToString("0.905");
            assertThat(node.get("cx_public_key").toString()).contains("response_encryption_v1", Nodes.KEY);
            assertThat(node.get("pricing").toString()).contains("attested").doesNotContain("declaration_signature");
            assertThat((List<?>) node.get("capabilities")).hasSize(1);

            NodeDescriptor read = NodeCodec.decode(node).orElseThrow();
            assertThat(read.streams(network.iicp.protocol.Intent.LLM_CHAT)).isTrue();
            assertThat(read.key()).isPresent();
            assertThat(read.capabilities().get(0).extensions()).containsKey("network.iicp.lifecycle");
        }

        @Test
        void shows_the_public_nothing_it_could_call() {
            registered("3f0c7d52-8f4e-4a68-9a8e-0d1f2b3c4d5e");
            Reply reply = http.get(DISCOVER + "&view=public");
            assertThat(reply.json())
                    .containsEntry("data_class", "public_presentation")
                    .containsEntry("route_fields_present", false);
            assertThat(reply.nodes().get(0))
                    .containsEntry("node_id_prefix", "3f0c7d52")
                    .doesNotContainKeys("node_id", "endpoint", "transport_endpoint", "cx_public_key", "relay_endpoint");
            assertThat(reply.text()).doesNotContain("127.0.0.1", "8f4e-4a68");
        }

        @Test
        void keeps_to_the_limit() {
            for (int i = 0; i < 60; i++) {
                registered("n" + i);
            }
            assertThat(http.get(DISCOVER).nodes()).hasSize(10);
            assertThat(http.get(DISCOVER + "&limit=1").nodes()).hasSize(1);
            assertThat(http.get(DISCOVER + "&limit=500").nodes()).hasSize(50);
        }

        @Test
        void refuses_prompts_without_repeating_them() {
            Reply reply = http.get(DISCOVER + "&prompt=my-secret");
            assertJsonError(reply, 422, "validation_error");
            assertThat(reply.text()).doesNotContain("my-secret");
        }

        @Test
        void decodes_what_it_is_asked() {
            Map<String, Object> registration = Nodes.registration("n");
            registration.put("capabilities", List.of(Nodes.capability(Nodes.CHAT, "größer+8b")));
            register(registration);
            assertThat(http.get(DISCOVER + "&model=gr%C3%B6%C3%9Fer%2B8b").nodes())
                    .hasSize(1);
        }

        private void assertNothingIsNull(Object value) {
            if (value instanceof Map<?, ?> map) {
                map.forEach((name, member) -> {
                    assertThat(member).as(String.valueOf(name)).isNotNull();
                    assertNothingIsNull(member);
                });
            } else if (value instanceof List<?> list) {
                list.forEach(this::assertNothingIsNull);
            }
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class The_smaller_calls {

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
            assertThat(http.get("/v1/node/node-number-1").member("health", "label"))
                    .isEqualTo("offline");
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
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class Bad_requests {

        @ParameterizedTest
        @CsvSource({
            "GET, /, 404, not_found",
            "GET, /v1, 404, not_found",
            "GET, /v2/discover, 404, not_found",
            "GET, /v1/discover/, 404, not_found",
            "POST, /v1/dispatch/ticket, 404, not_found",
            "POST, /api/v1/dispatch/ticket, 404, not_found",
            "GET, /v1/credits/balance, 404, not_found",
            "POST, /v1/discover, 405, method_not_allowed",
            "GET, /v1/register, 405, method_not_allowed",
            "PUT, /api/v1/register, 405, method_not_allowed",
            "PATCH, /v1/heartbeat, 405, method_not_allowed",
            "DELETE, /v1/me, 405, method_not_allowed",
            "BREW, /v1/discover, 405, method_not_allowed"
        })
        void get_json_for_every_path_and_method(String method, String path, int status, String code) {
            assertJsonError(http.send(method, path, method.equals("GET") ? null : "{}"), status, code);
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                        nonsense          | 400 | invalid_http_body
                        {"a":             | 400 | invalid_http_body
                        {"a":1}}          | 400 | invalid_http_body
                        {"a":1,"a":2}     | 400 | invalid_http_body
                        []                | 422 | validation_error
                        null              | 422 | validation_error
                        "text"            | 422 | validation_error
                        {}                | 422 | validation_error
                        """)
        void get_json_for_every_body(String body, int status, String code) {
            assertJsonError(http.send("POST", "/v1/register", body), status, code);
        }

        @Test
        void are_bounded_in_size_and_depth() {
            assertJsonError(
                    http.send("POST", "/v1/register", "{\"a\":" + "[".repeat(1000) + "]".repeat(1000) + "}"),
                    400,
                    "invalid_http_body");
            assertJsonError(
                    http.send("POST", "/v1/register", "{\"a\":\"" + "x".repeat(300_000) + "\"}"),
                    413,
                    "request_too_large");
        }

        @Test
        void of_another_type_are_refused_because_pages_could_send_them() {
            assertJsonError(
                    http.with("Content-Type", "text/plain").post("/v1/register", Nodes.registration("n")),
                    415,
                    "unsupported_media_type");
            assertThat(http.with("Content-Type", "application/json; charset=utf-8")
                            .post("/v1/register", Nodes.registration("n"))
                            .status())
                    .isEqualTo(201);
        }

        @Test
        void of_pages_are_refused_unless_their_origin_is_allowed() {
            Http page = http.with("Origin", "https://evil.example");
            assertJsonError(page.post("/v1/register", Nodes.registration("n")), 403, "forbidden");
            assertThat(page.get(DISCOVER).header("access-control-allow-origin")).isEmpty();
            restart(DirectoryServer.builder()
                    .cors(CorsPolicy.anyOrigin(
                                    List.of("GET", "POST", "DELETE"),
                                    List.of("Content-Type", "Authorization"),
                                    List.of())
                            .withOrigins(java.util.Set.of("https://app.example"))));
            Http allowed = http.with("Origin", "https://app.example");
            Reply reply = allowed.post("/v1/register", Nodes.registration("n"));
            assertThat(reply.status()).isEqualTo(201);
            assertThat(reply.header("access-control-allow-origin")).isEqualTo("https://app.example");
            assertJsonError(
                    http.with("Origin", "https://evil.example").post("/v1/register", Nodes.registration("m")),
                    403,
                    "forbidden");
            assertThat(allowed.send("OPTIONS", "/v1/register", null).status()).isEqualTo(204);
        }

        @Test
        void are_limited_for_reading_too() {
            restart(DirectoryServer.builder().rateLimits(new RateLimits(0, 0, 2)));
            http.get(DISCOVER);
            http.get(DISCOVER);
            assertJsonError(http.get(DISCOVER), 429, "rate_limited");
            assertThat(http.get("/v1/directory-key").status())
                    .as("each endpoint counts by itself")
                    .isEqualTo(200);
        }
    }

    @Nested
    @DisplayNameGeneration(ReplaceUnderscores.class)
    class Running {

        @Test
        void both_prefixes_are_the_same_directory() {
            registered("n");
            for (String path : List.of(
                    "/discover?intent=" + Nodes.CHAT,
                    "/node/n",
                    "/bootstrap",
                    "/directory-key",
                    "/registry/nodes",
                    "/registry/nodes/n",
                    "/registry/intents",
                    "/health")) {
                assertThat(http.get("/v1" + path).text())
                        .as(path)
                        .isEqualTo(http.get("/api/v1" + path).text());
            }
        }

        @Test
        void the_url_is_one_that_can_be_used_here() {
            assertThat(server.url()).hasToString("http://127.0.0.1:%d/api".formatted(server.port()));
            restart(DirectoryServer.builder().host("::"));
            assertThat(server.url()).hasToString("http://127.0.0.1:%d/api".formatted(server.port()));
        }

        @Test
        void a_port_in_use_is_named() {
            DirectoryServer second =
                    DirectoryServer.builder().port(server.port()).build();
            assertThatThrownBy(second::start)
                    .isInstanceOf(ListenerStartException.class)
                    .hasMessageContaining(Integer.toString(server.port()));
            second.close();
        }

        @Test
        void closing_twice_is_harmless_and_before_starting_too() {
            server.close();
            server.close();
            DirectoryServer never = DirectoryServer.builder().build();
            never.close();
            assertThat(never.nodeCount()).isZero();
        }

        @Test
        void the_signing_key_survives_in_its_file(@org.junit.jupiter.api.io.TempDir java.nio.file.Path folder) {
            java.nio.file.Path file = folder.resolve("keys").resolve("directory.json");
            restart(DirectoryServer.builder().signingKeyFile(file));
            String first = server.publicKey();
            restart(DirectoryServer.builder().signingKeyFile(file));
            assertThat(server.publicKey()).isEqualTo(first);
        }

        @Test
        void the_public_base_url_is_told_to_nodes() {
            restart(DirectoryServer.builder().publicBaseUrl(java.net.URI.create("https://dir.example.org/")));
            assertThat(register(Nodes.registration("n")).string("directory")).isEqualTo("https://dir.example.org");
        }

        @Test
        void callers_behind_a_trusted_proxy_are_told_apart() {
            restart(DirectoryServer.builder().trustedProxies(List.of("127.0.0.1")));
            http = http.with("X-Forwarded-For", "203.0.113.7");
            assertThat(register(Nodes.registration("n")).string("observed_source_ip"))
                    .isEqualTo("203.0.113.7");
        }
    }
}
