package network.iicp.directory.server;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.registration.BackendStability;

/**
 * How healthy a node is: {@code 100 (0.70 reach + 0.30 latency)}. Latency is neutral because nobody measures it for this
 * directory: what nodes report of themselves does not count. Source: IICP directory, health.
 *
 * @param score 0 to 100
 * @param label healthy, degraded, impaired, critical or offline
 * @param reach 1 when the node can be reached or nobody doubts it, else 0
 * @param fresh how much of the time a node may be silent is left, 0 to 1
 */
record Health(int score, String label, double reach, double fresh) {

    private static final double REACH = 0.70;
    private static final double LATENCY = 0.30;
    private static final double UNKNOWN_LATENCY = 0.5;
    private static final int HEALTHY = 85;
    private static final int DEGRADED = 65;
    private static final int IMPAIRED = 40;

    static Health of(NodeRecord record, Instant now) {
        double reach = record.presence().reachability() == Reachability.DEAD ? 0 : 1;
        if (!record.presence().isFresh(now)) {
            return new Health(0, "offline", reach, 0);
        }
        int score = (int) Math.round(100 * (REACH * reach + LATENCY * UNKNOWN_LATENCY));
        double silence = Duration.between(record.presence().lastSeen(), now).toMillis();
        return new Health(score, label(score), reach, 1 - Math.max(0, silence) / NodePresence.FRESH_FOR.toMillis());
    }

    static String label(int score) {
        if (score >= HEALTHY) {
            return "healthy";
        }
        if (score >= DEGRADED) {
            return "degraded";
        }
        return score >= IMPAIRED ? "impaired" : "critical";
    }

    /** Returns how sure the label is. */
    static String confidence(NodeRecord record) {
        return record.presence().reachability() == Reachability.OBSERVED ? "medium" : "low";
    }

    /** Returns what the label rests on. */
    List<Object> reasons(NodeRecord record) {
        List<Object> reasons = new ArrayList<>();
        reasons.add(reason("liveness", label.equals("offline") ? "failed" : "ok", "heartbeat", "directory_observed"));
        Reachability found = record.presence().reachability();
        reasons.add(
                switch (found) {
                    case OBSERVED -> reason("reachability", "ok", "directory_observed", "probe");
                    case DECLARED -> reason("reachability", "unverified", "self_attested", "declaration");
                    case ASSUMED -> reason("reachability", "unverified", "not_checked", "none");
                    case DEAD -> reason("reachability", "failed", "directory_observed", "probe");
                });
        return reasons;
    }

    private static Map<String, Object> reason(String dimension, String state, String reason, String evidence) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("dimension", dimension);
        json.put("state", state);
        json.put("reason", reason);
        json.put("evidence", evidence);
        return json;
    }

    /** Returns the detailed form. */
    Map<String, Object> detail(NodeRecord record, Instant now) {
        BackendStability.State engine = record.presence().stability().state();
        Map<String, Object> components = new LinkedHashMap<>();
        components.put("liveness", label.equals("offline") ? 0 : 1);
        components.put("reachability", Numbers.plain(reach));
        components.put("latency", UNKNOWN_LATENCY);
        components.put("uptime", label.equals("offline") ? 0 : 1);
        components.put("stability", engine == BackendStability.State.OK ? (Number) 1 : (Number) 0.5);
        components.put("freshness", Numbers.plain(fresh));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("score", score);
        json.put("label", label);
        json.put("observed", record.presence().reachability() == Reachability.OBSERVED);
        json.put("confidence", confidence(record));
        json.put("evidence_level", evidence(record));
        json.put("latency_ms_basis", "none");
        json.put("components", components);
        json.put("evaluated_at", now.toString());
        return json;
    }

    private static String evidence(NodeRecord record) {
        return switch (record.presence().reachability()) {
            case OBSERVED, DEAD -> "directory_observed";
            case DECLARED -> "self_attested";
            case ASSUMED -> "missing";
        };
    }
}
