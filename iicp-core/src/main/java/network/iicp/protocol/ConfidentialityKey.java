package network.iicp.protocol;

import java.time.Instant;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The public key a node receives encrypted tasks with. Source: IICP confidentiality extension, tier 1.
 *
 * @param algorithm {@code X25519}
 * @param encoding {@code base64url}
 * @param key the raw 32 bytes, base64url
 * @param keyId opaque name of the key; ours are {@code cx-} and 16 hex characters of the key's SHA-256
 * @param features what the owner of the key can do, see the constants
 * @param notAfter the moment after which the key must not be used, or {@code null}
 */
public record ConfidentialityKey(
        String algorithm,
        String encoding,
        String key,
        String keyId,
        Set<String> features,
        @Nullable Instant notAfter) {

    /** The one algorithm of tier 1. */
    public static final String X25519 = "X25519";

    /** The one encoding of tier 1. */
    public static final String BASE64URL = "base64url";

    /** The owner can encrypt its buffered answers. */
    public static final String RESPONSE_ENCRYPTION = "response_encryption_v1";

    /** The owner can encrypt the events of a stream, see the streaming binding in {@code docs/architecture.md}. */
    public static final String STREAM_ENCRYPTION = "response_stream_encryption_v1";

    /** Checks that nothing required is missing and copies the features. */
    public ConfidentialityKey {
        Objects.requireNonNull(algorithm, "algorithm");
        Objects.requireNonNull(encoding, "encoding");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(keyId, "keyId");
        features = Set.copyOf(features);
    }

    /** Returns whether this library can encrypt to the key now: known algorithm and encoding, not expired. */
    public boolean isUsable(Instant now) {
        return X25519.equals(algorithm) && BASE64URL.equals(encoding) && (notAfter == null || now.isBefore(notAfter));
    }

    /** Returns whether the owner can encrypt its buffered answers. */
    public boolean encryptsResponses() {
        return features.contains(RESPONSE_ENCRYPTION);
    }

    /** Returns whether the owner can encrypt the events of a stream. */
    public boolean encryptsStreams() {
        return features.contains(STREAM_ENCRYPTION);
    }
}
