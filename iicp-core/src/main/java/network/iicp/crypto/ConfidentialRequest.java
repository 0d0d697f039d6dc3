package network.iicp.crypto;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import network.iicp.json.JsonException;
import network.iicp.protocol.ConfidentialityException;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Quoted;
import org.jspecify.annotations.Nullable;

/**
 * The consumer's side of one confidential exchange: the payload sealed for one node, and the secret that opens this node's
 * answer. Made anew for every node tried; a resend to the same node sends the same envelope. Immutable and thread-safe.
 *
 * <p>The key pair is fresh for each request, so envelopes cannot be linked; somebody who later gets hold of the node's private
 * key can still open recorded ones. Source: IICP confidentiality extension, tier 1.
 */
public final class ConfidentialRequest {

    private final CxContext context;
    private final ReplyCipher replies;
    private final Map<String, Object> envelope;

    private ConfidentialRequest(CxContext context, ReplyCipher replies, Map<String, Object> envelope) {
        this.context = context;
        this.replies = replies;
        this.envelope = envelope;
    }

    /**
     * Seals a payload for a node, now.
     *
     * @param recipient the key the node advertises
     * @param taskId the id of the task, 1 to 255 characters without a vertical bar
     * @param intent the intent of the task
     * @param payloadJson the payload object as JSON in UTF-8, at most 16 MiB
     * @param random source of the one-time key and the nonce
     * @return the sealed request
     * @throws ConfidentialityException if the key is expired, of an unknown kind or no usable public key, code
     *     {@code cx_required}; another node may be tried
     * @throws IllegalArgumentException if the task id or the payload is outside its range
     */
    public static ConfidentialRequest seal(
            ConfidentialityKey recipient, String taskId, Intent intent, byte[] payloadJson, SecureRandom random) {
        return seal(recipient, taskId, intent, payloadJson, random, Instant.now());
    }

    /**
     * Seals a payload for a node, as of a given time.
     *
     * @param recipient the key the node advertises
     * @param taskId the id of the task, 1 to 255 characters without a vertical bar
     * @param intent the intent of the task
     * @param payloadJson the payload object as JSON in UTF-8, at most 16 MiB
     * @param random source of the one-time key and the nonce
     * @param now the time that decides whether the key has expired
     * @return the sealed request
     * @throws ConfidentialityException if the key is expired, of an unknown kind or no usable public key, code
     *     {@code cx_required}; another node may be tried
     * @throws IllegalArgumentException if the task id or the payload is outside its range
     */
    public static ConfidentialRequest seal(
            ConfidentialityKey recipient,
            String taskId,
            Intent intent,
            byte[] payloadJson,
            SecureRandom random,
            Instant now) {
        CxContext context = CxContext.of(taskId)
                .orElseThrow(() -> new IllegalArgumentException(
                        "task id %s cannot be sealed: 1 to 255 characters without a vertical bar"
                                .formatted(Quoted.of(taskId))));
        if (payloadJson.length > CxContext.MAX_PLAINTEXT_BYTES) {
            throw new IllegalArgumentException("a payload of %d bytes cannot be sealed, the limit is %d bytes"
                    .formatted(payloadJson.length, CxContext.MAX_PLAINTEXT_BYTES));
        }
        byte[] nodeKey = usableKey(context, recipient, now);
        ConfidentialityKeyPair oneTime = ConfidentialityKeyPair.generate(random);
        byte[] secret =
                oneTime.agree(nodeKey).orElseThrow(() -> unusable(context, recipient, "is no usable public key"));
        byte[] nonce = new byte[AesGcm.NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] key = Hkdf.derive(secret, nonce, context.requestInfo(intent));
        byte[] aad = context.requestAad(intent);
        byte[] sealed = sealBody(context, key, nonce, aad, payloadJson);

        Map<String, Object> envelope = new LinkedHashMap<>();
        envelope.put("version", CxContext.VERSION);
        envelope.put("recipient_key_id", keyId(recipient, nodeKey));
        envelope.put("kem_ciphertext", Base64Url.encode(oneTime.rawPublicKey()));
        envelope.put("encrypted_body", Base64Url.encode(sealed));
        envelope.put("nonce", Base64Url.encode(nonce));
        envelope.put("aad", Base64Url.encode(aad));
        envelope.put("plaintext_size", payloadJson.length);
        return new ConfidentialRequest(context, new ReplyCipher(secret), Collections.unmodifiableMap(envelope));
    }

    /** Returns the JSON object to send as {@code iicp_conf} in place of {@code payload}; unmodifiable. */
    public Map<String, Object> envelope() {
        return envelope;
    }

