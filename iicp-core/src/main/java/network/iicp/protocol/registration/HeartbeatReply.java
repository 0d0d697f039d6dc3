package network.iicp.protocol.registration;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A directory's answer to a heartbeat.
 *
 * @param next when it expects the next one; 30 s when it does not say
 * @param reputation 0 to 1, or {@code null}
 * @param acceptedBatch id of the metrics batch it counted, or {@code null}
 * @param challenge to be answered with the next heartbeat, or {@code null}
 */
public record HeartbeatReply(
        Duration next,
        @Nullable Double reputation,
        @Nullable String acceptedBatch,
        @Nullable String challenge) {

    /** The usual time between two heartbeats. */
    public static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(30);

    /** Checks that nothing required is missing. */
    public HeartbeatReply {
        Objects.requireNonNull(next, "next");
    }

    /** Returns the challenge to answer. */
    public Optional<String> nextChallenge() {
        return Optional.ofNullable(challenge);
    }

    /** Shows no challenge. */
    @Override
    public String toString() {
        return "HeartbeatReply[next %d ms, reputation %s]".formatted(next.toMillis(), reputation);
    }
}
