package network.iicp.directory.server;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import network.iicp.crypto.DispatchTicket;
import network.iicp.crypto.Ed25519KeyPair;
import network.iicp.crypto.SignedClaims;
import network.iicp.directory.server.Discovery.Ranked;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NodeDescriptor;

/**
 * What the directory signs for consumers: tickets that name one node with its route, and tokens that let a known caller use one node.
 * Thread-safe. Source: IICP directory, dispatch ticket and consumer token.
 */
final class DirectoryTokens {

    /** How long a consumer token is valid. */
    static final Duration CONSUMER_TOKEN_LIFETIME = Duration.ofSeconds(300);

    private static final int ID_BYTES = 12;
    private static final int PREFIX_DIGITS = 12;
    private static final int LONGEST_NODE_ID = 64;

    /** What a ticket's route says about the node; the rest of the description is discover's. */
    private static final Set<String> ROUTE = Set.of(
            "node_id",
            "endpoint",
            "transport_endpoint",
            "transport_method",
            "transport_metadata",
            "cx_public_key",
            "region",
            "score",
            "health_label",
            "health_confidence",
            "routing_hint",
            "browser_usable",
            "reachability_tier",
            "route_evidence",
            "models",
            "capability_summary",
            "pricing",
            "available",
            "reputation_score",
            "reputation_model",
            "reputation_epoch",
            "reputation_tier",
            "exposure_mode",
            "transport",
            "directory_observed_reachable",
            // More than official directories say: without these a consumer cannot know that a node streams, nor how
            // busy it is.
            "load",
            "capabilities",
            "supported_profiles",
            "input_modalities");

    private final Discovery discovery;
    private final NodeStore store;
    private final Ed25519KeyPair key;
    private final SecureRandom random;
    private final Clock clock;

    DirectoryTokens(Discovery discovery, NodeStore store, Ed25519KeyPair key, SecureRandom random, Clock clock) {
        this.discovery = discovery;
        this.store = store;
        this.key = key;
        this.random = random;
        this.clock = clock;
    }

    /**
     * Names one node and signs for it.
     *
     * @param baseUrl the URL under which consumers know this directory
     * @throws DirectoryRefusal if no node fits, or several have the prefix
     */
    Answer ticket(TicketRequest request, String baseUrl) {
        Ranked chosen = chosen(request);
        Instant now = clock.instant();
        String intent = request.query().intent();
        String node = chosen.record().id();
        byte[] idBytes = new byte[ID_BYTES];
        random.nextBytes(idBytes);
        String id = HexFormat.of().formatHex(idBytes);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("ticket", DispatchTicket.issue(DispatchTicket.issuerOf(baseUrl), id, node, intent, now, null, key));
        json.put("ticket_id_prefix", id.substring(0, PREFIX_DIGITS));
        json.put("expires_at", now.plus(DispatchTicket.LIFETIME).getEpochSecond());
        json.put("intent", intent);
        json.put("node_id", node);
        json.put("node_id_prefix", NodeDescriptor.prefixOf(node));
        Map<String, Object> route =
                new LinkedHashMap<>(NodeViews.dispatch(chosen.record(), intent, chosen.score(), now));
        route.keySet().retainAll(ROUTE);
        json.put("route", route);
        json.put("algorithm", "ed25519");
        json.put("data_class", "ticketed_route_dispatch");
        json.put("route_fields_present", true);
        json.put("prompt_payload_accepted", false);
        return new Answer(
                201,
                json,
                Map.of("Cache-Control", "no-store", "X-IICP-Discover-Data-Class", "ticketed_route_dispatch"));
    }

    private Ranked chosen(TicketRequest request) {
        List<Ranked> fitting = discovery.rank(request.query()).stream()
                .filter(ranked -> !request.excludes(ranked.record()))
                .toList();
        if (request.nodePrefix() != null) {
            String prefix = request.nodePrefix();
            fitting = fitting.stream()
                    .filter(ranked -> ranked.record().id().startsWith(prefix))
                    .toList();
            if (fitting.size() > 1) {
                throw DirectoryRefusal.ambiguousPrefix("several nodes have this prefix; name more of the id");
            }
        } else if (request.nodeId() != null) {
            String id = request.nodeId();
            fitting = fitting.stream()
                    .filter(ranked -> ranked.record().id().equals(id))
                    .toList();
        }
        return fitting.stream()
                .findFirst()
                .orElseThrow(() -> DirectoryRefusal.noRoute("no node that fits is available now"));
    }

    /**
     * Signs that a caller may use a node for an intent.
     *
     * @param caller who asks
     * @param body {@code target_node_id} and {@code intent}
     * @param baseUrl the URL under which consumers know this directory
     * @throws DirectoryRefusal if a member is missing, the intent is one that no mesh serves, or the node is not known
     */
    Answer consumerToken(NodeRecord caller, Map<String, Object> body, String baseUrl) {
        Complaints complaints = new Complaints();
        Members members = new Members(body, "", complaints);
        members.require("target_node_id");
        members.require("intent");
        String target = members.text("target_node_id", LONGEST_NODE_ID);
        String intent = members.text("intent", Intent.MAX_LENGTH);
        complaints.refuse();
        if (target == null || intent == null) {
            throw new IllegalStateException("required members are complained about above");
        }
        RegistrationRequest.requireAllowed(intent);
        if (store.find(target).isEmpty()) {
            throw DirectoryRefusal.unknownNode("no node is registered under the id in target_node_id");
        }
        long now = clock.instant().getEpochSecond();
        long expires = now + CONSUMER_TOKEN_LIFETIME.toSeconds();
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("v", 1);
        claims.put("iss", DispatchTicket.issuerOf(baseUrl));
        claims.put("sub", caller.id());
        claims.put("aud", target);
        claims.put("intent", intent);
        claims.put("iat", now);
        claims.put("exp", expires);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("token", SignedClaims.sign(SignedClaims.CONSUMER_TOKEN, claims, key));
        json.put("expires_at", expires);
        json.put("caller_node_id", caller.id());
        json.put("target_node_id", target);
        json.put("intent", intent);
        return new Answer(201, json, Map.of("Cache-Control", "no-store"));
    }
}
