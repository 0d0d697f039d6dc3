package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import network.iicp.crypto.DispatchTicket;
import network.iicp.crypto.SignedClaims;
import network.iicp.directory.server.Http.Reply;
import network.iicp.json.Json;
import network.iicp.json.JsonObject;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class TicketIT extends DirectoryFixture {

    private static final String TICKET = "/api/v1/dispatch/ticket";
    private static final String FIRST = "3f0c7d52-8f4e-4a68-9a8e-0d1f2b3c4d5e";
    private static final String SECOND = "8a1e0c11-8f4e-4a68-9a8e-0d1f2b3c4d5e";

    private Reply ask(Map<String, Object> more) {
        Map<String, Object> body = new HashMap<>(Map.of("intent", Nodes.CHAT));
        body.putAll(more);
        return http.post(TICKET, body);
    }

    private DispatchTicket.Expected expected(String issuer, String node) {
        return new DispatchTicket.Expected(Set.of(issuer), node, Nodes.CHAT, clock.instant(), Duration.ZERO);
    }

    @Test
    void names_one_node_with_its_route_and_signs_for_it() {
        registered(FIRST);
        Reply reply = ask(Map.of("limit", 10, "region", "eu-central", "model", "m1", "min_reputation", 0.5));
        assertThat(reply.status()).as(reply.text()).isEqualTo(201);
        assertThat(reply.header("cache-control")).isEqualTo("no-store");
        assertThat(reply.header("x-iicp-discover-data-class")).isEqualTo("ticketed_route_dispatch");
        assertThat(reply.json())
                .containsEntry("node_id", FIRST)
                .containsEntry("node_id_prefix", "3f0c7d52")
                .containsEntry("intent", Nodes.CHAT)
                .containsEntry("algorithm", "ed25519")
                .containsEntry("data_class", "ticketed_route_dispatch")
                .containsEntry("route_fields_present", true)
                .containsEntry("prompt_payload_accepted", false);
        assertThat(reply.string("expires_at"))
                .isEqualTo(String.valueOf(clock.instant().getEpochSecond() + 120));
        JsonObject route = JsonObject.of(reply.json()).object("route");
        assertThat(route.names())
                .contains("node_id", "endpoint", "score", "available", "region", "cx_public_key", "transport", "models")
                .contains("capabilities", "supported_profiles", "load")
                .doesNotContain("operator_display_name", "sdk_release", "trust_progress", "cip_policy");
        assertThat(route.asMap().values()).doesNotContainNull();

        DispatchTicket ticket = DispatchTicket.read(reply.string("ticket")).orElseThrow();
        byte[] key = HexFormat.of().parseHex(http.get("/api/v1/directory-key").string("public_key"));
        assertThat(ticket.isSignedBy(key)).isTrue();
        assertThat(ticket.objection(expected("http://127.0.0.1:" + server.port(), FIRST)))
                .isEmpty();
        assertThat(ticket.idPrefix()).isEqualTo(reply.string("ticket_id_prefix"));
    }

    @Test
    void the_issuer_follows_the_spelling_of_the_caller_unless_an_address_is_set() {
        registered(FIRST);
        Reply byName = new Http("http://localhost:" + server.port()).post(TICKET, Map.of("intent", Nodes.CHAT));
        assertThat(DispatchTicket.read(byName.string("ticket"))
                        .orElseThrow()
                        .objection(expected("http://localhost:" + server.port(), FIRST)))
                .isEmpty();

        restart(DirectoryServer.builder().publicBaseUrl(URI.create("https://mesh.example.org/api/")));
        registered(FIRST);
        assertThat(DispatchTicket.read(ask(Map.of()).string("ticket"))
                        .orElseThrow()
                        .objection(expected("https://mesh.example.org", FIRST)))
                .isEmpty();
    }

    @Test
    void each_ticket_has_an_id_of_its_own() {
        registered(FIRST);
        assertThat(ask(Map.of()).string("ticket")).isNotEqualTo(ask(Map.of()).string("ticket"));
    }

    @Test
    void nodes_that_are_excluded_or_not_asked_for_are_not_named() {
        registered(FIRST);
        registered(SECOND);
        assertThat(ask(Map.of()).string("node_id")).isEqualTo(FIRST);
        assertThat(ask(Map.of("exclude_node_id_prefixes", List.of("3f0c7d52"))).string("node_id"))
                .isEqualTo(SECOND);
        assertThat(ask(Map.of("node_id", SECOND)).string("node_id")).isEqualTo(SECOND);
        assertThat(ask(Map.of("node_id_prefix", "8a1e")).string("node_id")).isEqualTo(SECOND);
        assertJsonError(
                ask(Map.of("exclude_node_id_prefixes", List.of("3f0c7d52", "8a1e0c11"))), 404, "no_route_available");
        assertJsonError(ask(Map.of("node_id", "somebody-else")), 404, "no_route_available");
        registered("8a1e0c12-8f4e-4a68-9a8e-0d1f2b3c4d5e");
        assertJsonError(ask(Map.of("node_id_prefix", "8a1e")), 409, "ambiguous_node_prefix");
    }

    @Test
    void without_a_node_there_is_no_route() {
        assertJsonError(ask(Map.of()), 404, "no_route_available");
    }

    static Stream<Arguments> requests_that_are_not_valid() {
        return Stream.of(
                Arguments.of("{}", "validation_error"),
                Arguments.of("{'intent':5}", "validation_error"),
                Arguments.of("{'intent':'urn:iicp:intent:credit:decision:v1'}", "IICP-POLICY-001"),
                Arguments.of("{'intent':'%s','qos':'urgent'}", "validation_error"),
                Arguments.of("{'intent':'%s','limit':0}", "validation_error"),
                Arguments.of("{'intent':'%s','limit':'ten'}", "validation_error"),
                Arguments.of("{'intent':'%s','limit':[1]}", "validation_error"),
                Arguments.of("{'intent':'%s','region':{}}", "validation_error"),
                Arguments.of("{'intent':'%s','min_reputation':1.5}", "validation_error"),
                Arguments.of("{'intent':'%s','cip_capable':[]}", "validation_error"),
                Arguments.of("{'intent':'%s','node_id':'fixture-node','node_id_prefix':'fixt'}", "validation_error"),
                Arguments.of("{'intent':'%s','node_id_prefix':'abc'}", "validation_error"),
                Arguments.of("{'intent':'%s','exclude_node_id_prefixes':'3f0c7d52'}", "validation_error"),
                Arguments.of("{'intent':'%s','exclude_node_id_prefixes':['abc']}", "validation_error"),
                Arguments.of("{'intent':'%s','exclude_node_id_prefixes':['abcd','abcd']}", "validation_error"),
                Arguments.of("{'intent':'%s','messages':[{'content':'a secret'}]}", "validation_error"),
                Arguments.of("{'intent':'%s','response':'a secret'}", "validation_error"));
    }

    @ParameterizedTest
    @MethodSource
    void requests_that_are_not_valid(String body, String code) {
        registered(FIRST);
        Reply reply = http.send("POST", TICKET, body.formatted(Nodes.CHAT).replace('\'', '"'));
        assertJsonError(reply, 422, code);
        assertThat(reply.text()).doesNotContain("a secret");
    }

    @Test
    void flags_may_be_written_as_directories_write_them() {
        registered(FIRST);
        assertThat(ask(Map.of("cip_capable", false, "relay_capable", 0, "include_internal", "1"))
                        .status())
                .isEqualTo(201);
        assertJsonError(ask(Map.of("cip_capable", true)), 404, "no_route_available");
    }

    @Test
    void more_exclusions_than_a_directory_takes_are_refused() {
        List<String> eleven =
                Stream.iterate(1000, n -> n + 1).limit(11).map(String::valueOf).toList();
        assertJsonError(ask(Map.of("exclude_node_id_prefixes", eleven)), 422, "validation_error");
    }

    @Test
    void tickets_are_counted_apart_from_discover() {
        restart(DirectoryServer.builder().rateLimits(new RateLimits(0, 0, 2)));
        registered(FIRST);
        assertThat(ask(Map.of()).status()).isEqualTo(201);
        assertThat(ask(Map.of()).status()).isEqualTo(201);
        Reply refused = ask(Map.of());
        assertJsonError(refused, 429, "rate_limited");
        assertThat(refused.header("retry-after")).matches("[1-9][0-9]?");
        assertThat(http.get(DISCOVER).status()).isEqualTo(200);
    }

    @Test
    void a_consumer_token_names_caller_node_and_intent() {
        String token = registered(FIRST);
        registered(SECOND);
        Reply reply = http.bearer(token)
                .post("/api/v1/consumer-token", Map.of("target_node_id", SECOND, "intent", Nodes.CHAT));
        assertThat(reply.status()).as(reply.text()).isEqualTo(201);
        assertThat(reply.header("cache-control")).isEqualTo("no-store");
        assertThat(reply.json())
                .containsEntry("caller_node_id", FIRST)
                .containsEntry("target_node_id", SECOND)
                .containsEntry("intent", Nodes.CHAT);
        SignedClaims signed = SignedClaims.read(SignedClaims.CONSUMER_TOKEN, reply.string("token"))
                .orElseThrow();
        assertThat(signed.isSignedBy(HexFormat.of().parseHex(server.publicKey())))
                .isTrue();
        long now = clock.instant().getEpochSecond();
        assertThat(Json.text(signed.claims().asMap()))
                .isEqualTo(
                        "{\"v\":1,\"iss\":\"http://127.0.0.1:%d\",\"sub\":\"%s\",\"aud\":\"%s\",\"intent\":\"%s\",\"iat\":%d,\"exp\":%d}"
                                .formatted(server.port(), FIRST, SECOND, Nodes.CHAT, now, now + 300));
    }

    @Test
    void a_consumer_token_is_for_registered_callers_and_registered_nodes() {
        String token = registered(FIRST);
        Map<String, Object> request = Map.of("target_node_id", SECOND, "intent", Nodes.CHAT);
        assertJsonError(http.post("/api/v1/consumer-token", request), 401, "unauthorized");
        assertJsonError(http.bearer("x".repeat(64)).post("/api/v1/consumer-token", request), 401, "unauthorized");
        assertJsonError(http.bearer(token).post("/api/v1/consumer-token", request), 404, "not_found");
        assertJsonError(
                http.bearer(token).post("/api/v1/consumer-token", Map.of("intent", Nodes.CHAT)),
                422,
                "validation_error");
        assertJsonError(
                http.bearer(token).with("X-Node-Id", "another").post("/api/v1/consumer-token", request),
                401,
                "unauthorized");
        assertJsonError(
                http.bearer(token)
                        .post(
                                "/api/v1/consumer-token",
                                Map.of("target_node_id", FIRST, "intent", "urn:iicp:intent:credit:decision:v1")),
                422,
                "IICP-POLICY-001");
    }
}
