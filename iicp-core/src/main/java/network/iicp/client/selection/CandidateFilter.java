package network.iicp.client.selection;

import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import network.iicp.client.selection.RoutingPolicy.ManifestIdentity;
import network.iicp.protocol.EndpointRefusedException;
import network.iicp.protocol.Modality;
import network.iicp.protocol.ModelName;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.transport.EndpointGuard;
import network.iicp.transport.EndpointScope;
import org.jspecify.annotations.Nullable;

/**
 * Says why a node must not get a task: the first reason that applies, in the order of the constants of this class.
 * Thread-safe. Source: IICP core, selection filters.
 *
 * @param guard which endpoints may be connected to
 * @param clock for the expiry of keys
 */
public record CandidateFilter(EndpointGuard guard, Clock clock) {

    /** The guard refuses the endpoint. */
    public static final String ENDPOINT_REFUSED = "endpoint_refused";

    /** The node takes no tasks. */
    public static final String UNAVAILABLE = "unavailable";

    /** The call names another node. */
    public static final String OTHER_NODE = "not_the_node_asked_for";

    /** The node does not serve the model that the call names. */
    public static final String OTHER_MODEL = "model_not_served";

    /** The node's models do not take what the call sends. */
    public static final String OTHER_MODALITY = "modality_not_served";

    /** The node has less reputation than the call wants. */
    public static final String REPUTATION = "reputation_too_low";

    /** The policy keeps the task on this machine. */
    public static final String REMOTE = "remote_executor_disabled";

    /** The policy does not allow the node's region. */
    public static final String REGION = "region_not_allowed";

    /** The node has no usable key, and encryption is required. */
    public static final String MISSING_KEY = "missing_encryption_key";

    /** The policy wants a manifest, and the node has none. */
    public static final String MISSING_MANIFEST = "missing_policy_manifest";

    /** The policy wants a signed manifest. */
    public static final String UNSIGNED_MANIFEST = "policy_manifest_not_signed";

    /** The policy wants nodes that keep no payloads. */
    public static final String RETENTION = "payload_retention_not_none";

    /** The manifest says nothing about its identity. */
    public static final String MISSING_IDENTITY = "missing_manifest_identity";

    /** The identity of the manifest was replaced or withdrawn. */
    public static final String REVOKED_IDENTITY = "policy_manifest_revoked_or_rotated";

    /** The identity of the manifest is known less well than the policy wants. */
    public static final String WEAK_IDENTITY = "manifest_identity_level_too_low";

    private static final Map<Modality, List<String>> SPOKEN_OF_IN_MODEL_NAMES = Map.of(
            Modality.IMAGE,
            List.of("vl", "vision", "llava", "omni"),
            Modality.AUDIO,
            List.of("audio", "voxtral", "omni"));
    private static final EndpointGuard THIS_MACHINE = EndpointGuard.of(EndpointScope.LOCAL, List.of());
    private static final EndpointGuard PUBLIC = EndpointGuard.of(EndpointScope.PUBLIC, List.of());

    /**
     * What a call wants of a node.
     *
     * @param node id of the one node allowed, or {@code null}
     * @param model the model wanted, or {@code null}
     * @param modelMustBeListed whether a node that lists no models at all is left out too
     * @param modality what the model must take, or {@code null}
     * @param minReputation least reputation, or {@code null}
     * @param policy which nodes may see the task
     * @param encryptionRequired whether a node without a usable key is left out
     */
    public record Wanted(
            @Nullable String node,
            @Nullable String model,
            boolean modelMustBeListed,
            @Nullable Modality modality,
            @Nullable Double minReputation,
            RoutingPolicy policy,
            boolean encryptionRequired) {}

    /** Returns why the node must not get the task; empty when it may. */
    public Optional<String> rejection(NodeDescriptor node, Wanted wanted) {
        if (!passes(guard, node)) {
            return Optional.of(ENDPOINT_REFUSED);
        }
        if (!node.available()) {
            return Optional.of(UNAVAILABLE);
        }
        return wish(node, wanted).or(() -> policy(node, wanted));
    }

