package network.iicp.directory.server;

import java.time.LocalTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import network.iicp.protocol.registration.AvailabilityWindow;
import network.iicp.protocol.registration.NodeLimits;
import org.jspecify.annotations.Nullable;

/**
 * What a node registered: the members as they were sent, and what ranking and filters read from them. Immutable.
 *
 * <p>Made from a registration that was checked; what is not readable nevertheless counts as absent, so that a store may
 * hold records of older or newer versions.
 */
public final class NodeProfile {

    private static final List<String> TEXT_ONLY = List.of("text");

    /**
     * One capability.
     *
     * @param intent URN of what is offered
     * @param models models that serve it
     * @param inputModalities what they take
     * @param json the capability as it was sent
     */
    public record Offer(String intent, List<String> models, List<String> inputModalities, Map<String, Object> json) {}

    private final Map<String, Object> json;
    private final List<Offer> offers;
    private final Set<String> intents;
    private final Set<String> models;
    private final List<AvailabilityWindow> windows;
    private final boolean currentSdk;

    private NodeProfile(Map<String, Object> json) {
        this.json = json;
        this.offers = offers(json);
        Set<String> urns = new LinkedHashSet<>();
        Set<String> names = new LinkedHashSet<>();
        for (Offer offer : offers) {
            urns.add(offer.intent());
            names.addAll(offer.models());
        }
        this.intents = Collections.unmodifiableSet(urns);
        this.models = Collections.unmodifiableSet(names);
        this.windows = windows(json);
        this.currentSdk = SdkRelease.status(json).equals("current");
    }

    /** Returns the profile of a checked registration. The members are copied, and kept as they are. */
    public static NodeProfile of(Map<String, Object> registration) {
        return new NodeProfile(copy(registration));
    }

    /** Returns a copy in which a member is replaced, or removed when {@code value} is {@code null}. */
    NodeProfile with(String name, @Nullable Object value) {
        Map<String, Object> changed = new LinkedHashMap<>(json);
        if (value == null) {
            changed.remove(name);
        } else {
            changed.put(name, value);
        }
        return of(changed);
    }

    private static Map<String, Object> copy(Map<?, ?> map) {
        Map<String, Object> copy = new LinkedHashMap<>();
        map.forEach((name, value) -> copy.put((String) name, copyValue(value)));
        return Collections.unmodifiableMap(copy);
    }

    private static Object copyValue(Object value) {
        if (value instanceof Map<?, ?> map) {
            return copy(map);
        }
        if (value instanceof List<?> list) {
            List<Object> elements = new ArrayList<>(list.size());
            list.forEach(element -> elements.add(copyValue(element)));
            return Collections.unmodifiableList(elements);
        }
        return value;
    }

    private static List<Offer> offers(Map<String, Object> json) {
        List<Offer> offers = new ArrayList<>();
        for (Object element : list(json, "capabilities")) {
            if (element instanceof Map<?, ?> map && map.get("intent") instanceof String intent) {
                @SuppressWarnings("unchecked")
                Map<String, Object> offer = (Map<String, Object>) map;
                List<String> modalities = strings(offer, "input_modalities");
                offers.add(new Offer(
                        intent, strings(offer, "models"), modalities.isEmpty() ? TEXT_ONLY : modalities, offer));
            }
        }
        return List.copyOf(offers);
    }

    private static List<AvailabilityWindow> windows(Map<String, Object> json) {
        List<AvailabilityWindow> windows = new ArrayList<>();
        for (Object element : list(json, "availability")) {
            if (element instanceof Map<?, ?> map
                    && map.get("start") instanceof String start
                    && map.get("end") instanceof String end
                    && map.get("share") instanceof Number share) {
                window(start, end, share.doubleValue()).ifPresent(windows::add);
            }
        }
        return List.copyOf(windows);
    }

