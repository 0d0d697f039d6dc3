package network.iicp.client.cooperation;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Objects;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a coordinator notes of a worker's answer for its own audit, bound to the session by an HMAC with the session key. It stays here.
 * Source: IICP conformance suite, coordinator receipt.
 *
 * @param taskId the worker's task
 * @param workerId the worker
 * @param tokensUsed what the answer cost in tokens
 * @param creditsCharged the same in credits
 * @param issuedAt when it was noted, in ISO-8601
 * @param nonce that of the worker's receipt
 * @param signature the HMAC in hexadecimal digits
 */
public record CoordinatorReceipt(
        String taskId,
        String workerId,
        long tokensUsed,
        String creditsCharged,
        String issuedAt,
        String nonce,
        String signature) {

    /** Checks that nothing is missing. */
    public CoordinatorReceipt {
        Objects.requireNonNull(taskId, "taskId");
        Objects.requireNonNull(workerId, "workerId");
        Objects.requireNonNull(creditsCharged, "creditsCharged");
        Objects.requireNonNull(issuedAt, "issuedAt");
        Objects.requireNonNull(nonce, "nonce");
        Objects.requireNonNull(signature, "signature");
    }

    /**
     * Notes an answer.
     *
     * @param sessionKey what binds answers to the call
     * @param taskId the worker's task
     * @param workerId the worker
     * @param tokensUsed what the answer cost in tokens
     * @param at now
     * @param nonce that of the worker's receipt
     */
    public static CoordinatorReceipt of(
            String sessionKey, String taskId, String workerId, long tokensUsed, Instant at, String nonce) {
        String credits = String.valueOf(tokensUsed / 1_000.0);
        String signature = sign(sessionKey, text(taskId, workerId, tokensUsed, credits, at.toString(), nonce));
        return new CoordinatorReceipt(taskId, workerId, tokensUsed, credits, at.toString(), nonce, signature);
    }

    /** Returns whether the receipt was made with this session key and not changed. */
    public boolean isGenuine(String sessionKey) {
        String expected = sign(sessionKey, text(taskId, workerId, tokensUsed, creditsCharged, issuedAt, nonce));
        return MessageDigest.isEqual(
                expected.getBytes(StandardCharsets.US_ASCII), signature.getBytes(StandardCharsets.US_ASCII));
    }

    private static String text(
            String taskId, String workerId, long tokens, String credits, String issuedAt, String nonce) {
        return String.join("|", taskId, workerId, String.valueOf(tokens), credits, issuedAt, nonce);
    }

    /** Returns HMAC-SHA256 of a text in hexadecimal digits; the key is the text's own bytes. */
    static String sign(String key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
    }

    /** Leaves the signature out. */
    @Override
    public String toString() {
        return "CoordinatorReceipt[%s, %d tokens]".formatted(taskId, tokensUsed);
    }
}