    private static Optional<String> wish(NodeDescriptor node, Wanted wanted) {
        if (wanted.node() != null && !wanted.node().equals(node.id())) {
            return Optional.of(OTHER_NODE);
        }
        if (wanted.model() != null && !serves(node, wanted.model(), wanted.modelMustBeListed())) {
            return Optional.of(OTHER_MODEL);
        }
        if (wanted.modality() != null && !takes(node, wanted.modality())) {
            return Optional.of(OTHER_MODALITY);
        }
        Double least = wanted.minReputation();
        Double reputation = node.reputation();
        boolean tooLow = least != null && reputation != null && reputation < least;
        return tooLow ? Optional.of(REPUTATION) : Optional.empty();
    }

    private Optional<String> policy(NodeDescriptor node, Wanted wanted) {
        RoutingPolicy policy = wanted.policy();
        if (!policy.allowRemoteExecutor() && !isOnThisMachine(node.endpoint())) {
            return Optional.of(REMOTE);
        }
        if (!policy.allowsRegion(node.region())) {
            return Optional.of(REGION);
        }
        boolean keyed = node.key().filter(key -> key.isUsable(clock.instant())).isPresent();
        if (wanted.encryptionRequired() && !keyed) {
            return Optional.of(MISSING_KEY);
        }
        return manifest(node, policy);
    }

    private static Optional<String> manifest(NodeDescriptor node, RoutingPolicy policy) {
        Map<?, ?> manifest = map(node.extra().get("node_policy_manifest"));
        if (policy.requireSignedManifest()) {
            if (manifest.isEmpty()) {
                return Optional.of(MISSING_MANIFEST);
            }
            boolean signed =
                    "signed_valid".equals(map(manifest.get("verification")).get("status"))
                            || "signed_verified".equals(manifest.get("evidence"));
            if (!signed) {
                return Optional.of(UNSIGNED_MANIFEST);
            }
        }
        if (policy.requireNoRetention()
                && !"none".equals(map(manifest.get("retention")).get("task_payload"))) {
            return Optional.of(RETENTION);
        }
        return policy.minManifestIdentity() == null
                ? Optional.empty()
                : identity(manifest, policy.minManifestIdentity());
    }

    private static Optional<String> identity(Map<?, ?> manifest, ManifestIdentity least) {
        if (!(manifest.get("manifest_identity_level") instanceof String level) || level.isBlank()) {
            return Optional.of(MISSING_IDENTITY);
        }
        if (Set.of("revoked", "rotated").contains(level)) {
            return Optional.of(REVOKED_IDENTITY);
        }
        boolean enough = ManifestIdentity.of(level)
                .filter(known -> known.compareTo(least) >= 0)
                .isPresent();
        return enough ? Optional.empty() : Optional.of(WEAK_IDENTITY);
    }

    /**
     * Returns whether a node serves a model, see {@link ModelName}.
     *
     * @param mustBeListed what to say of a node that lists no models
     */
    public static boolean serves(NodeDescriptor node, String model, boolean mustBeListed) {
        Set<String> listed = node.allModels();
        return listed.isEmpty() ? !mustBeListed : ModelName.find(model, listed).isPresent();
    }

    /** Returns whether the node's models take this kind of content: by what it advertises, or by what a model's name says. */
    public static boolean takes(NodeDescriptor node, Modality modality) {
        boolean advertised = node.capabilities().stream()
                .anyMatch(capability -> capability.inputModalities().contains(modality));
        boolean top =
                node.extra().get("input_modalities") instanceof List<?> words && words.contains(modality.wireName());
        return advertised || top || modality == Modality.TEXT || named(node.allModels().stream(), modality);
    }

    private static boolean named(Stream<String> models, Modality modality) {
        List<String> hints = SPOKEN_OF_IN_MODEL_NAMES.getOrDefault(modality, List.of());
        return models.anyMatch(model -> hints.stream().anyMatch(model.toLowerCase(java.util.Locale.ROOT)::contains));
    }

    private static boolean isOnThisMachine(URI endpoint) {
        return allows(THIS_MACHINE, endpoint) && !allows(PUBLIC, endpoint);
    }

    private static boolean passes(EndpointGuard guard, NodeDescriptor node) {
        return allows(guard, node.endpoint());
    }

    private static boolean allows(EndpointGuard guard, URI endpoint) {
        try {
            guard.check(endpoint);
            return true;
        } catch (EndpointRefusedException e) {
            return false;
        }
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return value instanceof Map<?, ?> json ? json : Map.of();
    }
}
