package network.iicp.protocol.registration;

import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How the engine behind a node is, as the node reports it. A draining node is not listed.
 *
 * @param state how it is
 * @param reason why
 * @param retryAfterSeconds when to ask again, 0 to 86400, or {@code null}
 * @param drainUntil when draining ends by plan, or {@code null}; informational
 */
public record BackendStability(
        State state,
        Reason reason,
        @Nullable Integer retryAfterSeconds,
        @Nullable Instant drainUntil) {

    /** The engine serves. */
    public static final BackendStability OK = new BackendStability(State.OK, Reason.OK, null, null);

    /** The engine serves, not surely. */
    public static final BackendStability UNSTABLE =
            new BackendStability(State.DEGRADED, Reason.BACKEND_UNSTABLE, null, null);

    /** The engine does not serve, nobody knows for how long. */
    public static final BackendStability UNAVAILABLE =
            new BackendStability(State.DRAINING, Reason.BACKEND_UNSTABLE, null, null);

    /** How an engine is. */
    public enum State {
        /** It serves. */
        OK,
        /** It serves, slowly or not surely. */
        DEGRADED,
        /** It finishes what it has and takes nothing new. */
        DRAINING;

        /** Returns the word used on the wire. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Reads the word used on the wire. */
        public static Optional<State> of(String word) {
            return Arrays.stream(values())
                    .filter(s -> s.wireName().equals(word))
                    .findFirst();
        }
    }

    /** Why an engine is as it is. */
    public enum Reason {
        /** Nothing is wrong. */
        OK,
        /** No model is loaded. */
        BACKEND_COLD,
        /** A model is being loaded. */
        BACKEND_LOADING,
        /** Probes or tasks failed. */
        BACKEND_UNSTABLE,
        /** The node could not find out. */
        OBSERVER_ERROR;

        /** Returns the word used on the wire. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Reads the word used on the wire. */
        public static Optional<Reason> of(String word) {
            return Arrays.stream(values())
                    .filter(r -> r.wireName().equals(word))
                    .findFirst();
        }
    }

    /**
     * Checks the range.
     *
     * @throws IllegalArgumentException if {@code retryAfterSeconds} is out of range
     */
    public BackendStability {
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(reason, "reason");
        if (retryAfterSeconds != null && (retryAfterSeconds < 0 || retryAfterSeconds > 86_400)) {
            throw new IllegalArgumentException(
                    "retryAfterSeconds must be between 0 and 86400, was " + retryAfterSeconds);
        }
    }
}
