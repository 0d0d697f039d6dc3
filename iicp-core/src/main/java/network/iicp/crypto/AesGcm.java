package network.iicp.crypto;

import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** AES-256-GCM with a 12-byte nonce and the 16-byte tag behind the ciphertext. */
final class AesGcm {

    static final int NONCE_BYTES = 12;
    static final int TAG_BYTES = 16;

    private static final String TRANSFORMATION = "AES/GCM/NoPadding";

    private AesGcm() {}

    static byte[] seal(byte[] key, byte[] nonce, byte[] associated, byte[] plain) throws GeneralSecurityException {
        return cipher(Cipher.ENCRYPT_MODE, key, nonce, associated).doFinal(plain);
    }

    /** @throws GeneralSecurityException if anything was changed; no plaintext is released then */
    static byte[] open(byte[] key, byte[] nonce, byte[] associated, byte[] sealed) throws GeneralSecurityException {
        return cipher(Cipher.DECRYPT_MODE, key, nonce, associated).doFinal(sealed);
    }

    private static Cipher cipher(int mode, byte[] key, byte[] nonce, byte[] associated)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(TRANSFORMATION);
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BYTES * 8, nonce));
        cipher.updateAAD(associated);
        return cipher;
    }
}
