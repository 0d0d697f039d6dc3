package network.iicp.directory.server;

import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a node is reached, as consumers are told. Nothing here is {@code null}: official parsers refuse whole lists over
 * that. Source: IICP directory, derived members of the discover response.
 *
 * @param transport protocols it speaks
 * @param addressFamily ipv4, ipv6 or hostname
 * @param tier direct or relay
 * @param evidence directory_observed, self_attested or missing
 * @param hint which way to prefer
 * @param browserUsable whether a page loaded over TLS can call it
 * @param observed whether the directory reached it, or {@code null} when it did not try
 */
record RouteFacts(
        List<String> transport,
        String addressFamily,
        String tier,
        String evidence,
        String hint,
        boolean browserUsable,
        @Nullable Boolean observed) {

    static RouteFacts of(NodeRecord record) {
        NodeProfile profile = record.profile();
        URI endpoint = URI.create(profile.endpoint());
        String scheme = endpoint.getScheme().toLowerCase(Locale.ROOT);
        List<String> transport = new ArrayList<>(List.of(scheme));
        if (profile.text("transport_endpoint").isPresent()) {
            transport.add("iicp-native");
        }
        String family = family(endpoint.getHost());
        boolean relayed = profile.relayEndpoint().isPresent()
                || profile.text("transport_method").filter("turn_relay"::equals).isPresent();
        return new RouteFacts(
                transport,
                family,
                relayed ? "relay" : "direct",
                evidence(record),
                hint(record, relayed, scheme, family),
                scheme.equals("https"),
                observed(record));
    }

    private static String family(String host) {
        if (host.startsWith("[")) {
            return "ipv6";
        }
        return host.matches("[0-9.]+") ? "ipv4" : "hostname";
    }

    private static String evidence(NodeRecord record) {
        return switch (record.presence().reachability()) {
            case OBSERVED -> "directory_observed";
            case DECLARED -> "self_attested";
            case ASSUMED -> record.profile().text("exposure_mode").isPresent() ? "self_attested" : "missing";
            case DEAD -> "missing";
        };
    }

    /** Official nodes take {@code http_ipv6} for a call to find a better route, unless the directory reached them. */
    private static String hint(NodeRecord record, boolean relayed, String scheme, String family) {
        if (relayed) {
            return "relay_service";
        }
        if (scheme.equals("https")) {
            return "https_direct";
        }
        boolean doubted = record.presence().reachability() != Reachability.ASSUMED;
        return doubted && family.equals("ipv6") ? "http_ipv6" : "http_direct";
    }

    private static @Nullable Boolean observed(NodeRecord record) {
        return switch (record.presence().reachability()) {
            case OBSERVED -> Boolean.TRUE;
            case DEAD -> Boolean.FALSE;
            case DECLARED, ASSUMED -> null;
        };
    }

    /** Adds what anybody may see. */
    void putPublic(Map<String, Object> json) {
        json.put("transport", transport);
        json.put("reachability_tier", tier);
        if (observed != null) {
            json.put("directory_observed_reachable", observed);
        }
        json.put("route_evidence", evidence);
        json.put("routing_hint", hint);
        json.put("browser_usable", browserUsable);
    }

    /** Adds what only those see who are told the route. */
    void putRoute(Map<String, Object> json, NodeProfile profile) {
        json.put("endpoint", profile.endpoint());
        copy(
                json,
                profile,
                "transport_endpoint",
                "transport_method",
                "nat_type",
                "exposure_mode",
                "transport_candidates");
        metadata(profile).ifPresent(members -> json.put("transport_metadata", members));
        json.put("address_family", addressFamily);
        json.put("relay_capable", profile.isRelayCapable());
        copy(json, profile, "relay_accept_port", "relay_endpoint");
    }

    private static void copy(Map<String, Object> json, NodeProfile profile, String... names) {
        for (String name : names) {
            Object value = profile.json().get(name);
            if (value != null) {
                json.put(name, value);
            }
        }
    }

    /** The relay is named inside the metadata too, where official consumers look for it. */
    private static Optional<Map<String, Object>> metadata(NodeProfile profile) {
        Optional<Map<String, Object>> stored = profile.object("transport_metadata");
        Optional<String> relay = profile.relayEndpoint();
        if (relay.isEmpty()) {
            return stored;
        }
        Map<String, Object> members = new LinkedHashMap<>(stored.orElse(Map.of()));
        members.put("relay_endpoint", relay.get());
        return Optional.of(members);
    }
}
