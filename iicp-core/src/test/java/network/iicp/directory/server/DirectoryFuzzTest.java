package network.iicp.directory.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import network.iicp.json.Json;
import network.iicp.protocol.registration.DiscoverReply;
import network.iicp.protocol.wire.CapabilityCodec;
import network.iicp.protocol.wire.ConfidentialityKeyCodec;
import network.iicp.protocol.wire.DiscoverCodec;
import network.iicp.protocol.wire.NodeCodec;
import network.iicp.protocol.wire.RegistrationCodec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Seeded mutation of everything a directory and its client read: a refusal or a value, never anything else. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DirectoryFuzzTest {

    private static final int ROUNDS = 20_000;

    private static final Map<String, Object> REGISTRATION = Nodes.json("""
            {"node_id":"n","current_node_token":"t","node_hmac_key":"k","endpoint":"https://n1.mesh.example.org","region":"eu-central",
             "capabilities":[{"intent":"urn:iicp:intent:llm:chat:v1","models":["m"],"max_tokens":4096,"input_modalities":["text"],
               "limits":{"context":{"value":1,"unit":"tokens"}},"claim_provenance":{"source":"operator_assertion"},
               "extensions":{"a.b":{"required":false,"value":1}},"supported_profiles":["urn:iicp:profile:x:v1"]}],
             "limits":{"max_concurrent":4,"tokens_per_min":60000},"transport_endpoint":"iicp://a.example:1","transport_method":"direct",
             "nat_type":"full_cone","exposure_mode":"ipv4_public_direct","transport_metadata":{"tier":0},"transport_candidates":[{}],
             "cx_public_key":{"algorithm":"X25519","encoding":"base64url","key":"%s","key_id":"k","features":["f"],"not_after":"2030-01-01T00:00:00Z"},
             "backend":"ollama","policy":{"allow_remote_inference":true,"pricing_credits_per_1000":2},
             "pricing":{"credit_cost_multiplier":1.5,"pricing_model":"per_token"},"availability":[{"start":"08:00","end":"17:00","share":0.5}],
             "listing":{"public_listing":true},"sdk_language":"java","sdk_version":"0.7.107","relay_capable":true,"relay_accept_port":1}
            """.formatted(Nodes.KEY));

    private static final Map<String, Object> HEARTBEAT = Nodes.json("""
            {"node_id":"n","available":true,"load":0.5,"active_jobs":1,"metrics":{"tasks_success":1,"tasks_failed":0,"avg_latency_ms":1.5},
             "metrics_batch_id":"b","health_models":["m"],"backend_stability":{"backend_state":"ok","reason_class":"ok","retry_after_s":1,"drain_until":1},
             "challenge_response":"00","pricing":{"credit_cost_multiplier":1},"auto_update_enabled":false}
            """);

    private static final Map<String, Object> DISCOVER_REPLY = Nodes.json("""
            {"nodes":[{"node_id":"a","endpoint":"http://a.example","score":0.5,"available":true,"region":"eu","load":0.1,"models":["m"],
             "capabilities":[{"intent":"urn:iicp:intent:llm:chat:v1","models":["m"],"max_tokens":1}],
             "cx_public_key":{"key":"%s","key_id":"k","features":["f"]},"reputation_score":0.5,"health_label":"healthy","supported_profiles":["p"]},
             {"node_id":"b","endpoint":"http://b.example"}],"count":2,"relay_available":false}
            """.formatted(Nodes.KEY));

    /** Replaces, removes, adds or nests one value somewhere in a document. */
    private static final class Mutator {

        private static final Object[] ODD = {
            null,
            true,
            "",
            " ",
            "\u0000",
            "\ud83d\ude00".repeat(100),
            "x".repeat(5000),
            "http://[::1",
            "http://\u00e4.example",
            "http://a.example:99999999",
            "-1",
            0,
            -1,
            Long.MAX_VALUE,
            1.5,
            -0.0,
            Double.MAX_VALUE,
            Double.MIN_VALUE,
            List.of(),
            Map.of(),
            List.of(List.of(List.of())),
            Map.of("", Map.of("", ""))
        };

        private final Random random;

        Mutator(long seed) {
            random = new Random(seed);
        }

        @SuppressWarnings("unchecked")
        Map<String, Object> mutate(Map<String, Object> json) {
            Map<String, Object> copy = (Map<String, Object>) copy(json);
            for (int i = random.nextInt(4); i >= 0; i--) {
                change(copy);
            }
            return copy;
        }

        private @Nullable Object copy(@Nullable Object value) {
            if (value instanceof Map<?, ?> map) {
                Map<String, Object> copy = new LinkedHashMap<>();
                map.forEach((name, member) -> copy.put((String) name, copy(member)));
                return copy;
            }
            if (value instanceof List<?> list) {
                List<Object> copy = new ArrayList<>();
                list.forEach(element -> copy.add(copy(element)));
                return copy;
            }
            return value;
        }

        @SuppressWarnings("unchecked")
        private void change(Object place) {
            if (place instanceof Map<?, ?> any && !any.isEmpty()) {
                Map<String, Object> map = (Map<String, Object>) any;
                String name = new ArrayList<>(map.keySet()).get(random.nextInt(map.size()));
                if (descend(map.get(name))) {
                    return;
                }
                switch (random.nextInt(3)) {
                    case 0 -> map.remove(name);
                    case 1 -> map.put(name + "x", odd());
                    default -> map.put(name, odd());
                }
            } else if (place instanceof List<?> any && !any.isEmpty()) {
                List<Object> list = (List<Object>) any;
                int at = random.nextInt(list.size());
                if (descend(list.get(at))) {
                    return;
                }
                switch (random.nextInt(3)) {
                    case 0 -> list.remove(at);
                    case 1 -> list.add(list.get(at));
                    default -> list.set(at, odd());
                }
            }
        }

        private boolean descend(@Nullable Object value) {
            boolean deeper = (value instanceof Map<?, ?> map && !map.isEmpty())
                    || (value instanceof List<?> list && !list.isEmpty());
            if (deeper && random.nextInt(4) > 0) {
                change(value);
                return true;
            }
            return false;
        }

        private @Nullable Object odd() {
            return copy(ODD[random.nextInt(ODD.length)]);
        }
    }

    private static int survive(Map<String, Object> document, Consumer<Map<String, Object>> reader) {
        int refused = 0;
        for (int seed = 0; seed < ROUNDS; seed++) {
            Map<String, Object> mutated = new Mutator(seed).mutate(document);
            try {
                reader.accept(mutated);
            } catch (DirectoryRefusal refusal) {
                assertThat(refusal.status()).isBetween(400, 499);
                Json.bytes(refusal.body());
                refused++;
            } catch (network.iicp.protocol.ProtocolViolationException e) {
                refused++;
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + Json.text(mutated), e);
            }
        }
        return refused;
    }

    @Test
    void registrations_are_refused_or_can_be_listed() {
        int refused = survive(REGISTRATION, json -> {
            RegistrationRequest request = RegistrationRequest.of(json);
            NodeRecord record = new NodeRecord(
                    "n",
                    1,
                    FakeClock.START,
                    request.profile(),
                    new NodeCredentials("00", "k", null),
                    Nodes.node("n").record().presence(),
                    NodeStanding.initial("e"));
            for (String intent : request.profile().intents()) {
                Json.bytes(NodeViews.dispatch(record, intent, 0.5, FakeClock.START));
            }
            Json.bytes(NodeViews.registry(record, FakeClock.START));
            Json.bytes(NodeViews.detail(record, FakeClock.START));
        });
        assertThat(refused).isBetween(ROUNDS / 4, ROUNDS * 9 / 10);
    }

    @Test
    void heartbeats_are_refused_or_read() {
        int refused = survive(HEARTBEAT, HeartbeatRequest::of);
        assertThat(refused).isBetween(ROUNDS / 10, ROUNDS * 9 / 10);
    }

    @Test
    void discover_answers_are_refused_or_bounded() {
        int refused = survive(DISCOVER_REPLY, json -> {
            DiscoverReply reply = DiscoverCodec.decode(json, 2);
            assertThat(reply.count()).isLessThanOrEqualTo(2);
            assertThat(reply.skipped()).isNotNegative();
            reply.nodes().forEach(node -> Json.bytes(NodeCodec.encode(node)));
        });
        assertThat(refused).isPositive();
    }

    @Test
    void answers_to_nodes_are_refused_or_read() {
        Map<String, Object> receipt = Nodes.json(
                "{\"node_id\":\"n\",\"node_token\":\"t\",\"node_hmac_key\":\"k\",\"lifetime_jobs\":1,\"recovered\":true}");
        assertThat(survive(receipt, json -> RegistrationCodec.decodeReceipt(json, null)))
                .isPositive();
        Map<String, Object> reply =
                Nodes.json("{\"ok\":true,\"next_heartbeat_ms\":1,\"reputation_score\":1,\"challenge\":\"c\"}");
        assertThat(survive(reply, RegistrationCodec::decodeReply)).isZero();
        Map<String, Object> peers = Nodes.json(
                "{\"peers\":[{\"node_id\":\"a\",\"endpoint\":\"http://a.example\",\"last_seen\":1}],\"count\":1}");
        assertThat(survive(peers, json -> RegistrationCodec.decodePeers(json, 5)))
                .isPositive();
        Map<String, Object> own = Nodes.json("{\"node_id\":\"n\",\"endpoint\":\"http://a.example\"}");
        assertThat(survive(own, RegistrationCodec::decodeOwnRecord)).isPositive();
    }

    @Test
    void keys_and_capabilities_are_read_or_left_out() {
        assertThat(survive(Nodes.key("k"), json -> ConfidentialityKeyCodec.decode(json)
                        .ifPresent(ConfidentialityKeyCodec::encode)))
                .isZero();
        assertThat(survive(Nodes.capability(Nodes.CHAT, "m"), json -> CapabilityCodec.decode(json)
                        .ifPresent(CapabilityCodec::encode)))
                .isZero();
    }

    @Test
    void queries_are_refused_or_read() {
        String[] names = {
            "intent",
            "limit",
            "qos",
            "region",
            "model",
            "min_reputation",
            "max_multiplier",
            "min_quality_score",
            "modality",
            "cip_capable",
            "view",
            "profile_required",
            "prompt",
            "unknown"
        };
        String[] values = {
            "", "1", "0", "-1", "NaN", "1e400", "0x1p3", "true", "chat", ",,,", "\u0000", "9".repeat(40), Nodes.CHAT
        };
        Random random = new Random(7);
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Map<String, List<String>> query = new LinkedHashMap<>();
            query.put("intent", List.of(Nodes.CHAT));
            for (int i = random.nextInt(3); i >= 0; i--) {
                query.put(names[random.nextInt(names.length)], List.of(values[random.nextInt(values.length)]));
            }
            try {
                DiscoverRequest request = DiscoverRequest.of(query);
                assertThat(request.limit()).isBetween(1, 50);
                assertThat(request.minReputation()).isBetween(0.0, 1.0);
            } catch (DirectoryRefusal refusal) {
                refused++;
            }
        }
        assertThat(refused).isBetween(ROUNDS / 10, ROUNDS * 9 / 10);
    }
}
