package network.iicp.crypto;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * An Ed25519 key pair (RFC 8032, the pure form) as raw bytes, the way IICP carries keys: of operators, directories and
 * gossiping nodes. Immutable and thread-safe.
 */
public final class Ed25519KeyPair {

    /** Length of a seed, 32 bytes. */
    public static final int SEED_BYTES = 32;

    /** Length of a public key, 32 bytes. */
    public static final int PUBLIC_KEY_BYTES = 32;

    /** Length of a signature, 64 bytes. */
    public static final int SIGNATURE_BYTES = 64;

    /** Points of order 1, 2, 4 and 8. Under such a key one signature fits many messages, so nobody has one honestly. */
    private static final List<byte[]> LOW_ORDER = lowOrderPoints();

    private final byte[] seed;
    private final byte[] publicKey;

    private Ed25519KeyPair(byte[] seed) {
        this.seed = seed;
        this.publicKey = new byte[PUBLIC_KEY_BYTES];
        Ed25519.generatePublicKey(seed, 0, publicKey, 0);
    }

    /**
     * Makes a new key pair.
     *
     * @param random source of the seed
     * @return the pair
     */
    public static Ed25519KeyPair generate(SecureRandom random) {
        byte[] seed = new byte[SEED_BYTES];
        random.nextBytes(seed);
        return new Ed25519KeyPair(seed);
    }

    /**
     * Returns the key pair of a seed.
     *
     * @param seed the 32 secret bytes the pair is derived from, copied; not the 64-byte expanded key
     * @return the pair
     * @throws IllegalArgumentException if the seed has another length
     */
    public static Ed25519KeyPair fromSeed(byte[] seed) {
        if (seed.length != SEED_BYTES) {
            throw new IllegalArgumentException(
                    "an Ed25519 seed has %d bytes, this one has %d".formatted(SEED_BYTES, seed.length));
        }
        return new Ed25519KeyPair(seed.clone());
    }

    /** Returns a copy of the raw public key, 32 bytes. */
    public byte[] publicKey() {
        return publicKey.clone();
    }

    /** Returns a copy of the secret seed, 32 bytes. */
    public byte[] seed() {
        return seed.clone();
    }

    /**
     * Signs a message.
     *
     * @param message the bytes to sign, of any length
     * @return the signature, 64 bytes, always the same for the same message
     */
    public byte[] sign(byte[] message) {
        byte[] signature = new byte[SIGNATURE_BYTES];
        Ed25519.sign(seed, 0, publicKey, 0, message, 0, message.length, signature, 0);
        return signature;
    }

    /**
     * Checks a signature. Whatever the bytes are, the answer is yes or no.
     *
     * @param publicKey the raw public key of the signer; one of low order, or of another length than 32, signs nothing
     * @param message the signed bytes
     * @param signature the signature
     * @return whether the owner of the key signed exactly this message
     */
    public static boolean verify(byte[] publicKey, byte[] message, byte[] signature) {
        return isPublicKey(publicKey)
                && signature.length == SIGNATURE_BYTES
                && Ed25519.verify(signature, 0, publicKey, 0, message, 0, message.length);
    }

    /**
     * Returns whether some bytes can be somebody's public key: 32 bytes, a point of the curve in its one spelling, not of
     * low order.
     *
     * @param candidate any bytes
     * @return whether signatures under this key can mean anything
     */
    public static boolean isPublicKey(byte[] candidate) {
        return candidate.length == PUBLIC_KEY_BYTES
                && LOW_ORDER.stream().noneMatch(point -> Arrays.equals(point, candidate))
                && Ed25519.validatePublicKeyPartial(candidate, 0);
    }

    /** Returns the beginning of the public key, never the seed. */
    @Override
    public String toString() {
        return "Ed25519KeyPair[%s...]".formatted(HexFormat.of().formatHex(publicKey, 0, 6));
    }

    private static List<byte[]> lowOrderPoints() {
        HexFormat hex = HexFormat.of();
        return List.of(
                hex.parseHex("0100000000000000000000000000000000000000000000000000000000000000"),
                hex.parseHex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
                hex.parseHex("0000000000000000000000000000000000000000000000000000000000000000"),
                hex.parseHex("0000000000000000000000000000000000000000000000000000000000000080"),
                hex.parseHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
                hex.parseHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
                hex.parseHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
                hex.parseHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"));
    }
}
