package network.iicp.protocol.registration;

import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.Quoted;
import org.jspecify.annotations.Nullable;

/**
 * A node's announcement to a directory. Immutable. Holds credentials: {@link #toString()} does not show them.
 * Source: IICP directory, registration.
 *
 * @param nodeId the id to be listed under, see {@link #isValidId}; {@code null} lets the directory choose
 * @param currentToken the token of the last registration; proves ownership when key or endpoint change
 * @param endpoint base URL of the node, http or https, at most 255 characters
 * @param region a letter, then letters, digits, {@code -} and {@code _}, at most 64; {@code unknown} when not configured
 * @param capabilities what it offers; at least one
 * @param limits how much it takes
 * @param exposure how it is reached besides the endpoint
 * @param confidentialityKey key for encrypted tasks, or {@code null}; official consumers refuse nodes without one
 * @param backend {@code ollama}, {@code lmstudio}, {@code vllm}, {@code llamacpp}, {@code meshllm}, {@code anthropic},
 *     {@code custom}, or {@code null}
 * @param policy what tasks of strangers may do, or {@code null}
 * @param pricing the declared price, or {@code null}
 * @param availability times of day at which it offers a share of its slots; empty means always
 * @param hmacKey a key for challenges chosen by the operator, or {@code null} to be given one
 * @param software what it runs
 * @param extra further members, passed through as they are; they never replace the ones above
 */
