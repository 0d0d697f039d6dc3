package network.iicp.crypto;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import network.iicp.protocol.ConfidentialityKey;
import org.jspecify.annotations.Nullable;

/**
 * The X25519 key pair a node receives encrypted tasks with. Immutable and thread-safe. Source: IICP confidentiality
 * extension, tier 1.
 */
public final class ConfidentialityKeyPair {

    /** Length of either raw key, 32 bytes. */
    public static final int KEY_BYTES = X25519Agreement.KEY_BYTES;

    private final byte[] privateKey;
    private final byte[] publicKey;
    private final String keyId;

    private ConfidentialityKeyPair(byte[] privateKey) {
        this.privateKey = privateKey;
        this.publicKey = X25519Agreement.publicKey(privateKey);
        this.keyId = keyIdOf(publicKey);
    }

    /**
     * Makes a new key pair.
     *
     * @param random source of the private key
     * @return the pair
     */
    public static ConfidentialityKeyPair generate(SecureRandom random) {
        byte[] privateKey = new byte[KEY_BYTES];
        random.nextBytes(privateKey);
        return new ConfidentialityKeyPair(privateKey);
    }

    /**
     * Returns the key pair of a private key.
     *
     * @param privateKey the 32 secret bytes, copied
     * @return the pair
     * @throws IllegalArgumentException if the key has another length
     */
    public static ConfidentialityKeyPair fromPrivate(byte[] privateKey) {
        if (privateKey.length != KEY_BYTES) {
            throw new IllegalArgumentException(
                    "an X25519 private key has %d bytes, this one has %d".formatted(KEY_BYTES, privateKey.length));
        }
        return new ConfidentialityKeyPair(privateKey.clone());
    }

    /**
     * Returns the name of a public key, as the official nodes form it.
     *
     * @param rawPublicKey the 32 raw bytes
     * @return {@code cx-} and the first 16 hexadecimal digits of the SHA-256
     */
    public static String keyIdOf(byte[] rawPublicKey) {
        return "cx-" + HexFormat.of().formatHex(Hashes.sha256(rawPublicKey), 0, 8);
    }

    /** Returns the name of this key, {@code cx-} and 16 hexadecimal digits. */
    public String keyId() {
        return keyId;
    }

    /** Returns the public half as nodes advertise it: encrypts answers and streams, does not expire. */
    public ConfidentialityKey publicKey() {
        return publicKey(null);
    }

    /**
     * Returns the public half as nodes advertise it.
     *
     * @param notAfter the moment after which nobody shall use the key, or {@code null} for never
     * @return the key, able to encrypt answers and streams
     */
    public ConfidentialityKey publicKey(@Nullable Instant notAfter) {
        return new ConfidentialityKey(
                ConfidentialityKey.X25519,
                ConfidentialityKey.BASE64URL,
                Base64Url.encode(publicKey),
                keyId,
                Set.of(ConfidentialityKey.RESPONSE_ENCRYPTION, ConfidentialityKey.STREAM_ENCRYPTION),
                notAfter);
    }

    /** Returns a copy of the raw private key, 32 bytes. */
    public byte[] privateKey() {
        return privateKey.clone();
    }

    /** Returns the secret shared with the owner of a raw public key, or empty if that key is unfit. */
    Optional<byte[]> agree(byte[] peerPublicKey) {
        return X25519Agreement.agree(privateKey, peerPublicKey);
    }

    byte[] rawPublicKey() {
        return publicKey.clone();
    }

    /** Returns the name of the key, never the private key. */
    @Override
    public String toString() {
        return "ConfidentialityKeyPair[%s]".formatted(keyId);
    }
}
