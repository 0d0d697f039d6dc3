package network.iicp.directory.server;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The state of a node in one word and one sentence. Official nodes read {@code direct_unverified} as a failed check, so a
 * directory that does not dial back never says it. Source: IICP directory, registry.
 */
final class StatusSummary {

    private StatusSummary() {}

    static Map<String, Object> of(NodeRecord record, Instant now) {
        NodePresence presence = record.presence();
        boolean heartbeating = presence.isFresh(now);
        boolean routable = presence.reachability() != Reachability.DEAD;
        boolean keyReady = record.profile().confidentialityKey().isPresent();
        boolean current = record.profile().followsCurrentSdk();
        String state = state(record, heartbeating, routable, keyReady, current);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("state", state);
        json.put("headline", headline(state));
        json.put("description", description(state));
        json.put("reasons", List.of(state));
        json.put("heartbeating", heartbeating);
        json.put("public_routable", routable);
        json.put("browser_usable", RouteFacts.of(record).browserUsable());
        json.put("key_ready", keyReady);
        json.put("client_current", current);
        json.put("evidence_source", "directory");
        return json;
    }

    private static String state(
            NodeRecord record, boolean heartbeating, boolean routable, boolean keyReady, boolean current) {
        if (!heartbeating) {
            return "not_seen";
        }
        if (!routable) {
            return "limited_reach";
        }
        if (!keyReady) {
            return "upgrade_privacy_needed";
        }
        if (!current) {
            return "upgrade_needed";
        }
        boolean declared = record.presence().reachability() == Reachability.DECLARED
                && record.profile().text("exposure_mode").isEmpty();
        if (declared) {
            return "direct_unverified";
        }
        return record.presence().available() && !record.presence().isDraining() ? "ready" : "watch";
    }

    private static String headline(String state) {
        return switch (state) {
            case "not_seen" -> "Not seen";
            case "limited_reach" -> "Not reachable";
            case "upgrade_privacy_needed" -> "No encryption key";
            case "upgrade_needed" -> "Old release";
            case "direct_unverified" -> "Route not verified";
            case "ready" -> "Ready";
            default -> "Not taking tasks";
        };
    }

    private static String description(String state) {
        return switch (state) {
            case "not_seen" -> "The node sent no heartbeat for more than 90 seconds.";
            case "limited_reach" -> "The directory could not reach the endpoint of the node.";
            case "upgrade_privacy_needed" -> "The node offers no key, so tasks cannot be encrypted to it.";
            case "upgrade_needed" -> "The node follows a release older than " + SdkRelease.BASELINE + ".";
            case "direct_unverified" -> "The node says how it is reached, and nobody has verified it.";
            case "ready" -> "The node sends heartbeats and takes tasks.";
            default -> "The node sends heartbeats and takes no tasks at the moment.";
        };
    }
}
