package network.iicp.client.selection;

import java.time.Clock;
import java.util.Optional;
import network.iicp.protocol.EndpointRefusedException;
import network.iicp.protocol.ModelName;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.transport.EndpointGuard;
import org.jspecify.annotations.Nullable;

/**
 * Says why a node must not get a task. Reasons, in the order they are looked for: {@code endpoint_refused},
 * {@code unavailable}, {@code not_the_node_asked_for}, {@code model_not_served}, {@code reputation_too_low},
 * {@code missing_encryption_key}. Thread-safe.
 *
 * @param guard which endpoints may be connected to
 * @param encryptionRequired whether a node without a usable key is left out
 * @param clock for the expiry of keys
 */
public record CandidateFilter(EndpointGuard guard, boolean encryptionRequired, Clock clock) {

    /** The reason of a node without a usable key. */
    public static final String MISSING_KEY = "missing_encryption_key";

    /** The reason of a node whose endpoint the guard refuses. */
    public static final String ENDPOINT_REFUSED = "endpoint_refused";

    /**
     * What a call wants of a node.
     *
     * @param node id of the one node allowed, or {@code null}
     * @param model the model wanted, or {@code null}
     * @param minReputation least reputation, or {@code null}
     */
    public record Wanted(
            @Nullable String node,
            @Nullable String model,
            @Nullable Double minReputation) {}

    /** Returns why the node must not get the task; empty when it may. */
    public Optional<String> rejection(NodeDescriptor node, Wanted wanted) {
        if (!endpointAllowed(node)) {
            return Optional.of(ENDPOINT_REFUSED);
        }
        if (!node.available()) {
            return Optional.of("unavailable");
        }
        if (wanted.node() != null && !wanted.node().equals(node.id())) {
            return Optional.of("not_the_node_asked_for");
        }
        String model = wanted.model();
        if (model != null
                && !node.allModels().isEmpty()
                && ModelName.find(model, node.allModels()).isEmpty()) {
            return Optional.of("model_not_served");
        }
        if (wanted.minReputation() != null && node.reputation() != null && node.reputation() < wanted.minReputation()) {
            return Optional.of("reputation_too_low");
        }
        boolean keyed = node.key().filter(key -> key.isUsable(clock.instant())).isPresent();
        return encryptionRequired && !keyed ? Optional.of(MISSING_KEY) : Optional.empty();
    }

    private boolean endpointAllowed(NodeDescriptor node) {
        try {
            guard.check(node.endpoint());
            return true;
        } catch (EndpointRefusedException e) {
            return false;
        }
    }
}
