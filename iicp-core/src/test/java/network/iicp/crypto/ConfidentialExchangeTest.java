package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static network.iicp.crypto.CxExample.ANSWER;
import static network.iicp.crypto.CxExample.INTENT;
import static network.iicp.crypto.CxExample.PAYLOAD;
import static network.iicp.crypto.CxExample.TASK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.security.SecureRandom;
import java.security.Security;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConfidentialExchangeTest {

    private static final SecureRandom RANDOM = new SecureRandom();

    @Test
    void a_request_its_answer_and_its_events_go_both_ways() {
        ConfidentialityKeyPair node = ConfidentialityKeyPair.generate(RANDOM);
        ConfidentialRequest request = ConfidentialRequest.seal(node.publicKey(), TASK, INTENT, PAYLOAD, RANDOM);

        ConfidentialSession session = ConfidentialSession.open(List.of(node), TASK, INTENT, request.envelope());

        assertThat(session.payload()).isEqualTo(PAYLOAD);
        assertThat(request.openResponse(session.sealResponse(ANSWER, RANDOM))).isEqualTo(ANSWER);
        assertThat(request.openEvent(4, "completed", session.sealEvent(4, "completed", "{}".getBytes(UTF_8), RANDOM)))
                .isEmpty();
    }

    @Test
    void sealing_twice_shares_nothing_but_the_names() {
        ConfidentialityKeyPair node = ConfidentialityKeyPair.generate(RANDOM);
        Map<String, Object> first = ConfidentialRequest.seal(node.publicKey(), TASK, INTENT, PAYLOAD, RANDOM)
                .envelope();
        Map<String, Object> second = ConfidentialRequest.seal(node.publicKey(), TASK, INTENT, PAYLOAD, RANDOM)
                .envelope();

        for (String member : List.of("kem_ciphertext", "nonce", "encrypted_body")) {
            assertThat(first.get(member)).isNotEqualTo(second.get(member));
        }
        assertThat(id(node, first)).isNotEqualTo(id(node, second));
    }

    @Test
    void the_same_answer_sealed_twice_differs() {
        ConfidentialSession session = CxExample.session();

        assertThat(session.sealResponse(ANSWER, RANDOM)).isNotEqualTo(session.sealResponse(ANSWER, RANDOM));
    }

    @Test
    void an_envelope_keeps_its_id_however_it_is_written() {
        Map<String, Object> written = CxExample.requestEnvelope();
        Map<String, Object> padded = new LinkedHashMap<>(written);
        padded.put("kem_ciphertext", written.get("kem_ciphertext") + "=");
        padded.put("unknown", "member");

        assertThat(CxExample.open(padded).envelopeId())
                .isEqualTo(CxExample.open(written).envelopeId())
                .matches("[0-9a-f]{64}")
                .doesNotContain("392c0b9c336de515");
    }

    @Test
    void envelopes_cannot_be_changed_from_outside() {
        ConfidentialRequest request = CxExample.request();
        ConfidentialSession session = CxExample.session();
        session.payload()[0] = 0;

        assertThat(session.payload()).isEqualTo(PAYLOAD);
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> request.envelope().put("version", 2));
        Map<String, Object> sealed = session.sealResponse(ANSWER, RANDOM);
        assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(sealed::clear);
    }

    @Test
    void a_payload_over_the_limit_is_not_sealed() {
        byte[] tooLarge = new byte[CxContext.MAX_PLAINTEXT_BYTES + 1];

        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> ConfidentialRequest.seal(CxExample.nodeKey().publicKey(), TASK, INTENT, tooLarge, RANDOM))
                .withMessageContaining("16777217");
    }

    @Test
    void the_largest_payload_and_the_empty_one_go_through() {
        for (byte[] payload : List.of(new byte[CxContext.MAX_PLAINTEXT_BYTES], new byte[0])) {
            ConfidentialRequest request =
                    ConfidentialRequest.seal(CxExample.nodeKey().publicKey(), TASK, INTENT, payload, RANDOM);

            assertThat(CxExample.open(request.envelope()).payload()).isEqualTo(payload);
        }
    }

    @Test
    void task_ids_in_any_script_are_possible() {
        String task = "t\u00e4sk-\ud83d\ude80";
        ConfidentialityKeyPair node = CxExample.nodeKey();
        ConfidentialRequest request = ConfidentialRequest.seal(node.publicKey(), task, INTENT, PAYLOAD, RANDOM);

        assertThat(ConfidentialSession.open(List.of(node), task, INTENT, request.envelope())
                        .payload())
                .isEqualTo(PAYLOAD);
    }

    @Test
    void one_session_and_one_request_serve_many_threads() throws Exception {
        ConfidentialSession session = CxExample.session();
        ConfidentialRequest request = CxExample.request();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Map<String, Object>>> events = IntStream.range(0, 400)
                    .mapToObj(i -> threads.submit(() ->
                            request.openEvent(i, "partial", session.sealEvent(i, "partial", CxExample.EVENT, RANDOM))))
                    .toList();
            Set<Object> contents = new HashSet<>();
            for (Future<Map<String, Object>> event : events) {
                contents.add(event.get());
            }
            assertThat(contents).hasSize(1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void secrets_are_not_in_any_text_form() {
        ConfidentialityKeyPair pair = CxExample.nodeKey();
        Ed25519KeyPair signer = Ed25519KeyPair.fromSeed(FixedRandom.counting(1, 32));
        TaskKey task = TaskKey.generate(new FixedRandom(FixedRandom.counting(1, 32)));
        String hex = "0102030405060708";
        String base64 = JdkConfidentiality.text(FixedRandom.counting(1, 32)).substring(0, 10);

        assertThat(List.of(pair, signer, task, CxExample.request(), CxExample.session()))
                .extracting(Object::toString)
                .allSatisfy(text -> assertThat(text)
                        .hasSizeLessThan(80)
                        .doesNotContain(hex, base64, "messages", CxExample.SHARED_SECRET.substring(0, 10)));
    }

    @Test
    void no_security_provider_is_registered() {
        CxExample.session();
        Ed25519KeyPair.generate(RANDOM).sign(PAYLOAD);

        assertThat(Security.getProviders())
                .extracting(provider -> provider.getName())
                .doesNotContain("BC");
    }

    private static String id(ConfidentialityKeyPair node, Map<String, Object> envelope) {
        return ConfidentialSession.open(List.of(node), TASK, INTENT, envelope).envelopeId();
    }
}
