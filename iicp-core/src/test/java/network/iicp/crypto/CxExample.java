package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.Intent;

/** The inputs and results of the known answers of the confidentiality extension. */
final class CxExample {

    static final String TASK = "550e8400-e29b-41d4-a716-446655440000";
    static final Intent INTENT = Intent.LLM_CHAT;
    static final byte[] PAYLOAD = "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}".getBytes(UTF_8);
    static final byte[] ANSWER =
            ("{\"task_id\":\"" + TASK + "\",\"status\":\"completed\",\"result\":{\"ok\":true}}").getBytes(UTF_8);
    static final byte[] EVENT =
            "{\"result\":{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}}".getBytes(UTF_8);

    static final byte[] ONE_TIME_KEY = FixedRandom.counting(33, 32);
    static final byte[] REQUEST_NONCE = FixedRandom.counting(0xa0, 12);
    static final byte[] ANSWER_NONCE = FixedRandom.counting(0xb0, 12);
    static final byte[] EVENT_NONCE = FixedRandom.counting(0xc0, 12);

    static final String SHARED_SECRET = "a84dc7c3c8f058b1b2dc4cd1e9b5dc0a7987f88b6a9564cde3391fc421159e77";

    private CxExample() {}

    static ConfidentialityKeyPair nodeKey() {
        return ConfidentialityKeyPair.fromPrivate(FixedRandom.counting(1, 32));
    }

    static ConfidentialRequest request() {
        return ConfidentialRequest.seal(
                nodeKey().publicKey(), TASK, INTENT, PAYLOAD, new FixedRandom(ONE_TIME_KEY, REQUEST_NONCE));
    }

    static ConfidentialSession session() {
        return open(request().envelope());
    }

    static ConfidentialSession open(Map<String, Object> envelope) {
        return ConfidentialSession.open(List.of(nodeKey()), TASK, INTENT, envelope);
    }

    static Map<String, Object> requestEnvelope() {
        Map<String, Object> envelope = new LinkedHashMap<>();
        envelope.put("version", 1);
        envelope.put("recipient_key_id", "cx-aaa8fff703b50b22");
        envelope.put("kem_ciphertext", "WGmv9FBUlzLLqu1eXfmzCm2jHLDldCutWtShp2jxpns");
        envelope.put(
                "encrypted_body", "waaDgCT87O3FTwZjrWiu-VJ5kr2qA1MQTCXaRZSxzgE0TT4GjvYdwVobpfG9qRthMxlockemwg6GA2tgFg");
        envelope.put("nonce", "oKGio6Slpqeoqaqr");
        envelope.put("aad", "NTUwZTg0MDAtZTI5Yi00MWQ0LWE3MTYtNDQ2NjU1NDQwMDAwfHVybjppaWNwOmludGVudDpsbG06Y2hhdDp2MQ");
        envelope.put("plaintext_size", 45);
        return envelope;
    }

    static Map<String, Object> answerEnvelope() {
        return reply(
                "sLGys7S1tre4ubq7",
                "0P6-p7c9B5U8PWUqf_700pumaM6jlW2vIYem7CkQCmFJ3xIxtymMTo3eOgZD1SQOBpYO1B_lZET3EImGP_2NM4T7EGXTHv7jc1amaHx4"
                        + "rZWcqcqZ5v8RdrJCGfLWkZ5OXOOK_sp6PEI0oyZ5");
    }

    /** Event 1 of the stream, {@code partial}; computed with OpenSSL and Python's HMAC. */
    static Map<String, Object> eventEnvelope() {
        return reply(
                "wMHCw8TFxsfIycrL",
                "s9psixgZoNRGj4tV0-qYvZl6wNI-IipbIpNEdvI4UHVrt_cljQmmpz8fUVHI-F0TDyoaMtKdRGI4KeMJ2O_OVsz2TYypLECEmUm7ZkI1"
                        + "qeHPKIdsw6_lT8kgPBWZnWXnWEXbnqc23zrSx1N4KslUQ-tBHWV6hiYw4z3W3sg4wuvTLJrCTSuleykn3ZQClQ91");
    }

    private static Map<String, Object> reply(String nonce, String body) {
        Map<String, Object> envelope = new LinkedHashMap<>();
        envelope.put("version", 1);
        envelope.put("nonce", nonce);
        envelope.put("encrypted_body", body);
        return envelope;
    }
}
