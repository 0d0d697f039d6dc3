package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** SHA-256 and HMAC-SHA-256 in the forms the protocol uses. Thread-safe. */
public final class Hashes {

    private static final String HMAC = "HmacSHA256";

    /** HMAC pads its key with zeros, so this is the empty key; the JDK refuses a key of no bytes. */
    private static final byte[] EMPTY_KEY = {0};

    private Hashes() {}

    /**
     * Returns the SHA-256 of some bytes.
     *
     * @param parts hashed one after the other, without separator
     * @return 32 bytes
     */
    public static byte[] sha256(byte[]... parts) {
        MessageDigest digest = newSha256();
        for (byte[] part : parts) {
            digest.update(part);
        }
        return digest.digest();
    }

    /**
     * Returns the SHA-256 of some bytes in hexadecimal.
     *
     * @param parts hashed one after the other, without separator
     * @return 64 lower-case hexadecimal digits
     */
    public static String sha256Hex(byte[]... parts) {
        return HexFormat.of().formatHex(sha256(parts));
    }

    /**
     * Returns the SHA-256 of a text in hexadecimal.
     *
     * @param text hashed as UTF-8
     * @return 64 lower-case hexadecimal digits
     */
    public static String sha256Hex(String text) {
        return sha256Hex(text.getBytes(UTF_8));
    }

    /**
     * Returns the HMAC-SHA-256 of a message.
     *
     * @param key the key, of any length
     * @param message the message
     * @return 32 bytes
     */
    public static byte[] hmacSha256(byte[] key, byte[] message) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(key.length == 0 ? EMPTY_KEY : key, HMAC));
            return mac.doFinal(message);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no " + HMAC, e);
        }
    }

    /**
     * Returns the HMAC-SHA-256 of a text in hexadecimal, as heartbeat challenges and receipts carry it: the key is the
     * text itself, even when it looks like hexadecimal.
     *
     * @param key the key, taken as UTF-8
     * @param message the message, taken as UTF-8
     * @return 64 lower-case hexadecimal digits
     */
    public static String hmacSha256Hex(String key, String message) {
        return HexFormat.of().formatHex(hmacSha256(key.getBytes(UTF_8), message.getBytes(UTF_8)));
    }

    /**
     * Compares in a time that depends on the lengths only.
     *
     * @param a one value
     * @param b the other
     * @return whether they hold the same bytes
     */
    public static boolean constantTimeEquals(byte[] a, byte[] b) {
        return MessageDigest.isEqual(a, b);
    }

    /**
     * Compares in a time that depends on the lengths only. For tokens, signatures in hexadecimal and other secrets.
     *
     * @param a one value
     * @param b the other
     * @return whether they are the same text
     */
    public static boolean constantTimeEquals(String a, String b) {
        return MessageDigest.isEqual(a.getBytes(UTF_8), b.getBytes(UTF_8));
    }

    private static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime has no SHA-256", e);
        }
    }
}
