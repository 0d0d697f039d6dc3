package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.registration.BackendStability;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class NodeViewsTest {

    private static Map<String, Object> dispatch(Nodes node) {
        return NodeViews.dispatch(node.record(), Nodes.CHAT, 0.5, FakeClock.START);
    }

    @ParameterizedTest
    @CsvSource({
        "https://n.example.org,        OBSERVED, https, hostname, https_direct, true,  directory_observed",
        "http://n.example.org,         OBSERVED, http,  hostname, http_direct,  false, directory_observed",
        "HTTP://203.0.113.9:9484,      DECLARED, http,  ipv4,     http_direct,  false, self_attested",
        "http://[2001:4860::1]:9484,   DECLARED, http,  ipv6,     http_ipv6,    false, self_attested",
        "http://[::1]:9484,            ASSUMED,  http,  ipv6,     http_direct,  false, missing",
        "https://[2001:4860::1],       DEAD,     https, ipv6,     https_direct, true,  missing"
    })
    void the_route_is_derived_from_the_endpoint_and_what_is_known(
            String endpoint,
            Reachability reachability,
            String transport,
            String family,
            String hint,
            boolean browser,
            String evidence) {
        Map<String, Object> json =
                dispatch(Nodes.node("n").with("endpoint", endpoint).reachability(reachability));
        assertThat(json)
                .containsEntry("transport", List.of(transport))
                .containsEntry("address_family", family)
                .containsEntry("routing_hint", hint)
                .containsEntry("browser_usable", browser)
                .containsEntry("route_evidence", evidence)
                .containsEntry("reachability_tier", "direct");
    }

    @Test
    void what_the_directory_saw_is_said_and_what_it_did_not_try_is_not() {
        assertThat(dispatch(Nodes.node("n"))).containsEntry("directory_observed_reachable", true);
        assertThat(dispatch(Nodes.node("n").reachability(Reachability.DEAD)))
                .containsEntry("directory_observed_reachable", false);
        assertThat(dispatch(Nodes.node("n").reachability(Reachability.ASSUMED)))
                .doesNotContainKey("directory_observed_reachable");
    }

    @Test
    void a_relay_is_named_where_official_consumers_look_for_it() {
        Map<String, Object> json = dispatch(Nodes.node("n")
                .with("relay_endpoint", "https://relay.example.org")
                .with("transport_metadata", Map.of("tier", 3)));
        assertThat(json)
                .containsEntry("routing_hint", "relay_service")
                .containsEntry("reachability_tier", "relay")
                .containsEntry("relay_endpoint", "https://relay.example.org")
                .containsEntry("transport_metadata", Map.of("tier", 3, "relay_endpoint", "https://relay.example.org"));
        assertThat(dispatch(Nodes.node("n").with("transport_method", "turn_relay")))
                .containsEntry("reachability_tier", "relay");
        assertThat(dispatch(Nodes.node("n")
                        .with("transport_metadata", Map.of("relay_endpoint", "https://relay.example.org"))))
                .containsEntry("reachability_tier", "relay");
    }

    @Test
    void a_node_that_relays_for_others_says_on_which_port() {
        assertThat(dispatch(Nodes.node("n").with("relay_capable", true).with("relay_accept_port", 9486)))
                .containsEntry("relay_capable", true)
                .containsEntry("relay_accept_port", 9486);
        assertThat(dispatch(Nodes.node("n")))
                .containsEntry("relay_capable", false)
                .doesNotContainKey("relay_accept_port");
    }

    @Test
    void words_of_several_capabilities_are_joined_each_once() {
        Map<String, Object> a = new LinkedHashMap<>(Nodes.capability(Nodes.CHAT, "m1", "m2"));
        a.put("quantization", "q4");
        a.put("input_modalities", List.of("text", "image"));
        Map<String, Object> b = new LinkedHashMap<>(Nodes.capability(Nodes.CHAT, "m2", "m3"));
        b.put("quantization", List.of("q8", "q4"));
        Map<String, Object> json = dispatch(Nodes.node("n").with("capabilities", List.of(a, b)));
        assertThat(json)
                .containsEntry("models", List.of("m1", "m2", "m3"))
                .containsEntry("quantization", List.of("q4", "q8"))
                .containsEntry("input_modalities", List.of("text", "image"));
        assertThat((List<?>) json.get("capabilities")).hasSize(2);
    }

    @Test
    void a_busy_engine_is_described_without_nulls() {
        Map<String, Object> json = dispatch(Nodes.node("n")
                .stability(new BackendStability(
                        BackendStability.State.DRAINING,
                        BackendStability.Reason.BACKEND_UNSTABLE,
                        30,
                        FakeClock.START)));
        assertThat(json.get("backend_stability"))
                .hasToString(
                        "{backend_state=draining, reason_class=backend_unstable, routing_guard=drain, evidence=self_reported,"
                                + " retry_after_s=30, drain_until=" + FakeClock.START.getEpochSecond() + "}");
    }

    @Test
    void terms_are_shown_and_never_called_attested() {
        Map<String, Object> json = dispatch(Nodes.node("n")
                .with("policy", Map.of("allow_remote_inference", true, "pricing_credits_per_1000", 2.0))
                .with("pricing", Map.of("credit_cost_multiplier", 1.5, "declaration_signature", "00", "attested", true))
                .with("supported_receipt_profiles", List.of("consumer_cosignature_v1")));
        assertThat(json)
                .containsEntry("cip_conformance_level", "CIP-Provider")
                .containsEntry("consumer_cosignature_ready", true)
                .containsEntry("pricing", Map.of("credit_cost_multiplier", 1.5, "attested", false));
        assertThat(json.get("cip_policy").toString())
                .contains("allow_remote_inference=true", "allow_tool_execution=false", "pricing_credits_per_1000=2");
    }

    @Test
    void the_detail_shows_the_gossip_key_and_the_registry_does_not() {
        NodeRecord record = Nodes.node("n").with("public_key", "00ff").record();
        assertThat(NodeViews.detail(record, FakeClock.START)).containsEntry("public_key", "00ff");
        assertThat(NodeViews.registry(record, FakeClock.START)).doesNotContainKeys("public_key", "endpoint");
        assertThat(NodeViews.dispatch(record, Nodes.CHAT, 0.5, FakeClock.START)).doesNotContainKey("public_key");
    }

    @Test
    void health_says_what_it_rests_on() {
        for (Reachability found : Reachability.values()) {
            NodeRecord record = Nodes.node("n").reachability(found).record();
            Map<String, Object> detail = Health.of(record, FakeClock.START).detail(record, FakeClock.START);
            assertThat(detail).containsEntry("observed", found == Reachability.OBSERVED);
            assertThat((Map<?, ?>) detail.get("components")).hasSize(6);
        }
    }
}
