package network.iicp.protocol.wire;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;
import network.iicp.protocol.InvalidRequestException;
import network.iicp.protocol.Modality;
import org.jspecify.annotations.Nullable;

/** Reads and writes capabilities. Source: IICP capability format 0.2.0. */
public final class CapabilityCodec {

    /** Most characters of a model name, a profile or a feature. */
    static final int LONGEST_NAME = 255;

    private static final int MOST_NAMES = 64;

    private CapabilityCodec() {}

    /** Returns the JSON object of a capability. */
    public static Map<String, Object> encode(Capability capability) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("intent", capability.intent().urn());
        json.put("models", capability.models());
        if (capability.maxTokens() != null) {
            json.put("max_tokens", capability.maxTokens());
        }
        json.put(
                "input_modalities",
                capability.inputModalities().stream().map(Modality::wireName).toList());
        if (capability.supportsStreaming()) {
            json.put("supports_streaming", true);
        }
        putUnlessEmpty(json, "supported_profiles", capability.supportedProfiles());
        putUnlessEmpty(json, "features", capability.features());
        if (!capability.extensions().isEmpty()) {
            json.put("extensions", capability.extensions());
        }
        return json;
    }

    private static void putUnlessEmpty(Map<String, Object> json, String name, List<String> values) {
        if (!values.isEmpty()) {
            json.put(name, values);
        }
    }

    /**
     * Reads a capability. Only the intent must be there; what is not readable in the rest counts as absent.
     *
     * @param value the JSON value
     * @return the capability, or empty when it is no object or names no intent
     */
    public static Optional<Capability> decode(@Nullable Object value) {
        if (!(value instanceof Map<?, ?> json) || !(json.get("intent") instanceof String urn)) {
            return Optional.empty();
        }
        Intent intent;
        try {
            intent = Intent.parse(urn);
        } catch (InvalidRequestException e) {
            return Optional.empty();
        }
        return Optional.of(new Capability(
                intent,
                names(json.get("models")),
                tokens(json.get("max_tokens")),
                modalities(json.get("input_modalities")),
                Boolean.TRUE.equals(json.get("supports_streaming")),
                names(json.get("supported_profiles")),
                names(json.get("features")),
                members(json.get("extensions"))));
    }

    /** Reads a list of capabilities; elements that are none are left out. */
    static List<Capability> decodeAll(@Nullable Object value) {
        if (!(value instanceof List<?> list)) {
            return List.of();
        }
        List<Capability> capabilities = new ArrayList<>();
        for (Object element : list) {
            decode(element).ifPresent(capabilities::add);
        }
        return capabilities;
    }

    /** Reads a list of names: strings of sensible length, each once, at most 64. */
    static List<String> names(@Nullable Object value) {
        if (!(value instanceof List<?> list)) {
            return List.of();
        }
        Set<String> names = new LinkedHashSet<>();
        for (Object element : list) {
            if (names.size() == MOST_NAMES) {
                break;
            }
            if (element instanceof String name && !name.isBlank() && name.length() <= LONGEST_NAME) {
                names.add(name);
            }
        }
        return List.copyOf(names);
    }

    private static @Nullable Integer tokens(@Nullable Object value) {
        Integer count = UsageCodec.count(value);
        return count == null || count < 1 ? null : count;
    }

    private static Set<Modality> modalities(@Nullable Object value) {
        Set<Modality> found = EnumSet.noneOf(Modality.class);
        names(value).forEach(word -> Modality.of(word).ifPresent(found::add));
        return found;
    }

    /** Reads an object; anything else is empty. */
    @SuppressWarnings("unchecked")
    static Map<String, Object> members(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
    }
}
