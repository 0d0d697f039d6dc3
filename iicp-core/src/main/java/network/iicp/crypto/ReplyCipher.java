package network.iicp.crypto;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Seals and opens what flows back to the consumer, under the secret of its request: each answer and each event has its own
 * nonce, and with it its own key. Stateless and thread-safe.
 */
final class ReplyCipher {

    private final byte[] sharedSecret;

    ReplyCipher(byte[] sharedSecret) {
        this.sharedSecret = sharedSecret;
    }

    Map<String, Object> seal(byte[] info, byte[] aad, byte[] plain, SecureRandom random)
            throws GeneralSecurityException {
        byte[] nonce = new byte[AesGcm.NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] sealed = AesGcm.seal(Hkdf.derive(sharedSecret, nonce, info), nonce, aad, plain);
        Map<String, Object> envelope = new LinkedHashMap<>();
        envelope.put("version", CxContext.VERSION);
        envelope.put("nonce", Base64Url.encode(nonce));
        envelope.put("encrypted_body", Base64Url.encode(sealed));
        return Collections.unmodifiableMap(envelope);
    }

    byte[] open(byte[] info, byte[] aad, Map<String, Object> members)
            throws GeneralSecurityException, Envelope.Malformed {
        Envelope envelope = new Envelope(members);
        envelope.requireVersion();
        byte[] nonce = envelope.exactly(AesGcm.NONCE_BYTES, "nonce");
        byte[] sealed = envelope.sealedBody();
        return AesGcm.open(Hkdf.derive(sharedSecret, nonce, info), nonce, aad, sealed);
    }
}
