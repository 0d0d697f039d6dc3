package network.iicp.protocol.wire;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Modality;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.registration.DiscoverQuery;
import network.iicp.protocol.registration.DiscoverQuery.NodeClass;
import network.iicp.protocol.registration.DispatchRoute;
import org.jspecify.annotations.Nullable;

/** Writes requests for dispatch tickets and reads their answers. Source: IICP directory, dispatch ticket. */
public final class DispatchCodec {

    /** Most nodes a request can exclude. */
    public static final int MAX_EXCLUDED = 10;

    private static final int SHORTEST_PREFIX = 4;
    private static final int LONGEST_TICKET = 4096;

    private DispatchCodec() {}

    /**
     * Returns the body of a request: what is set of the query, and the beginnings of the ids that are not wanted. Nothing that could be part
     * of a prompt has a place in it.
     *
     * @param query what is wanted
     * @param excluded ids of nodes; the first {@value #MAX_EXCLUDED} different beginnings of at least four characters are sent
     */
    public static Map<String, Object> encode(DiscoverQuery query, Collection<String> excluded) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("intent", query.intent().urn());
        body.put("limit", query.limit());
        put(body, "region", query.region());
        put(body, "qos", query.qos() == null ? null : query.qos().wireName());
        put(body, "min_reputation", query.minReputation());
        put(body, "model", query.models().isEmpty() ? null : String.join(",", query.models()));
        put(body, "max_multiplier", query.maxMultiplier());
        put(body, "min_quality_score", query.minScore());
        Modality modality = query.modality();
        put(body, "modality", modality == null ? null : modality.wireName());
        flag(body, "cip_capable", query, NodeClass.CIP_CAPABLE);
        flag(body, "relay_capable", query, NodeClass.RELAY_CAPABLE);
        flag(body, "include_internal", query, NodeClass.INTERNAL);
        List<String> prefixes = excluded.stream()
                .map(NodeDescriptor::prefixOf)
                .filter(prefix -> prefix.length() >= SHORTEST_PREFIX)
                .distinct()
                .limit(MAX_EXCLUDED)
                .toList();
        if (!prefixes.isEmpty()) {
            body.put("exclude_node_id_prefixes", prefixes);
        }
        return body;
    }

    private static void put(Map<String, Object> body, String name, @Nullable Object value) {
        if (value != null) {
            body.put(name, value);
        }
    }

    private static void flag(Map<String, Object> body, String name, DiscoverQuery query, NodeClass wanted) {
        if (query.nodeClasses().contains(wanted)) {
            body.put(name, true);
        }
    }

    /**
     * Reads an answer.
     *
     * @throws ProtocolViolationException if there is no ticket, no readable route, or the two name different nodes
     */
    public static DispatchRoute decode(Map<String, Object> json) {
        if (!(json.get("ticket") instanceof String ticket) || ticket.length() > LONGEST_TICKET) {
            throw malformed("the directory sent no dispatch ticket of at most %d characters".formatted(LONGEST_TICKET));
        }
        NodeDescriptor node = NodeCodec.decode(json.get("route"))
                .orElseThrow(() -> malformed("the directory sent a dispatch ticket without a route that can be read"));
        if (!node.id().equals(json.getOrDefault("node_id", node.id()))) {
            throw malformed("the directory sent a dispatch ticket whose route is another node's");
        }
        return new DispatchRoute(ticket, node, manifestDigest(node));
    }

    private static @Nullable String manifestDigest(NodeDescriptor node) {
        return node.extra().get("node_policy_manifest") instanceof Map<?, ?> manifest
                        && manifest.get("verification") instanceof Map<?, ?> verification
                        && verification.get("canonical_sha256") instanceof String digest
                ? digest
                : null;
    }

    private static ProtocolViolationException malformed(String message) {
        return new ProtocolViolationException(
                IicpError.of(ErrorCode.DISPATCH_TICKET_MALFORMED, ErrorComponent.DIRECTORY, message));
    }
}