    private static Optional<AvailabilityWindow> window(String start, String end, double share) {
        try {
            return Optional.of(new AvailabilityWindow(LocalTime.parse(start), LocalTime.parse(end), share));
        } catch (DateTimeParseException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static List<?> list(Map<String, Object> json, String name) {
        return json.get(name) instanceof List<?> list ? list : List.of();
    }

    private static List<String> strings(Map<String, Object> json, String name) {
        List<String> strings = new ArrayList<>();
        for (Object element : list(json, name)) {
            if (element instanceof String text) {
                strings.add(text);
            }
        }
        return List.copyOf(strings);
    }

    /** Returns the members as they were sent, without credentials. */
    public Map<String, Object> json() {
        return json;
    }

    /** Returns the base URL of the node. */
    public String endpoint() {
        return text("endpoint").orElse("");
    }

    /** Returns the region, {@code unknown} when none was given. */
    public String region() {
        return text("region").orElse("unknown");
    }

    /** Returns everything the node offers. */
    public List<Offer> offers() {
        return offers;
    }

    /** Returns what the node offers for an intent. */
    public List<Offer> offers(String intent) {
        return offers.stream().filter(o -> o.intent().equals(intent)).toList();
    }

    /** Returns the URNs of all intents, each once. */
    public Set<String> intents() {
        return intents;
    }

    /** Returns the names of all models, each once. */
    public Set<String> models() {
        return models;
    }

    /** Returns the times of day at which it offers a share of its slots. */
    public List<AvailabilityWindow> windows() {
        return windows;
    }

    /** Returns whether the node follows a release that counts as current. */
    boolean followsCurrentSdk() {
        return currentSdk;
    }

    /** Returns the most tasks at the same time. */
    public int maxConcurrent() {
        Object slots = member("limits", "max_concurrent");
        return slots instanceof Number number ? Math.max(0, number.intValue()) : NodeLimits.DEFAULT.maxConcurrent();
    }

    /** Returns the confidentiality key as it was sent. */
    public Optional<Map<String, Object>> confidentialityKey() {
        return object("cx_public_key");
    }

    /** Returns the factor on the usual price, 1 when none was declared. */
    public double creditCostMultiplier() {
        return member("pricing", "credit_cost_multiplier") instanceof Number number ? number.doubleValue() : 1.0;
    }

    /** Returns the price of 1000 tokens in credits, if it was declared. */
    public Optional<Double> creditsPer1000() {
        return member("policy", "pricing_credits_per_1000") instanceof Number number
                ? Optional.of(number.doubleValue())
                : Optional.empty();
    }

    /** Returns whether the node takes sub-tasks of cooperative inference. */
    public boolean allowsRemoteInference() {
        return Boolean.TRUE.equals(member("policy", "allow_remote_inference"));
    }

    /** Returns whether the node relays for others. */
    public boolean isRelayCapable() {
        return Boolean.TRUE.equals(json.get("relay_capable"));
    }

    /** Returns the endpoint of the relay the node is reached through, if it named one. */
    public Optional<String> relayEndpoint() {
        Optional<String> direct = text("relay_endpoint");
        return direct.isPresent() || !(member("transport_metadata", "relay_endpoint") instanceof String nested)
                ? direct
                : Optional.of(nested);
    }

    /** Returns a text member. */
    public Optional<String> text(String name) {
        return json.get(name) instanceof String text ? Optional.of(text) : Optional.empty();
    }

    /** Returns an object member. */
    @SuppressWarnings("unchecked")
    public Optional<Map<String, Object>> object(String name) {
        return json.get(name) instanceof Map<?, ?> map ? Optional.of((Map<String, Object>) map) : Optional.empty();
    }

    private @Nullable Object member(String object, String name) {
        return json.get(object) instanceof Map<?, ?> map ? map.get(name) : null;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NodeProfile profile && json.equals(profile.json);
    }

    @Override
    public int hashCode() {
        return json.hashCode();
    }

    /** Counts what it offers; never the endpoint. */
    @Override
    public String toString() {
        return "NodeProfile[%s, %d capabilities]".formatted(region(), offers.size());
    }
}
