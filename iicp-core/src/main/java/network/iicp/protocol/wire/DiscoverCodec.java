package network.iicp.protocol.wire;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Modality;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.registration.DiscoverQuery;
import network.iicp.protocol.registration.DiscoverQuery.NodeClass;
import network.iicp.protocol.registration.DiscoverReply;
import org.jspecify.annotations.Nullable;

/** Writes discover queries and reads their answers. Source: IICP directory, discover. */
public final class DiscoverCodec {

    private DiscoverCodec() {}

    /** Returns the parameters of a query in a fixed order, not encoded; only what is set. */
    public static Map<String, String> parameters(DiscoverQuery query) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("intent", query.intent().urn());
        parameters.put("limit", Integer.toString(query.limit()));
        put(parameters, "qos", query.qos() == null ? null : query.qos().wireName());
        put(parameters, "region", query.region());
        put(parameters, "model", query.models().isEmpty() ? null : String.join(",", query.models()));
        put(parameters, "min_reputation", query.minReputation());
        put(parameters, "max_multiplier", query.maxMultiplier());
        put(parameters, "min_quality_score", query.minScore());
        Modality modality = query.modality();
        put(parameters, "modality", modality == null ? null : modality.wireName());
        flag(parameters, "cip_capable", query, NodeClass.CIP_CAPABLE);
        flag(parameters, "relay_capable", query, NodeClass.RELAY_CAPABLE);
        flag(parameters, "include_internal", query, NodeClass.INTERNAL);
        return parameters;
    }

    /** Returns the query part of the URL, percent-encoded, without the question mark. */
    public static String queryString(DiscoverQuery query) {
        return parameters(query).entrySet().stream()
                .map(p -> p.getKey() + "=" + encode(p.getValue()))
                .collect(Collectors.joining("&"));
    }

    private static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static void put(Map<String, String> parameters, String name, @Nullable Object value) {
        if (value != null) {
            parameters.put(name, value.toString());
        }
    }

    /** Directories disagree about {@code true}; all of them read 1. */
    private static void flag(Map<String, String> parameters, String name, DiscoverQuery query, NodeClass wanted) {
        if (query.nodeClasses().contains(wanted)) {
            parameters.put(name, "1");
        }
    }

    /**
     * Reads an answer node by node: one that is not readable is left out and counted, as is every repeat of an id, and
     * everything beyond the limit.
     *
     * @param json the answer
     * @param limit most nodes to keep
     * @return the nodes in the directory's order
     * @throws ProtocolViolationException if there is no list of nodes at all
     */
    public static DiscoverReply decode(Map<String, Object> json, int limit) {
        if (!(json.get("nodes") instanceof List<?> list)) {
            throw new ProtocolViolationException(IicpError.of(
                    ErrorCode.PROTOCOL_ERROR,
                    ErrorComponent.DIRECTORY,
                    "the directory answered discover without a list of nodes"));
        }
        List<NodeDescriptor> nodes = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Object element : list) {
            if (nodes.size() == limit) {
                break;
            }
            Optional<NodeDescriptor> node = NodeCodec.decode(element);
            if (node.isPresent() && seen.add(node.get().id())) {
                nodes.add(node.get());
            }
        }
        return new DiscoverReply(nodes, list.size() - nodes.size(), Boolean.TRUE.equals(json.get("relay_available")));
    }
}
