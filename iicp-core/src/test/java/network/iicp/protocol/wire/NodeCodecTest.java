package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Modality;
import network.iicp.protocol.NodeDescriptor;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class NodeCodecTest {

    private static final String KEY = "d2UgdXNlIHRoaXJ0eS10d28gYnl0ZXMgaGVyZSEhISE";

    private static final NodeDescriptor NODE = new NodeDescriptor(
            "3f0c7d52-8f4e-4a68-9a8e-0d1f2b3c4d5e",
            URI.create("https://n1.mesh.example.org/prefix"),
            0.878,
            true,
            "eu-central",
            0.25,
            List.of("llama3.1:8b"),
            List.of(new Capability(
                            Intent.LLM_CHAT,
                            List.of("llama3.1:8b"),
                            4096,
                            Set.of(Modality.TEXT, Modality.IMAGE),
                            false,
                            List.of(),
                            List.of("tool_calling"),
                            Map.of("acme.limit", Map.of("required", false, "value", "7")))
                    .withStreaming()),
            new ConfidentialityKey("X25519", "base64url", KEY, "cx-0a1b2c3d", Set.of("response_encryption_v1"), null),
            0.7,
            "healthy",
            List.of(Capability.SERVICE_LIFECYCLE),
            Map.of("backend", "ollama"));

    @Test
    void a_node_is_read_as_written() {
        assertThat(NodeCodec.decode(overTheWire(NodeCodec.encode(NODE)))).contains(NODE);
    }

    @Test
    void id_and_endpoint_are_enough() {
        NodeDescriptor node = decode("{\"node_id\":\"n\",\"endpoint\":\"http://a.example\"}");
        assertThat(node.available()).isTrue();
        assertThat(node.score()).isZero();
        assertThat(node.load()).isNull();
        assertThat(node.key()).isEmpty();
        assertThat(node.models()).isEmpty();
    }

    @Test
    void a_score_is_between_0_and_1_whatever_a_directory_says() {
        assertThat(decode("{\"node_id\":\"n\",\"endpoint\":\"http://a.example\",\"score\":7}")
                        .score())
                .isEqualTo(1.0);
        assertThat(decode("{\"node_id\":\"n\",\"endpoint\":\"http://a.example\",\"score\":-0.5}")
                        .score())
                .isZero();
        assertThat(decode("{\"node_id\":\"n\",\"endpoint\":\"http://a.example\",\"score\":0.5}")
                        .score())
                .isEqualTo(0.5);
    }

    @Test
    void what_is_not_readable_counts_as_absent() {
        NodeDescriptor node = decode("""
                {"node_id":"n","endpoint":"http://a.example","score":"high","load":null,"region":7,"models":"m",
                 "capabilities":[7,{"intent":"nonsense"},{"intent":"urn:iicp:intent:llm:chat:v1","models":[1,"m",""],"max_tokens":-1,
                 "input_modalities":["smell"]}],"cx_public_key":{"key":7},"reputation_score":3,"health_label":{},"supported_profiles":null,
                 "public_key":"00ff"}
                """);
        assertThat(node.score()).isZero();
        assertThat(node.region()).isNull();
        assertThat(node.models()).isEmpty();
        assertThat(node.capabilities()).containsExactly(Capability.of(Intent.LLM_CHAT, List.of("m")));
        assertThat(node.key()).isEmpty();
        assertThat(node.reputation()).isEqualTo(1.0);
        assertThat(node.healthLabel()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "7",
                "[]",
                "{}",
                "{\"node_id\":\"n\"}",
                "{\"endpoint\":\"http://a.example\"}",
                "{\"node_id\":\"\",\"endpoint\":\"http://a.example\"}",
                "{\"node_id\":\"a b\",\"endpoint\":\"http://a.example\"}",
                "{\"node_id\":\"n\\u0000\",\"endpoint\":\"http://a.example\"}",
                "{\"node_id\":7,\"endpoint\":\"http://a.example\"}",
                "{\"node_id\":\"n\",\"endpoint\":\"ftp://a.example\"}",
                "{\"node_id\":\"n\",\"endpoint\":\"a.example\"}",
                "{\"node_id\":\"n\",\"endpoint\":\"http://user:pw@a.example\"}",
                "{\"node_id\":\"n\",\"endpoint\":\"http://a.example?q\"}",
                "{\"node_id\":\"n\",\"endpoint\":\"http://a.example#f\"}",
                "{\"node_id\":\"n\",\"endpoint\":\"http://a b\"}",
                "{\"node_id\":\"n\",\"endpoint\":\"http://a.example\",\"available\":\"yes\"}"
            })
    void what_names_no_usable_node_is_left_out(String json) {
        assertThat(NodeCodec.decode(Json.parse(json, JsonLimits.DEFAULT))).isEmpty();
    }

    @Test
    void an_overlong_id_or_endpoint_is_left_out() {
        assertThat(NodeCodec.decode(Map.of("node_id", "n".repeat(65), "endpoint", "http://a.example")))
                .isEmpty();
        assertThat(NodeCodec.decode(Map.of("node_id", "n", "endpoint", "http://a.example/" + "p".repeat(2048))))
                .isEmpty();
    }

    @Test
    void a_key_under_its_old_name_is_read_unless_the_new_one_is_there() {
        assertThat(decode(
                                "{\"node_id\":\"n\",\"endpoint\":\"http://a.example\",\"public_key\":{\"key\":\"%s\",\"key_id\":\"old\"}}"
                                        .formatted(KEY))
                        .key())
                .map(ConfidentialityKey::keyId)
                .contains("old");
        assertThat(decode(
                                "{\"node_id\":\"n\",\"endpoint\":\"http://a.example\",\"cx_public_key\":{\"key\":\"bad\"},\"public_key\":{\"key\":\"%s\"}}"
                                        .formatted(KEY))
                        .key())
                .as("a broken new key is not replaced by another one")
                .isEmpty();
    }

    @Test
    void a_bare_key_gets_its_derived_id() {
        ConfidentialityKey key = ConfidentialityKeyCodec.decode(KEY + "=").orElseThrow();
        assertThat(key.key()).isEqualTo(KEY);
        assertThat(key.keyId()).matches("cx-[0-9a-f]{16}");
        assertThat(key.features()).isEmpty();
    }

    @Test
    void a_key_with_an_expiry_keeps_it_and_one_with_nonsense_is_no_key() {
        assertThat(ConfidentialityKeyCodec.decode(Map.of("key", KEY, "not_after", "2030-01-02T03:04:05+01:00"))
                        .orElseThrow()
                        .notAfter())
                .hasToString("2030-01-02T02:04:05Z");
        assertThat(ConfidentialityKeyCodec.decode(Map.of("key", KEY, "not_after", 1893456000))
                        .orElseThrow()
                        .notAfter())
                .hasToString("2030-01-01T00:00:00Z");
        assertThat(ConfidentialityKeyCodec.decode(Map.of("key", KEY, "not_after", "soon")))
                .isEmpty();
        assertThat(ConfidentialityKeyCodec.decode(Map.of("key", "c2hvcnQ"))).isEmpty();
        assertThat(ConfidentialityKeyCodec.decode(Map.of("key", "A".repeat(200))))
                .isEmpty();
        assertThat(ConfidentialityKeyCodec.decode(List.of())).isEmpty();
    }

    @Test
    void a_key_of_another_algorithm_is_carried_but_not_usable() {
        ConfidentialityKey key = ConfidentialityKeyCodec.decode(
                        Map.of("algorithm", "ML-KEM-768", "encoding", "base64url", "key", "AAAA", "key_id", "k"))
                .orElseThrow();
        assertThat(key.isUsable(java.time.Instant.EPOCH)).isFalse();
    }

    @Test
    void names_are_bounded_and_not_repeated() {
        String[] many = new String[1000];
        Arrays.setAll(many, i -> "m" + i % 500);
        assertThat(CapabilityCodec.names(List.of((Object[]) many))).hasSize(64).doesNotHaveDuplicates();
        assertThat(CapabilityCodec.names(List.of("m".repeat(256), "ok"))).containsExactly("ok");
    }

    private static NodeDescriptor decode(String json) {
        return NodeCodec.decode(Json.parse(json, JsonLimits.DEFAULT)).orElseThrow();
    }

    private static Map<String, Object> overTheWire(Map<String, Object> json) {
        return Json.parseObject(Json.bytes(json), JsonLimits.DEFAULT);
    }
}
