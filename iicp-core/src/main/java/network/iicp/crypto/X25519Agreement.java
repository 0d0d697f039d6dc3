package network.iicp.crypto;

import java.util.Optional;
import org.bouncycastle.math.ec.rfc7748.X25519;

/** Key agreement over raw X25519 keys (RFC 7748), stricter than the RFC about what a public key may look like. */
final class X25519Agreement {

    static final int KEY_BYTES = 32;

    private X25519Agreement() {}

    static byte[] publicKey(byte[] privateKey) {
        byte[] publicKey = new byte[KEY_BYTES];
        X25519.scalarMultBase(privateKey, 0, publicKey, 0);
        return publicKey;
    }

    /**
     * Returns the shared secret, or empty if the public key is not the one spelling of its point or the point has low
     * order (the secret would be all zeros, known to everybody).
     */
    static Optional<byte[]> agree(byte[] privateKey, byte[] publicKey) {
        if (publicKey.length != KEY_BYTES || !isReduced(publicKey)) {
            return Optional.empty();
        }
        byte[] secret = new byte[KEY_BYTES];
        return X25519.calculateAgreement(privateKey, 0, publicKey, 0, secret, 0)
                ? Optional.of(secret)
                : Optional.empty();
    }

    /**
     * Whether the little-endian number is below 2^255 - 19. The RFC tolerates larger ones and ignores the top bit; no
     * honest key generator makes them, and a byte of an envelope that may change without effect invites trouble.
     */
    private static boolean isReduced(byte[] u) {
        int top = u[31] & 0xff;
        if (top != 0x7f) {
            return top < 0x7f;
        }
        for (int i = 30; i > 0; i--) {
            if (u[i] != (byte) 0xff) {
                return true;
            }
        }
        return (u[0] & 0xff) < 0xed;
    }
}
