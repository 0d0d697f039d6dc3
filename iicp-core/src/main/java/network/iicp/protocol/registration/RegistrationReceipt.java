package network.iicp.protocol.registration;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A directory's answer to a registration. Holds credentials: {@link #toString()} does not show them.
 *
 * @param nodeId the id under which the node is listed
 * @param nodeToken credential for heartbeats, re-registration and deregistration; it replaces every earlier one
 * @param hmacKey key for challenges and receipts, used as text, or {@code null}; it replaces every earlier one
 * @param observedSourceIp address the directory saw the call come from, or {@code null}
 * @param recovered whether the node was known before
 * @param lifetimeJobs tasks the directory counted for the node so far
 */
public record RegistrationReceipt(
        String nodeId,
        String nodeToken,
        @Nullable String hmacKey,
        @Nullable String observedSourceIp,
        boolean recovered,
        long lifetimeJobs) {

    /** Checks that nothing required is missing. */
    public RegistrationReceipt {
        Objects.requireNonNull(nodeId, "nodeId");
        Objects.requireNonNull(nodeToken, "nodeToken");
    }

    /** Returns the key for challenges and receipts. */
    public Optional<String> challengeKey() {
        return Optional.ofNullable(hmacKey);
    }

    /** Names the node; never the credentials. */
    @Override
    public String toString() {
        return "RegistrationReceipt[%s%s]".formatted(nodeId, recovered ? ", recovered" : "");
    }
}
