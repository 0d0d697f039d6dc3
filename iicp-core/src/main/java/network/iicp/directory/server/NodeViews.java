package network.iicp.directory.server;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import network.iicp.protocol.registration.BackendStability;
import org.jspecify.annotations.Nullable;

/**
 * A node as different askers see it. Members without a value are left out, so that nothing is {@code null}; a gossip
 * {@code public_key} never stands in a discover answer, where official consumers would read it as another key.
 */
final class NodeViews {

    private static final List<String> SDK = List.of(
            "sdk_language",
            "sdk_version",
            "sdk_compatibility_version",
            "implementation_name",
            "implementation_version");

    private NodeViews() {}

    /** For a consumer that will send a task: with the route. The offers are those of the intent asked for. */
    static Map<String, Object> dispatch(NodeRecord record, String intent, double score, Instant now) {
        NodeProfile profile = record.profile();
        RouteFacts route = RouteFacts.of(record);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("node_id", record.id());
        route.putRoute(json, profile);
        route.putPublic(json);
        profile.confidentialityKey().ifPresent(key -> json.put("cx_public_key", key));
        putKeyState(json, profile);
        json.put("score", score);
        putState(json, record);
        putOffers(json, record, profile.offers(intent), Discovery.models(record, intent));
        putStanding(json, record, now);
        putHealth(json, record, now);
        putTerms(json, profile);
        putSoftware(json, profile);
        return json;
    }

    /** For anybody: without id, endpoint and keys. */
    static Map<String, Object> presentation(
            NodeRecord record, @Nullable String intent, @Nullable Double score, Instant now) {
        NodeProfile profile = record.profile();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("node_id_prefix", record.prefix());
        RouteFacts.of(record).putPublic(json);
        putKeyState(json, profile);
        if (score != null) {
            json.put("score", score);
        }
        putState(json, record);
        putOffers(
                json,
                record,
                intent == null ? profile.offers() : profile.offers(intent),
                intent == null ? profile.models() : Discovery.models(record, intent));
        putStanding(json, record, now);
        putHealth(json, record, now);
        putTerms(json, profile);
        putSoftware(json, profile);
        return json;
    }