public record NodeRegistration(
        @Nullable String nodeId,
        @Nullable String currentToken,
        URI endpoint,
        String region,
        List<Capability> capabilities,
        NodeLimits limits,
        NodeExposure exposure,
        @Nullable ConfidentialityKey confidentialityKey,
        @Nullable String backend,
        @Nullable NodePolicy policy,
        @Nullable NodePricing pricing,
        List<AvailabilityWindow> availability,
        @Nullable String hmacKey,
        Software software,
        Map<String, Object> extra) {

    /** The region of a node that states none. */
    public static final String UNKNOWN_REGION = "unknown";

    /** Most characters of a node's id. */
    public static final int MAX_ID_LENGTH = 36;

    /** Most characters of an endpoint. */
    public static final int MAX_ENDPOINT_LENGTH = 255;

    private static final Pattern ID = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._:-]{0,35}");
    private static final Pattern REGION = Pattern.compile("[a-zA-Z][a-zA-Z0-9_-]{0,63}");

    /**
     * Checks the forms and copies the collections.
     *
     * @throws IllegalArgumentException if a value has not its form; the message names it
     */
    public NodeRegistration {
        Objects.requireNonNull(endpoint, "endpoint");
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(exposure, "exposure");
        Objects.requireNonNull(software, "software");
        if (nodeId != null && !isValidId(nodeId)) {
            throw new IllegalArgumentException(
                    "nodeId %s must be 1 to 36 letters, digits, '.', '_', ':' or '-', first a letter or digit"
                            .formatted(Quoted.of(nodeId)));
        }
        if (!isValidRegion(region)) {
            throw new IllegalArgumentException("region %s must be 1 to 64 letters, digits, '-' or '_', first a letter"
                    .formatted(Quoted.of(region)));
        }
        if (!isHttp(endpoint) || endpoint.toString().length() > MAX_ENDPOINT_LENGTH) {
            throw new IllegalArgumentException("endpoint must be an http or https URL of at most 255 characters");
        }
        capabilities = List.copyOf(capabilities);
        if (capabilities.isEmpty()) {
            throw new IllegalArgumentException("a node needs at least one capability");
        }
        availability = List.copyOf(availability);
        extra = Collections.unmodifiableMap(new LinkedHashMap<>(extra));
    }

    private static boolean isHttp(URI uri) {
        String scheme = uri.getScheme();
        return uri.getHost() != null && ("http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme));
    }

    /** Returns whether directories accept the id: letters, digits and {@code . _ : -}, at most 36, first a letter or digit. */
    public static boolean isValidId(String id) {
        return ID.matcher(id).matches();
    }

    /** Returns whether directories accept the region. */
    public static boolean isValidRegion(String region) {
        return REGION.matcher(region).matches();
    }

    /** Returns a builder for a node at this endpoint. */
    public static Builder builder(URI endpoint) {
        return new Builder(endpoint);
    }

    /** Returns a copy with the token of the last registration. */
    public NodeRegistration withCurrentToken(@Nullable String token) {
        Builder copy = toBuilder();
        copy.currentToken = token;
        return copy.build();
    }

    /** Returns a builder that starts with everything of this registration. */
    public Builder toBuilder() {
        Builder copy = new Builder(endpoint);
        copy.nodeId = nodeId;
        copy.currentToken = currentToken;
        copy.region = region;
        copy.capabilities.addAll(capabilities);
        copy.limits = limits;
        copy.exposure = exposure;
        copy.confidentialityKey = confidentialityKey;
        copy.backend = backend;
        copy.policy = policy;
        copy.pricing = pricing;
        copy.availability = availability;
        copy.hmacKey = hmacKey;
        copy.software = software;
        copy.extra.putAll(extra);
        return copy;
    }

    /** Names the node and counts what it offers; never credentials or the endpoint. */
    @Override
    public String toString() {
        return "NodeRegistration[%s, %s, %d capabilities]".formatted(nodeId, region, capabilities.size());
    }

    /** Collects a registration step by step. Not thread-safe. */
    public static final class Builder {
        private final URI endpoint;
        private final List<Capability> capabilities = new ArrayList<>();
        private final Map<String, Object> extra = new LinkedHashMap<>();
        private @Nullable String nodeId;
        private @Nullable String currentToken;
        private String region = UNKNOWN_REGION;
        private NodeLimits limits = NodeLimits.DEFAULT;
        private NodeExposure exposure = NodeExposure.UNSTATED;
        private @Nullable ConfidentialityKey confidentialityKey;
        private @Nullable String backend;
        private @Nullable NodePolicy policy;
        private @Nullable NodePricing pricing;
        private List<AvailabilityWindow> availability = List.of();
        private @Nullable String hmacKey;
        private Software software = Software.iicpJava();

        private Builder(URI endpoint) {
            this.endpoint = endpoint;
        }

        /** Sets the id to be listed under. */
        public Builder nodeId(@Nullable String id) {
            nodeId = id;
            return this;
        }

        /** Sets the token of the last registration. */
        public Builder currentToken(@Nullable String token) {
            currentToken = token;
            return this;
        }

        /** Sets the region. */
        public Builder region(String name) {
            region = name;
            return this;
        }

        /** Adds something the node offers. */
        public Builder capability(Capability offer) {
            capabilities.add(offer);
            return this;
        }

        /** Replaces everything the node offers. */
        public Builder capabilities(List<Capability> offers) {
            capabilities.clear();
            capabilities.addAll(offers);
            return this;
        }

        /** Sets how much the node takes. */
        public Builder limits(NodeLimits bounds) {
            limits = bounds;
            return this;
        }

        /** Sets how the node is reached besides its endpoint. */
        public Builder exposure(NodeExposure reach) {
            exposure = reach;
            return this;
        }

        /** Sets the key for encrypted tasks. */
        public Builder confidentialityKey(@Nullable ConfidentialityKey key) {
            confidentialityKey = key;
            return this;
        }

        /** Sets the kind of engine. */
        public Builder backend(@Nullable String kind) {
            backend = kind;
            return this;
        }

        /** Sets what tasks of strangers may do. */
        public Builder policy(@Nullable NodePolicy permissions) {
            policy = permissions;
            return this;
        }

        /** Sets the declared price. */
        public Builder pricing(@Nullable NodePricing price) {
            pricing = price;
            return this;
        }

        /** Sets the times of day at which the node offers a share of its slots. */
        public Builder availability(List<AvailabilityWindow> windows) {
            availability = windows;
            return this;
        }

        /** Sets a key for challenges chosen by the operator. */
        public Builder hmacKey(@Nullable String key) {
            hmacKey = key;
            return this;
        }

        /** Sets what the node runs; this library unless set. */
        public Builder software(Software identity) {
            software = identity;
            return this;
        }

        /** Adds a further member. */
        public Builder extra(String name, Object value) {
            extra.put(name, value);
            return this;
        }

        /**
         * Returns the registration.
         *
         * @throws IllegalArgumentException if something is missing or has not its form
         */
        public NodeRegistration build() {
            return new NodeRegistration(
                    nodeId,
                    currentToken,
                    endpoint,
                    region,
                    capabilities,
                    limits,
                    exposure,
                    confidentialityKey,
                    backend,
                    policy,
                    pricing,
                    availability,
                    hmacKey,
                    software,
                    extra);
        }
    }
}
