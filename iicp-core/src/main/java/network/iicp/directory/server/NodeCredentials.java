package network.iicp.directory.server;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a node proves itself with. {@link #toString()} shows nothing of it.
 *
 * @param tokenSha256 SHA-256 of the current token, 64 lower-case hex characters; the token itself is not kept
 * @param hmacKey key for challenges and receipts, used as text
 * @param challenge what the next heartbeat is to answer, or {@code null} before the first one
 */
public record NodeCredentials(
        String tokenSha256, String hmacKey, @Nullable String challenge) {

    /** Checks that nothing required is missing. */
    public NodeCredentials {
        Objects.requireNonNull(tokenSha256, "tokenSha256");
        Objects.requireNonNull(hmacKey, "hmacKey");
    }

    NodeCredentials withChallenge(String next) {
        return new NodeCredentials(tokenSha256, hmacKey, next);
    }

    @Override
    public String toString() {
        return "NodeCredentials[hidden]";
    }
}