    /** For the node detail: everything public, health in full, and the gossip key. */
    static Map<String, Object> detail(NodeRecord record, Instant now) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("node_id", record.id());
        json.putAll(presentation(record, null, null, now));
        json.put("active", Discovery.isListed(record, true, now));
        json.put("last_seen", record.presence().lastSeen().toString());
        json.put("registered_at", record.registeredAt().toString());
        json.put("operator_verified", false);
        json.put("health", Health.of(record, now).detail(record, now));
        record.profile().text("public_key").ifPresent(key -> json.put("public_key", key));
        return json;
    }

    /** For the public registry. */
    static Map<String, Object> registry(NodeRecord record, Instant now) {
        Map<String, Object> json = presentation(record, null, null, now);
        json.put("active", Discovery.isListed(record, true, now));
        json.put("last_seen", record.presence().lastSeen().toString());
        json.put("intents", List.copyOf(record.profile().intents()));
        json.put("health", Health.of(record, now).detail(record, now));
        json.put("status_summary", StatusSummary.of(record, now));
        return json;
    }

    /** For gossip. */
    static Map<String, Object> peer(NodeRecord record) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("node_id", record.id());
        json.put("endpoint", record.profile().endpoint());
        json.put("region", record.profile().region());
        json.put("last_seen", record.presence().lastSeen().toString());
        return json;
    }

    private static void putKeyState(Map<String, Object> json, NodeProfile profile) {
        boolean ready = profile.confidentialityKey().isPresent();
        json.put("key_ready", ready);
        json.put("privacy_routing_status", ready ? "key_ready" : "transitional");
    }

    private static void putState(Map<String, Object> json, NodeRecord record) {
        NodePresence presence = record.presence();
        json.put("available", presence.available());
        json.put("load", Numbers.plain(presence.load()));
        json.put("active_jobs", presence.activeJobs());
        json.put("max_concurrent", record.profile().maxConcurrent());
        json.put("region", record.profile().region());
        Double latency = record.standing().latencyMillis();
        if (latency != null) {
            long millis = Math.round(latency);
            json.put("latency_estimate_ms", millis);
            Map<String, Object> evidence = new LinkedHashMap<>();
            evidence.put("estimate_ms", millis);
            evidence.put("basis", "self_reported");
            json.put("latency_evidence", evidence);
        }
        record.profile().text("backend").ifPresent(kind -> json.put("backend", kind));
        json.put("backend_stability", stability(presence.stability()));
    }

    private static Map<String, Object> stability(BackendStability stability) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("backend_state", stability.state().wireName());
        json.put("reason_class", stability.reason().wireName());
        json.put("routing_guard", stability.state() == BackendStability.State.DRAINING ? "drain" : "none");
        json.put("evidence", "self_reported");
        if (stability.retryAfterSeconds() != null) {
            json.put("retry_after_s", stability.retryAfterSeconds());
        }
        if (stability.drainUntil() != null) {
            json.put("drain_until", stability.drainUntil().getEpochSecond());
        }
        return json;
    }

    private static void putOffers(
            Map<String, Object> json, NodeRecord record, List<NodeProfile.Offer> offers, Set<String> models) {
        json.put("models", List.copyOf(models));
        json.put("input_modalities", union(offers, "input_modalities", List.of("text")));
        json.put("supported_profiles", union(offers, "supported_profiles", List.of()));
        json.put("quantization", union(offers, "quantization", List.of()));
        json.put("inference_engine", union(offers, "inference_engine", List.of()));
        json.put("capabilities", offers.stream().map(NodeProfile.Offer::json).toList());
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("intents", record.profile().intents().size());
        summary.put("models", models.size());
        json.put("capability_summary", summary);
    }

    /** Returns the words several capabilities use for a member, each once; a capability may give one word or a list. */
    private static List<Object> union(List<NodeProfile.Offer> offers, String name, List<Object> otherwise) {
        Set<Object> words = new LinkedHashSet<>();
        for (NodeProfile.Offer offer : offers) {
            Object value = offer.json().get(name);
            if (value instanceof List<?> list) {
                words.addAll(list);
            } else if (value != null) {
                words.add(value);
            } else {
                words.addAll(otherwise);
            }
        }
        return new ArrayList<>(words);
    }

    private static void putStanding(Map<String, Object> json, NodeRecord record, Instant now) {
        json.put("reputation_score", Numbers.plain(record.standing().reputation()));
        json.put("reputation_model", NodeStanding.MODEL);
        json.put("reputation_epoch", record.standing().epoch());
        json.put("reputation_tier", Trust.tier(record, now));
        json.put("probation", Trust.isOnProbation(record));
        json.put("trust_progress", Trust.progress(record));
    }

    private static void putHealth(Map<String, Object> json, NodeRecord record, Instant now) {
        Health health = Health.of(record, now);
        json.put("health_label", health.label());
        json.put("health_confidence", Health.confidence(record));
        json.put("health_reasons", health.reasons(record));
    }

    private static void putTerms(Map<String, Object> json, NodeProfile profile) {
        Map<String, Object> stated = profile.object("policy").orElse(Map.of());
        Map<String, Object> policy = new LinkedHashMap<>();
        for (String right : List.of("allow_remote_inference", "allow_tool_execution", "allow_file_access")) {
            policy.put(right, Boolean.TRUE.equals(stated.get(right)));
        }
        profile.creditsPer1000().ifPresent(price -> policy.put("pricing_credits_per_1000", Numbers.plain(price)));
        json.put("cip_policy", policy);
        json.put("cip_conformance_level", profile.allowsRemoteInference() ? "CIP-Provider" : "CIP-None");
        profile.object("pricing").ifPresent(declared -> {
            Map<String, Object> pricing = new LinkedHashMap<>(declared);
            pricing.remove("declaration_signature");
            pricing.put("attested", false);
            json.put("pricing", pricing);
        });
        json.put(
                "consumer_cosignature_ready",
                profile.json().get("supported_receipt_profiles") instanceof List<?> list && !list.isEmpty());
    }

    private static void putSoftware(Map<String, Object> json, NodeProfile profile) {
        for (String name : SDK) {
            profile.text(name).ifPresent(value -> json.put(name, value));
        }
        String status = SdkRelease.status(profile.json());
        json.put("sdk_status", status);
        json.put("sdk_baseline_version", SdkRelease.BASELINE);
        json.put("upgrade_required", !status.equals("current"));
        Map<String, Object> release = new LinkedHashMap<>();
        release.put("compatibility", status);
        release.put("relation", SdkRelease.of(profile.json()).wireName());
        release.put("latest_known_version", SdkRelease.LATEST);
        release.put("latest_known_source", "built_in");
        json.put("sdk_release", release);
        json.put("auto_update", autoUpdate(profile));
    }

    private static Map<String, Object> autoUpdate(NodeProfile profile) {
        Map<String, Object> json = new LinkedHashMap<>();
        Object enabled = profile.json().get("auto_update_enabled");
        put(json, "enabled", enabled);
        put(json, "interval_s", profile.json().get("auto_update_interval_s"));
        put(json, "latest_seen", profile.json().get("sdk_latest_seen"));
        put(json, "last_checked_at", profile.json().get("sdk_update_last_checked_at"));
        put(json, "error_class", profile.json().get("sdk_update_error_class"));
        json.put("evidence", enabled == null ? "unknown" : "self_reported");
        return json;
    }

    private static void put(Map<String, Object> json, String name, @Nullable Object value) {
        if (value != null) {
            json.put(name, value);
        }
    }
}
