package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.Intent;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.registration.AvailabilityWindow;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.protocol.registration.DirectoryPeer;
import network.iicp.protocol.registration.ExposureMode;
import network.iicp.protocol.registration.Heartbeat;
import network.iicp.protocol.registration.HeartbeatMetrics;
import network.iicp.protocol.registration.HeartbeatReply;
import network.iicp.protocol.registration.NatType;
import network.iicp.protocol.registration.NodeExposure;
import network.iicp.protocol.registration.NodeLimits;
import network.iicp.protocol.registration.NodePolicy;
import network.iicp.protocol.registration.NodePricing;
import network.iicp.protocol.registration.NodeRegistration;
import network.iicp.protocol.registration.RegistrationReceipt;
import network.iicp.protocol.registration.Software;
import network.iicp.protocol.registration.TransportMethod;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class RegistrationCodecTest {

    @Test
    void a_registration_carries_every_member_under_its_official_name() {
        NodeRegistration registration = NodeRegistration.builder(URI.create("https://n1.example.org"))
                .nodeId("node-1")
                .currentToken("t0")
                .region("eu-central")
                .capability(
                        Capability.of(Intent.LLM_CHAT, List.of("llama3.1:8b")).withMaxTokens(4096))
                .limits(new NodeLimits(4, 60_000))
                .exposure(new NodeExposure(
                        URI.create("iicp://n1.example.org:9484"),
                        TransportMethod.UPNP_MAPPED,
                        NatType.FULL_CONE,
                        ExposureMode.IPV4_PUBLIC_DIRECT,
                        Map.of("tier", 0),
                        9485))
                .confidentialityKey(new ConfidentialityKey(
                        "X25519", "base64url", "AAAA", "cx-1", Set.of("b", "a"), Instant.parse("2030-01-01T00:00:00Z")))
                .backend("ollama")
                .policy(new NodePolicy(true, false, false, null))
                .pricing(NodePricing.perToken(1.5))
                .availability(List.of(new AvailabilityWindow(LocalTime.of(8, 0), LocalTime.of(17, 30), 0.5)))
                .hmacKey("k")
                .software(new Software("java", "0.7.107", "iicp-java", "0.1.0"))
                .extra("listing", Map.of("public_listing", true))
                .extra("region", "never replaces")
                .build();

        assertThat(Json.text(RegistrationCodec.encode(registration))).isEqualTo("""
                        {"node_id":"node-1","current_node_token":"t0","endpoint":"https://n1.example.org","region":"eu-central",\
                        "capabilities":[{"intent":"urn:iicp:intent:llm:chat:v1","models":["llama3.1:8b"],"max_tokens":4096,\
                        "input_modalities":["text"]}],"limits":{"max_concurrent":4,"tokens_per_min":60000},\
                        "transport_endpoint":"iicp://n1.example.org:9484","transport_method":"upnp_mapped","nat_type":"full_cone",\
                        "exposure_mode":"ipv4_public_direct","transport_metadata":{"tier":0},"relay_capable":true,"relay_accept_port":9485,\
                        "cx_public_key":{"algorithm":"X25519","encoding":"base64url","key":"AAAA","key_id":"cx-1","features":["a","b"],\
                        "not_after":"2030-01-01T00:00:00Z"},"backend":"ollama","policy":{"allow_remote_inference":true,\
                        "allow_tool_execution":false,"allow_file_access":false},"pricing":{"credit_cost_multiplier":1.5,\
                        "pricing_model":"per_token"},"availability":[{"start":"08:00","end":"17:30","share":0.5}],"node_hmac_key":"k",\
                        "sdk_language":"java","sdk_version":"0.7.107","sdk_compatibility_version":"0.7.107",\
                        "implementation_name":"iicp-java","implementation_version":"0.1.0","auto_update_enabled":false,\
                        "listing":{"public_listing":true}}""");
    }

    @Test
    void a_registration_without_options_has_no_null_members() {
        NodeRegistration registration = NodeRegistration.builder(URI.create("http://127.0.0.1:9484"))
                .capability(Capability.of(Intent.LLM_CHAT, List.of()))
                .build();
        Map<String, Object> json = RegistrationCodec.encode(registration);
        assertThat(json).doesNotContainValue(null);
        assertThat(json)
                .containsOnlyKeys(
                        "endpoint",
                        "region",
                        "capabilities",
                        "limits",
                        "sdk_language",
                        "sdk_version",
                        "sdk_compatibility_version",
                        "implementation_name",
                        "implementation_version",
                        "auto_update_enabled");
        assertThat(json).containsEntry("region", "unknown");
    }

    @Test
    void a_heartbeat_carries_what_is_known_and_no_credential() {
        Heartbeat heartbeat = Heartbeat.builder()
                .slots(1, 4)
                .metrics(new HeartbeatMetrics("batch-1", 3, 0, 812.504))
                .healthModels(List.of("m"))
                .stability(new BackendStability(
                        BackendStability.State.DRAINING,
                        BackendStability.Reason.BACKEND_UNSTABLE,
                        5,
                        Instant.ofEpochSecond(1_900_000_000)))
                .challengeResponse("ab")
                .build();
        assertThat(Json.text(RegistrationCodec.encode("node-1", heartbeat))).isEqualTo("""
                        {"node_id":"node-1","status":"available","available":true,"load":0.25,"active_jobs":1,"max_concurrent":4,\
                        "metrics":{"tasks_success":3,"tasks_failed":0,"avg_latency_ms":812.5},"metrics_batch_id":"batch-1",\
                        "health_models":["m"],"backend_stability":{"backend_state":"draining","reason_class":"backend_unstable",\
                        "retry_after_s":5,"drain_until":1900000000},"challenge_response":"ab"}""");
        assertThat(RegistrationCodec.encode(
                        "n", Heartbeat.builder().available(false).build()))
                .containsOnlyKeys("node_id", "status", "available")
                .containsEntry("available", false);
        assertThat(RegistrationCodec.encode(
                        "n", Heartbeat.builder().healthModels(List.of()).build()))
                .containsEntry("health_models", List.of());
    }

    @Test
    void a_receipt_needs_a_token_and_takes_the_requested_id_when_none_is_sent() {
        RegistrationReceipt receipt = RegistrationCodec.decodeReceipt(
                json(
                        "{\"node_token\":\"t1\",\"node_hmac_key\":\"k\",\"recovered\":true,\"lifetime_jobs\":7,\"expires_at\":null}"),
                "wanted");
        assertThat(receipt).isEqualTo(new RegistrationReceipt("wanted", "t1", "k", null, true, 7));
        assertThat(RegistrationCodec.decodeReceipt(json("{\"node_id\":\"n\",\"token\":\"old-name\"}"), "wanted"))
                .isEqualTo(new RegistrationReceipt("n", "old-name", null, null, false, 0));
    }

    @Test
    void a_receipt_without_usable_credentials_is_a_violation() {
        for (String body : List.of(
                "{}",
                "{\"node_token\":null}",
                "{\"node_token\":7}",
                "{\"node_token\":\"\"}",
                "{\"node_token\":\"a\\r\\nX-Evil: 1\"}",
                "{\"node_token\":\"%s\"}".formatted("t".repeat(5000)))) {
            assertThatThrownBy(() -> RegistrationCodec.decodeReceipt(json(body), "n"))
                    .as(body)
                    .isInstanceOf(ProtocolViolationException.class)
                    .hasMessageContaining("node_token");
        }
        assertThatThrownBy(() -> RegistrationCodec.decodeReceipt(json("{\"node_token\":\"t\"}"), null))
                .hasMessageContaining("node_id");
    }

    @Test
    void a_heartbeat_reply_is_read_with_bounds() {
        assertThat(
                        RegistrationCodec.decodeReply(
                                json(
                                        "{\"ok\":true,\"next_heartbeat_ms\":15000,\"reputation_score\":0.53,\"metrics_batch_accepted\":\"b\",\"challenge\":\"c\"}")))
                .isEqualTo(new HeartbeatReply(Duration.ofSeconds(15), 0.53, "b", "c"));
        assertThat(RegistrationCodec.decodeReply(json("{}")))
                .isEqualTo(new HeartbeatReply(Duration.ofSeconds(30), null, null, null));
        assertThat(RegistrationCodec.decodeReply(json("{\"next_heartbeat_ms\":1}"))
                        .next())
                .isEqualTo(Duration.ofSeconds(1));
        assertThat(RegistrationCodec.decodeReply(json("{\"next_heartbeat_ms\":2000000000}"))
                        .next())
                .isEqualTo(Duration.ofMinutes(10));
        assertThat(RegistrationCodec.decodeReply(json("{\"next_heartbeat_ms\":\"soon\",\"challenge\":7}")))
                .isEqualTo(new HeartbeatReply(Duration.ofSeconds(30), null, null, null));
    }

    @Test
    void a_bootstrap_list_is_read_entry_by_entry() {
        List<DirectoryPeer> peers = RegistrationCodec.decodePeers(json("""
                        {"peers":[{"node_id":"a","endpoint":"http://a.example","region":"eu","last_seen":"2026-01-01T00:00:00+00:00"},
                                  {"node_id":"b"},7,{"node_id":"c","endpoint":"http://c.example","last_seen":null},
                                  {"node_id":"d","endpoint":"http://d.example","last_seen":1700000000}],"count":5}
                        """), 2);
        assertThat(peers).extracting(DirectoryPeer::nodeId).containsExactly("a", "c");
        assertThat(peers.get(0).lastSeen()).isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
        assertThatThrownBy(() -> RegistrationCodec.decodePeers(Map.of(), 2))
                .isInstanceOf(ProtocolViolationException.class);
    }

    @Test
    void the_own_record_needs_an_id() {
        assertThat(RegistrationCodec.decodeOwnRecord(
                                json(
                                        "{\"node_id\":\"n\",\"endpoint\":\"http://a.example\",\"observed_source_ip\":\"192.0.2.1\"}"))
                        .observedSourceIp())
                .isEqualTo("192.0.2.1");
        assertThatThrownBy(() -> RegistrationCodec.decodeOwnRecord(Map.of()))
                .isInstanceOf(ProtocolViolationException.class);
    }

    private static Map<String, Object> json(String text) {
        return Json.parseObject(text, JsonLimits.DEFAULT);
    }
}
