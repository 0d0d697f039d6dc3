package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.directory.server.Http.Reply;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.wire.NodeCodec;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DiscoverIT extends DirectoryFixture {

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
        assertThat(reply.header("cache-control")).isEqualTo("public, max-age=5, s-maxage=10, stale-while-revalidate=5");
        assertThat(reply.string("count")).isEqualTo("1");
        assertThat(reply.json())
                .containsEntry("relay_available", false)
                .containsEntry("view", "dispatch")
                .containsEntry("data_class", "route_dispatch")
                .containsEntry("route_fields_present", true)
                .containsEntry("ticketed_dispatch_available", true)
                .containsEntry("dispatch_ticket_endpoint", "/api/v1/dispatch/ticket");
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
        assertThat(http.get(DISCOVER + "&model=gr%C3%B6%C3%9Fer%2B8b").nodes()).hasSize(1);
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
