package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static network.iicp.crypto.CxExample.ANSWER;
import static network.iicp.crypto.CxExample.ANSWER_NONCE;
import static network.iicp.crypto.CxExample.EVENT;
import static network.iicp.crypto.CxExample.EVENT_NONCE;
import static network.iicp.crypto.CxExample.PAYLOAD;
import static network.iicp.crypto.CxExample.REQUEST_NONCE;
import static network.iicp.crypto.CxExample.SHARED_SECRET;
import static network.iicp.crypto.CxExample.TASK;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.ConfidentialityKey;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Our envelopes against bytes that other implementations made, and against a second implementation on the JDK alone. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConfidentialityKnownAnswerTest {

    private static final HexFormat HEX = HexFormat.of();

    @Nested
    class The_key_of_the_node {

        private final ConfidentialityKeyPair key = CxExample.nodeKey();

        @Test
        void has_the_known_public_half_and_name() {
            ConfidentialityKey advertised = key.publicKey();

            assertThat(advertised.key()).isEqualTo("B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9_AsrhtHHw");
            assertThat(advertised.keyId()).isEqualTo("cx-aaa8fff703b50b22").isEqualTo(key.keyId());
            assertThat(advertised.algorithm()).isEqualTo("X25519");
            assertThat(advertised.encoding()).isEqualTo("base64url");
            assertThat(advertised.features())
                    .containsExactlyInAnyOrder("response_encryption_v1", "response_stream_encryption_v1");
            assertThat(advertised.notAfter()).isNull();
        }

        @Test
        void agrees_on_the_known_secret_from_either_side() throws Exception {
            ConfidentialityKeyPair oneTime = ConfidentialityKeyPair.fromPrivate(CxExample.ONE_TIME_KEY);

            assertThat(key.agree(oneTime.rawPublicKey()).map(HEX::formatHex)).contains(SHARED_SECRET);
            assertThat(oneTime.agree(key.rawPublicKey()).map(HEX::formatHex)).contains(SHARED_SECRET);
            assertThat(JdkConfidentiality.agree(key.privateKey(), oneTime.rawPublicKey()))
                    .asHexString()
                    .isEqualToIgnoringCase(SHARED_SECRET);
        }
    }

    @Nested
    class A_request {

        @Test
        void is_sealed_to_the_known_envelope() {
            assertThat(Json.text(CxExample.request().envelope())).isEqualTo(Json.text(CxExample.requestEnvelope()));
        }

        @Test
        void is_opened_from_the_known_envelope() {
            assertThat(CxExample.open(CxExample.requestEnvelope()).payload()).isEqualTo(PAYLOAD);
        }

        @Test
        void is_opened_after_it_went_through_JSON() {
            byte[] wire = Json.bytes(CxExample.requestEnvelope());

            assertThat(CxExample.open(Json.parseObject(wire, JsonLimits.DEFAULT))
                            .payload())
                    .isEqualTo(PAYLOAD);
        }

        @Test
        void has_the_known_key() throws Exception {
            byte[] key = Hkdf.derive(
                    HEX.parseHex(SHARED_SECRET),
                    REQUEST_NONCE,
                    ("IICP-CX-v1" + TASK + "urn:iicp:intent:llm:chat:v1").getBytes(UTF_8));

            assertThat(HEX.formatHex(key))
                    .isEqualTo("392c0b9c336de5155e8b590722eac0910a873d6c4a6d98a981a5efe102af9b7e");
        }
    }

    @Nested
    class An_answer {

        @Test
        void is_sealed_to_the_known_envelope() {
            Map<String, Object> sealed = CxExample.session().sealResponse(ANSWER, new FixedRandom(ANSWER_NONCE));

            assertThat(sealed).isEqualTo(CxExample.answerEnvelope());
        }

        @Test
        void is_opened_from_the_known_envelope() {
            assertThat(CxExample.request().openResponse(CxExample.answerEnvelope()))
                    .isEqualTo(ANSWER);
        }

        @Test
        void has_the_known_key() {
            byte[] key =
                    Hkdf.derive(HEX.parseHex(SHARED_SECRET), ANSWER_NONCE, ("IICP-CX-RESP-v1" + TASK).getBytes(UTF_8));

            assertThat(HEX.formatHex(key))
                    .isEqualTo("8279b4097a520de68a86ec141ab3edecc73169d95b5b8af570686bb4f474ff4d");
        }
    }

    @Nested
    class An_event {

        private final byte[] secret = HEX.parseHex(SHARED_SECRET);

        @Test
        void is_sealed_to_the_known_envelope() {
            Map<String, Object> sealed =
                    CxExample.session().sealEvent(1, "partial", EVENT, new FixedRandom(EVENT_NONCE));

            assertThat(sealed).isEqualTo(CxExample.eventEnvelope());
        }

        @Test
        void is_opened_from_the_known_envelope() {
            Map<String, Object> content = CxExample.request().openEvent(1, "partial", CxExample.eventEnvelope());

            assertThat(Json.bytes(content)).isEqualTo(EVENT);
        }

        @Test
        void has_the_known_key() {
            byte[] key = Hkdf.derive(secret, EVENT_NONCE, ("IICP-CX-STREAM-v1" + TASK).getBytes(UTF_8));

            assertThat(HEX.formatHex(key))
                    .isEqualTo("018635851fb88743bdb777226853a3961ef671acf60c6dcbd7b59bf46ff5a39d");
        }

        @Test
        void holds_the_known_padded_plaintext_for_the_JDK() throws Exception {
            byte[] plain = JdkConfidentiality.open(
                    secret, "IICP-CX-STREAM-v1" + TASK, TASK + "|resp|1|partial", CxExample.eventEnvelope());

            assertThat(new String(plain, UTF_8))
                    .isEqualTo("{\"result\":{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]},\"pad\":\""
                            + "0".repeat(58) + "\"}");
        }

        @Test
        void sealed_by_the_JDK_is_opened_wherever_its_padding_stands() throws Exception {
            byte[] plain = "{\"pad\":\"   \",\"error\":{\"code\":\"backend_error\"},\"metrics\":{\"latency_ms\":1.50}}"
                    .getBytes(UTF_8);
            Map<String, Object> sealed = JdkConfidentiality.seal(
                    secret, "IICP-CX-STREAM-v1" + TASK, TASK + "|resp|7|failed", EVENT_NONCE, plain);

            Map<String, Object> content = CxExample.request().openEvent(7, "failed", sealed);

            assertThat(Json.text(content))
                    .isEqualTo("{\"error\":{\"code\":\"backend_error\"},\"metrics\":{\"latency_ms\":1.50}}");
        }
    }
}
