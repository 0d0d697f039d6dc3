package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** A second implementation of the envelopes, by the JDK's own X25519 and HMAC, to check ours against. */
final class JdkConfidentiality {

    private static final byte[] PUBLIC_PREFIX = HexFormat.of().parseHex("302a300506032b656e032100");
    private static final byte[] PRIVATE_PREFIX = HexFormat.of().parseHex("302e020100300506032b656e04220420");

    private JdkConfidentiality() {}

    static byte[] agree(byte[] privateKey, byte[] publicKey) throws GeneralSecurityException {
        KeyFactory keys = KeyFactory.getInstance("X25519");
        KeyAgreement agreement = KeyAgreement.getInstance("X25519");
        agreement.init(keys.generatePrivate(new PKCS8EncodedKeySpec(join(PRIVATE_PREFIX, privateKey))));
        agreement.doPhase(keys.generatePublic(new X509EncodedKeySpec(join(PUBLIC_PREFIX, publicKey))), true);
        return agreement.generateSecret();
    }

    static byte[] hkdf(byte[] secret, byte[] salt, String info) throws GeneralSecurityException {
        byte[] pseudoRandomKey = hmac(salt, secret);
        return hmac(pseudoRandomKey, join(info.getBytes(UTF_8), new byte[] {1}));
    }

    static byte[] open(byte[] secret, String info, String aad, Map<String, Object> envelope)
            throws GeneralSecurityException {
        byte[] nonce = bytes(envelope, "nonce");
        return gcm(Cipher.DECRYPT_MODE, hkdf(secret, nonce, info), nonce, aad)
                .doFinal(bytes(envelope, "encrypted_body"));
    }

    static Map<String, Object> seal(byte[] secret, String info, String aad, byte[] nonce, byte[] plain)
            throws GeneralSecurityException {
        byte[] sealed =
                gcm(Cipher.ENCRYPT_MODE, hkdf(secret, nonce, info), nonce, aad).doFinal(plain);
        return Map.of("version", 1, "nonce", text(nonce), "encrypted_body", text(sealed));
    }

    static byte[] bytes(Map<String, Object> envelope, String member) {
        return Base64.getUrlDecoder().decode(String.valueOf(envelope.get(member)));
    }

    static String text(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static Cipher gcm(int mode, byte[] key, byte[] nonce, String aad) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
        cipher.updateAAD(aad.getBytes(UTF_8));
        return cipher;
    }

    private static byte[] hmac(byte[] key, byte[] message) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(message);
    }

    private static byte[] join(byte[] first, byte[] second) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        joined.writeBytes(first);
        joined.writeBytes(second);
        return joined.toByteArray();
    }
}
