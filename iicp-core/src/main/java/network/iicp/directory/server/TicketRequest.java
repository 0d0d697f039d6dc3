package network.iicp.directory.server;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request for a dispatch ticket, checked: a discover query in a body, and which node it should or must not be. Source: IICP directory,
 * dispatch ticket.
 *
 * @param query what is wanted
 * @param nodeId the node wanted, or {@code null}
 * @param nodePrefix beginning of the id of the node wanted, or {@code null}
 * @param excluded beginnings of ids that are not wanted
 */
record TicketRequest(
        DiscoverRequest query,
        @Nullable String nodeId,
        @Nullable String nodePrefix,
        List<String> excluded) {

    private static final int LONGEST_ID = 64;
    private static final int SHORTEST_PREFIX = 4;
    private static final int LONGEST_PREFIX = 36;
    private static final int MOST_EXCLUDED = 10;
    private static final Set<String> NUMBERS = Set.of("limit", "min_reputation", "max_multiplier", "min_quality_score");
    private static final Set<String> WORDS = Set.of("intent", "qos", "region", "model", "modality");
    private static final Set<String> FLAGS = Set.of("cip_capable", "relay_capable", "include_internal");

    /** Copies the list. */
    TicketRequest {
        excluded = List.copyOf(excluded);
    }

    /**
     * Checks a body.
     *
     * @throws DirectoryRefusal as {@link DiscoverRequest#of(Map)}, and if a node is named in two ways, or something of a prompt was sent, whose
     *     value is not repeated
     */
    static TicketRequest of(Map<String, Object> body) {
        Complaints complaints = new Complaints();
        Members members = new Members(body, "", complaints);
        String nodeId = members.text("node_id", LONGEST_ID);
        String prefix =
                members.text("node_id_prefix", LONGEST_PREFIX, TicketRequest::isPrefix, "must have 4 to 36 characters");
        if (members.has("node_id") && members.has("node_id_prefix")) {
            complaints.add("node_id_prefix", "must not come with node_id; name the node in one way");
        }
        List<String> excluded = excluded(members);
        Map<String, List<String>> query = query(body, complaints);
        complaints.refuse();
        return new TicketRequest(DiscoverRequest.of(query), nodeId, prefix, excluded);
    }

    private static boolean isPrefix(String text) {
        return text.length() >= SHORTEST_PREFIX;
    }

    private static List<String> excluded(Members members) {
        return members.texts(
                "exclude_node_id_prefixes",
                MOST_EXCLUDED,
                LONGEST_PREFIX,
                TicketRequest::isPrefix,
                "must have 4 to 36 characters");
    }

    /** The same values as in the query of a discover call, which knows their ranges. */
    private static Map<String, List<String>> query(Map<String, Object> body, Complaints complaints) {
        Map<String, List<String>> query = new LinkedHashMap<>();
        for (Map.Entry<String, Object> member : body.entrySet()) {
            String name = member.getKey();
            Object value = member.getValue();
            if (DiscoverRequest.PAYLOAD_LIKE.contains(name)) {
                query.put(name, List.of(""));
            } else if (value != null && (WORDS.contains(name) || NUMBERS.contains(name) || FLAGS.contains(name))) {
                if (isOfItsType(name, value)) {
                    query.put(name, List.of(value.toString()));
                } else {
                    complaints.add(name, NUMBERS.contains(name) ? "must be a number" : "must be a string");
                }
            }
        }
        return query;
    }

    private static boolean isOfItsType(String name, Object value) {
        if (WORDS.contains(name)) {
            return value instanceof String;
        }
        return value instanceof Number
                || (FLAGS.contains(name) && (value instanceof Boolean || value instanceof String));
    }

    /** Returns whether the node is not wanted. */
    boolean excludes(NodeRecord node) {
        return excluded.stream().anyMatch(node.id()::startsWith);
    }
}
