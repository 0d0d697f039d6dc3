package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.ConfidentialityException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Quoted;
import org.jspecify.annotations.Nullable;

/**
 * The node's side of one confidential exchange: the opened payload, and the means to seal the answer for the one who sent it.
 * Immutable and thread-safe. Source: IICP confidentiality extension, tier 1; events of streams as in our binding of wire profile
 * service-lifecycle:v1.
 */
public final class ConfidentialSession {

    private static final byte[] ENVELOPE_ID = "iicp:cx:envelope:v1".getBytes(UTF_8);
    private static final String DOES_NOT_OPEN =
            "the envelope does not open; it was sealed wrongly, for another task or intent, or changed on the way";

    private final CxContext context;
    private final ReplyCipher replies;
    private final byte[] payload;
    private final String envelopeId;

    private ConfidentialSession(CxContext context, ReplyCipher replies, byte[] payload, String envelopeId) {
        this.context = context;
        this.replies = replies;
        this.payload = payload;
        this.envelopeId = envelopeId;
    }

    /**
     * Opens the envelope of a task. It must be of version 1, name one of the keys, and belong to exactly this task and intent.
     *
     * @param keys the keys of the node: the current one, then earlier ones that consumers may still hold
     * @param taskId the id outside the envelope
     * @param intent the intent outside the envelope
     * @param iicpConf the JSON object that came as {@code iicp_conf}
     * @return the session
     * @throws ConfidentialityException with code {@code cx_unavailable} if the node does not hold the key that is named, or
     *     {@code cx_decrypt_failed} if the envelope is malformed, was changed, or was made for another task, intent or key
     */
    public static ConfidentialSession open(
            List<ConfidentialityKeyPair> keys, String taskId, Intent intent, Map<String, Object> iicpConf) {
        CxContext context = CxContext.of(taskId)
                .orElseThrow(() -> new ConfidentialityException(IicpError.of(
                        ErrorCode.CX_DECRYPT_FAILED,
                        ErrorComponent.NODE,
                        "task id %s cannot have an envelope".formatted(Quoted.of(taskId)))));
        try {
            return open(keys, context, intent, new Envelope(iicpConf));
        } catch (Envelope.Malformed e) {
            throw refused(context, ErrorCode.CX_DECRYPT_FAILED, "the envelope cannot be read: " + e.getMessage(), null);
        } catch (GeneralSecurityException e) {
            throw refused(context, ErrorCode.CX_DECRYPT_FAILED, DOES_NOT_OPEN, e);
        }
    }

    private static ConfidentialSession open(
            List<ConfidentialityKeyPair> keys, CxContext context, Intent intent, Envelope envelope)
            throws Envelope.Malformed, GeneralSecurityException {
        envelope.requireVersion();
        ConfidentialityKeyPair pair = named(envelope.text("recipient_key_id"), keys, context);
        byte[] oneTimeKey = envelope.exactly(ConfidentialityKeyPair.KEY_BYTES, "kem_ciphertext");
        byte[] nonce = envelope.exactly(AesGcm.NONCE_BYTES, "nonce");
        byte[] aad = context.requestAad(intent);
        if (!Base64Url.decode(envelope.text("aad"), aad.length)
                .filter(bytes -> Arrays.equals(bytes, aad))
                .isPresent()) {
            throw new Envelope.Malformed("its member aad names another task or intent than the request");
        }
        byte[] sealed = envelope.sealedBody();
        byte[] secret = pair.agree(oneTimeKey)
                .orElseThrow(() -> new Envelope.Malformed("its member kem_ciphertext is no usable public key"));
        byte[] key = Hkdf.derive(secret, nonce, context.requestInfo(intent));
        byte[] payload = AesGcm.open(key, nonce, aad, sealed);
        return new ConfidentialSession(context, new ReplyCipher(secret), payload, Hashes.sha256Hex(ENVELOPE_ID, key));
    }

    /** Returns a copy of the payload as the consumer wrote it: JSON in UTF-8, not yet parsed. */
    public byte[] payload() {
        return payload.clone();
    }

    /**
     * Returns what tells this envelope from every other, for the check against replays: 64 hexadecimal digits. It is a hash
     * of the derived key, not of the envelope's text, so writing the same envelope differently (other padding, another public
     * key with the same secret) does not make it new. It discloses nothing.
     */
    public String envelopeId() {
        return envelopeId;
    }

    /**
     * Seals a whole answer.
     *
     * @param plainJson the answer object as JSON in UTF-8, at most 16 MiB
     * @param random source of the nonce
     * @return the JSON object to send as {@code iicp_conf_resp}; unmodifiable
     * @throws ConfidentialityException with code {@code cx_seal_failed} if the answer is too large
     */
    public Map<String, Object> sealResponse(byte[] plainJson, SecureRandom random) {
        return seal(context.responseInfo(), context.responseAad(), plainJson, random);
    }

    /**
     * Seals the content of one event of a stream. It is padded to a multiple of 64 bytes, so that the length of a token does
     * not show.
     *
     * @param sequence the sequence number the event is sent with, from 0
     * @param event the event name it is sent with, such as {@code partial}
     * @param plainJson the members result, error and metrics of the event as a JSON object in UTF-8, without a member
     *     {@code pad}, at most 16 MiB
     * @param random source of the nonce
     * @return the JSON object to send as {@code iicp_conf_resp} in their place; unmodifiable
     * @throws ConfidentialityException with code {@code cx_seal_failed} if the content is too large
     * @throws IllegalArgumentException if sequence, name or content is not of that form
     */
    public Map<String, Object> sealEvent(long sequence, String event, byte[] plainJson, SecureRandom random) {
        if (!CxContext.isEvent(sequence, event)) {
            throw new IllegalArgumentException("an event has a sequence from 0 and a name in lower case, not %d and %s"
                    .formatted(sequence, Quoted.of(event)));
        }
        requireFits(plainJson);
        return seal(context.streamInfo(), context.streamAad(sequence, event), EventPadding.pad(plainJson), random);
    }

    /** Returns the task id, nothing of payload or secret. */
    @Override
    public String toString() {
        return "ConfidentialSession[%s]".formatted(Quoted.of(context.taskId()));
    }

    private Map<String, Object> seal(byte[] info, byte[] aad, byte[] plain, SecureRandom random) {
        requireFits(plain);
        try {
            return replies.seal(info, aad, plain, random);
        } catch (GeneralSecurityException e) {
            throw refused(context, ErrorCode.CX_SEAL_FAILED, "this Java runtime cannot encrypt with AES-GCM", e);
        }
    }

    private void requireFits(byte[] plain) {
        if (plain.length > CxContext.MAX_PLAINTEXT_BYTES) {
            throw refused(
                    context,
                    ErrorCode.CX_SEAL_FAILED,
                    "an answer of %d bytes cannot be sealed, the limit is %d bytes"
                            .formatted(plain.length, CxContext.MAX_PLAINTEXT_BYTES),
                    null);
        }
    }

    private static ConfidentialityKeyPair named(String keyId, List<ConfidentialityKeyPair> keys, CxContext context) {
        return keys.stream()
                .filter(pair -> pair.keyId().equals(keyId))
                .findFirst()
                .orElseThrow(() -> refused(
                        context,
                        ErrorCode.CX_UNAVAILABLE,
                        "this node does not hold the key %s; ask the directory for its current one"
                                .formatted(Quoted.of(keyId)),
                        null));
    }

    private static ConfidentialityException refused(
            CxContext context, ErrorCode code, String message, @Nullable Throwable cause) {
        return context.failure(code, ErrorComponent.NODE, message, cause);
    }
}
