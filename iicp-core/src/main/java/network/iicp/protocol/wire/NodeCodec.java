package network.iicp.protocol.wire;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import network.iicp.protocol.NodeDescriptor;
import org.jspecify.annotations.Nullable;

/** Reads and writes nodes as directories describe them to consumers. Source: IICP directory, discover response. */
public final class NodeCodec {

    private static final int LONGEST_ID = 64;
    private static final int LONGEST_WORD = 64;
    private static final int LONGEST_ENDPOINT = 2048;

    private static final Set<String> MODELLED = Set.of(
            "node_id",
            "endpoint",
            "score",
            "available",
            "region",
            "load",
            "models",
            "capabilities",
            "cx_public_key",
            "public_key",
            "reputation_score",
            "health_label",
            "supported_profiles");

    private NodeCodec() {}

    /** Returns the JSON object of a node, as a directory writes it. */
    public static Map<String, Object> encode(NodeDescriptor node) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("node_id", node.id());
        json.put("endpoint", node.endpoint().toString());
        json.put("score", node.score());
        json.put("available", node.available());
        put(json, "region", node.region());
        put(json, "load", node.load());
        json.put("models", node.models());
        json.put(
                "capabilities",
                node.capabilities().stream().map(CapabilityCodec::encode).toList());
        node.key().ifPresent(key -> json.put("cx_public_key", ConfidentialityKeyCodec.encode(key)));
        put(json, "reputation_score", node.reputation());
        put(json, "health_label", node.healthLabel());
        json.put("supported_profiles", node.supportedProfiles());
        node.extra().forEach(json::putIfAbsent);
        return json;
    }

    private static void put(Map<String, Object> json, String name, @Nullable Object value) {
        if (value != null) {
            json.put(name, value);
        }
    }

    /**
     * Reads a node. Id and endpoint must be there, and {@code available} must be a boolean if it is; what is not readable
     * in the rest counts as absent. Whether the endpoint may be connected to is not decided here.
     *
     * @param value the JSON value
     * @return the node, or empty when it is not readable
     */
    public static Optional<NodeDescriptor> decode(@Nullable Object value) {
        Map<String, Object> json = CapabilityCodec.members(value);
        Optional<String> id = id(json.get("node_id"));
        Optional<URI> endpoint = endpoint(json.get("endpoint"));
        Object available = json.get("available");
        if (id.isEmpty() || endpoint.isEmpty() || !(available == null || available instanceof Boolean)) {
            return Optional.empty();
        }
        Double score = share(json.get("score"));
        return Optional.of(new NodeDescriptor(
                id.get(),
                endpoint.get(),
                score == null ? 0 : score,
                !Boolean.FALSE.equals(available),
                word(json.get("region")),
                share(json.get("load")),
                CapabilityCodec.names(json.get("models")),
                CapabilityCodec.decodeAll(json.get("capabilities")),
                ConfidentialityKeyCodec.decode(json.get("cx_public_key"))
                        .or(() -> legacyKey(json))
                        .orElse(null),
                share(json.get("reputation_score")),
                word(json.get("health_label")),
                CapabilityCodec.names(json.get("supported_profiles")),
                rest(json)));
    }

    /** Early directories named the key {@code public_key}; where that is a text it is another key, and not read. */
    private static Optional<network.iicp.protocol.ConfidentialityKey> legacyKey(Map<String, Object> json) {
        return json.get("public_key") instanceof Map<?, ?> key && json.get("cx_public_key") == null
                ? ConfidentialityKeyCodec.decode(key)
                : Optional.empty();
    }

    private static Optional<String> id(@Nullable Object value) {
        return value instanceof String text
                        && !text.isEmpty()
                        && text.length() <= LONGEST_ID
                        && text.chars().allMatch(c -> c > ' ' && c < 127)
                ? Optional.of(text)
                : Optional.empty();
    }

    /** Reads a base URL: absolute, http or https, with a host, without user, query and fragment. */
    static Optional<URI> endpoint(@Nullable Object value) {
        if (!(value instanceof String text) || text.length() > LONGEST_ENDPOINT) {
            return Optional.empty();
        }
        try {
            URI uri = new URI(text);
            String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
            boolean plain = uri.getRawUserInfo() == null && uri.getRawQuery() == null && uri.getRawFragment() == null;
            return uri.getHost() != null && plain && (scheme.equals("http") || scheme.equals("https"))
                    ? Optional.of(uri)
                    : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    private static @Nullable String word(@Nullable Object value) {
        return value instanceof String text && !text.isBlank() && text.length() <= LONGEST_WORD ? text : null;
    }

    /** Reads a number from 0 to 1; what is outside is moved to the nearer end. */
    static @Nullable Double share(@Nullable Object value) {
        if (!(value instanceof Number number) || Double.isNaN(number.doubleValue())) {
            return null;
        }
        return Math.max(0.0, Math.min(1.0, number.doubleValue()));
    }

    private static Map<String, Object> rest(Map<String, Object> json) {
        Map<String, Object> rest = new LinkedHashMap<>(json);
        rest.keySet().removeAll(MODELLED);
        return rest;
    }
}
