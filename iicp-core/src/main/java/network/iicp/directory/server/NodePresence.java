package network.iicp.directory.server;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import network.iicp.protocol.registration.BackendStability;
import org.jspecify.annotations.Nullable;

/**
 * How a node is now, as its last calls said. Immutable.
 *
 * @param available whether it takes tasks
 * @param lastSeen its last registration or heartbeat
 * @param load share of its slots in use, 0 to 1
 * @param activeJobs tasks running
 * @param healthModels models its engine serves; empty hides the node, {@code null} means what it registered
 * @param stability how its engine is
 * @param sourceAddress address its last call came from
 * @param reachability whether it can be reached
 * @param livenessVerifiedAt when it last answered a challenge, or {@code null}
 */
public record NodePresence(
        boolean available,
        Instant lastSeen,
        double load,
        int activeJobs,
        @Nullable List<String> healthModels,
        BackendStability stability,
        String sourceAddress,
        Reachability reachability,
        @Nullable Instant livenessVerifiedAt) {

    /** A node that was not heard of for longer than this is not listed. */
    public static final Duration FRESH_FOR = Duration.ofSeconds(90);

    /** Checks that nothing required is missing and copies the models. */
    public NodePresence {
        Objects.requireNonNull(lastSeen, "lastSeen");
        Objects.requireNonNull(stability, "stability");
        Objects.requireNonNull(sourceAddress, "sourceAddress");
        Objects.requireNonNull(reachability, "reachability");
        healthModels = healthModels == null ? null : List.copyOf(healthModels);
    }

    /** Returns whether the node was heard of within {@link #FRESH_FOR}. */
    public boolean isFresh(Instant now) {
        return !now.isAfter(lastSeen.plus(FRESH_FOR));
    }

    /** Returns whether the engine finishes what it has and takes nothing new. */
    public boolean isDraining() {
        return stability.state() == BackendStability.State.DRAINING;
    }
}
