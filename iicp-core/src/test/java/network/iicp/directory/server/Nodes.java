package network.iicp.directory.server;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.crypto.Hashes;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.registration.BackendStability;
import org.jspecify.annotations.Nullable;

/** Makes nodes for tests, ready in every respect unless told otherwise. */
final class Nodes {

    static final String CHAT = "urn:iicp:intent:llm:chat:v1";
    static final String EMBEDDING = "urn:iicp:intent:llm:embedding:v1";
    static final String KEY = "d2UgdXNlIHRoaXJ0eS10d28gYnl0ZXMgaGVyZSEhISE";

    private final String id;
    private final Map<String, Object> registration;
    private boolean available = true;
    private Instant lastSeen = FakeClock.START;
    private double load;
    private int activeJobs;
    private @Nullable List<String> healthModels;
    private BackendStability stability = BackendStability.OK;
    private Reachability reachability = Reachability.OBSERVED;
    private NodeStanding standing = NodeStanding.initial("epoch-1");

    private Nodes(String id) {
        this.id = id;
        this.registration = registration(id);
    }

    static Nodes node(String id) {
        return new Nodes(id);
    }

    /** A complete registration with one chat model, an encryption key and a current release. */
    static Map<String, Object> registration(@Nullable String id) {
        Map<String, Object> json = new LinkedHashMap<>();
        if (id != null) {
            json.put("node_id", id);
        }
        json.put("endpoint", "http://127.0.0.1:9484");
        json.put("region", "eu-central");
        json.put("capabilities", new ArrayList<>(List.of(capability(CHAT, "m1"))));
        json.put("limits", Map.of("max_concurrent", 10, "tokens_per_min", 1000));
        json.put("cx_public_key", key("cx-1"));
        json.put("sdk_language", "java");
        json.put("sdk_version", "0.7.107");
        return json;
    }

    static Map<String, Object> key(String id) {
        Map<String, Object> key = new LinkedHashMap<>();
        key.put("algorithm", "X25519");
        key.put("encoding", "base64url");
        key.put("key", KEY);
        key.put("key_id", id);
        key.put("features", List.of("response_encryption_v1"));
        return key;
    }

    static Map<String, Object> capability(String intent, String... models) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("intent", intent);
        json.put("models", List.of(models));
        json.put("max_tokens", 4096);
        return json;
    }

    static Map<String, Object> json(String text) {
        return Json.parseObject(text, JsonLimits.DEFAULT);
    }

    Nodes with(String member, Object value) {
        registration.put(member, value);
        return this;
    }

    Nodes without(String member) {
        registration.remove(member);
        return this;
    }

    Nodes unavailable() {
        available = false;
        return this;
    }

    Nodes lastSeen(Instant moment) {
        lastSeen = moment;
        return this;
    }

    Nodes load(double share, int jobs) {
        load = share;
        activeJobs = jobs;
        return this;
    }

    Nodes healthModels(@Nullable List<String> models) {
        healthModels = models;
        return this;
    }

    Nodes stability(BackendStability report) {
        stability = report;
        return this;
    }

    Nodes reachability(Reachability found) {
        reachability = found;
        return this;
    }

    Nodes standing(double reputation, long tasks) {
        standing = new NodeStanding(reputation, "epoch-1", null, 0, tasks, 0, null, null);
        return this;
    }

    NodeRecord record() {
        return new NodeRecord(
                id,
                1,
                FakeClock.START,
                NodeProfile.of(registration),
                new NodeCredentials(Hashes.sha256Hex("token-" + id), "hmac-" + id, null),
                new NodePresence(
                        available,
                        lastSeen,
                        load,
                        activeJobs,
                        healthModels,
                        stability,
                        "127.0.0.1",
                        reachability,
                        null),
                standing);
    }
}