    /**
     * Opens the node's answer.
     *
     * @param iicpConfResp the JSON object that came as {@code iicp_conf_resp}
     * @return the answer object as the node wrote it, JSON in UTF-8
     * @throws ConfidentialityException if it is malformed, was changed, or was not sealed by this node for this task; code
     *     {@code cx_response_invalid}
     */
    public byte[] openResponse(Map<String, Object> iicpConfResp) {
        try {
            return replies.open(context.responseInfo(), context.responseAad(), iicpConfResp);
        } catch (Envelope.Malformed e) {
            throw invalid("the encrypted answer cannot be read: " + e.getMessage(), null);
        } catch (GeneralSecurityException e) {
            throw invalid(
                    "the encrypted answer does not open with the key of this request; the node sealed it wrongly or"
                            + " it was changed on the way",
                    e);
        }
    }

    /**
     * Opens one event of the node's stream. Sequence and event name are authenticated: one that was moved, repeated under
     * another number or renamed does not open.
     *
     * @param sequence the sequence number the event arrived with
     * @param event the event name it arrived with, such as {@code partial}
     * @param iicpConfResp the JSON object that came as {@code iicp_conf_resp}
     * @return the members result, error and metrics, as far as the node sent them; padding is gone
     * @throws ConfidentialityException if it is malformed, was changed or moved, or holds no JSON object; code
     *     {@code cx_response_invalid}
     */
    public Map<String, Object> openEvent(long sequence, String event, Map<String, Object> iicpConfResp) {
        if (!CxContext.isEvent(sequence, event)) {
            throw invalid(
                    "an event has a sequence from 0 and a name in lower case, not %d and %s"
                            .formatted(sequence, Quoted.of(event)),
                    null);
        }
        try {
            byte[] plain = replies.open(context.streamInfo(), context.streamAad(sequence, event), iicpConfResp);
            return EventPadding.unpad(plain);
        } catch (Envelope.Malformed e) {
            throw invalid("encrypted event %d cannot be read: %s".formatted(sequence, e.getMessage()), null);
        } catch (GeneralSecurityException e) {
            throw invalid(
                    "encrypted event %d does not open with the key of this request; it was sealed wrongly, changed or moved"
                            .formatted(sequence),
                    e);
        } catch (JsonException e) {
            throw invalid("encrypted event %d does not hold a JSON object".formatted(sequence), null);
        }
    }

    /** Returns the task id, nothing of the secret. */
    @Override
    public String toString() {
        return "ConfidentialRequest[%s]".formatted(Quoted.of(context.taskId()));
    }

    private ConfidentialityException invalid(String message, @Nullable Throwable cause) {
        return context.failure(ErrorCode.CX_RESPONSE_INVALID, ErrorComponent.CLIENT, message, cause);
    }

    private static byte[] usableKey(CxContext context, ConfidentialityKey recipient, Instant now) {
        if (!ConfidentialityKey.X25519.equals(recipient.algorithm())
                || !ConfidentialityKey.BASE64URL.equals(recipient.encoding())) {
            throw unusable(context, recipient, "is of an unknown algorithm or encoding");
        }
        if (!recipient.isUsable(now)) {
            throw unusable(context, recipient, "has expired");
        }
        return Base64Url.decodeExactly(recipient.key(), ConfidentialityKeyPair.KEY_BYTES)
                .orElseThrow(() -> unusable(context, recipient, "is not 32 bytes in base64url"));
    }

    /** Nodes that advertise the bare key give it no name; then it has the name an official node would give it. */
    private static String keyId(ConfidentialityKey recipient, byte[] rawKey) {
        return recipient.keyId().isBlank() ? ConfidentialityKeyPair.keyIdOf(rawKey) : recipient.keyId();
    }

    private static byte[] sealBody(CxContext context, byte[] key, byte[] nonce, byte[] aad, byte[] plain) {
        try {
            return AesGcm.seal(key, nonce, aad, plain);
        } catch (GeneralSecurityException e) {
            throw context.failure(
                    ErrorCode.CX_SEAL_FAILED,
                    ErrorComponent.CLIENT,
                    "this Java runtime cannot encrypt with AES-GCM",
                    e);
        }
    }

    /** The fault is the node's: the same task may well be sealed for another. */
    private static ConfidentialityException unusable(CxContext context, ConfidentialityKey key, String why) {
        ConfidentialityException failure = context.failure(
                ErrorCode.CX_REQUIRED,
                ErrorComponent.CLIENT,
                "the confidentiality key %s of the node %s; choose another node".formatted(Quoted.of(key.keyId()), why),
                null);
        return failure.withError(failure.error().withRetryable(true));
    }
}
