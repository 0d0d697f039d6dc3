package network.iicp.crypto;

import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.HKDFBytesGenerator;
import org.bouncycastle.crypto.params.HKDFParameters;

/** HKDF with SHA-256 (RFC 5869), for keys of 32 bytes. */
final class Hkdf {

    private static final int KEY_BYTES = 32;

    private Hkdf() {}

    static byte[] derive(byte[] secret, byte[] salt, byte[] info) {
        HKDFBytesGenerator generator = new HKDFBytesGenerator(SHA256Digest.newInstance());
        generator.init(new HKDFParameters(secret, salt, info));
        byte[] key = new byte[KEY_BYTES];
        generator.generateBytes(key, 0, KEY_BYTES);
        return key;
    }
}
