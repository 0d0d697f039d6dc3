package network.iicp.protocol.registration;

import java.time.Instant;
import java.util.Objects;

/**
 * A directory's word that a caller may use one node for one intent. The consumer sends it along and does not look into it. Immutable.
 * Source: IICP directory, consumer token.
 *
 * @param token the credential
 * @param expiresAt the end of its validity
 */
public record ConsumerToken(String token, Instant expiresAt) {

    /** Checks that nothing is missing. */
    public ConsumerToken {
        Objects.requireNonNull(token, "token");
        Objects.requireNonNull(expiresAt, "expiresAt");
    }

    /** Shows no credential. */
    @Override
    public String toString() {
        return "ConsumerToken[until %s]".formatted(expiresAt);
    }
}
