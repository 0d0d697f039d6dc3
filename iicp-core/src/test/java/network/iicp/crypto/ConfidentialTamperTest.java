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
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import network.iicp.protocol.ConfidentialityException;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.Intent;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is changed, moved, missing or meant for somebody else does not open, and says so in our own exception. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConfidentialTamperTest {

    private static final SecureRandom RANDOM = new SecureRandom();

    static Stream<String> requestMembers() {
        return Stream.of("kem_ciphertext", "encrypted_body", "nonce", "aad");
    }

    static Stream<String> replyMembers() {
        return Stream.of("encrypted_body", "nonce");
    }

    /** Public keys of low order on the curve and its twist, and spellings that are not reduced. */
    static Stream<String> unfitPublicKeys() {
        return Stream.of(
                "0000000000000000000000000000000000000000000000000000000000000000",
                "0100000000000000000000000000000000000000000000000000000000000000",
                "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "07a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2b86d1cf7",
                "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
    }

    static Stream<Object> notBase64Url() {
        return Stream.of(
                "",
                " ",
                "=",
                "====",
                "A",
                "A===",
                "AB=",
                "ABC==",
                "AB=C",
                "+/+/",
                "ABCD EFG",
                "ABCD\n",
                "\u00e4\u00f6",
                "\ud83d\ude00",
                17,
                true,
                List.of("AAAA"),
                Map.of());
    }

    @Nested
    class A_request {

        @ParameterizedTest
        @MethodSource("network.iicp.crypto.ConfidentialTamperTest#requestMembers")
        void with_any_bit_of_a_member_flipped_does_not_open(String member) {
            for (Map<String, Object> changed : flipped(CxExample.requestEnvelope(), member)) {
                assertRefused(() -> CxExample.open(changed), ErrorCode.CX_DECRYPT_FAILED);
            }
        }

        @ParameterizedTest
        @MethodSource("network.iicp.crypto.ConfidentialTamperTest#requestMembers")
        void with_a_member_cut_short_does_not_open(String member) {
            for (Map<String, Object> changed : truncated(CxExample.requestEnvelope(), member)) {
                assertRefused(() -> CxExample.open(changed), ErrorCode.CX_DECRYPT_FAILED);
            }
        }

        @ParameterizedTest
        @MethodSource("network.iicp.crypto.ConfidentialTamperTest#notBase64Url")
        void with_garbage_for_a_member_does_not_open(Object garbage) {
            requestMembers()
                    .map(member -> with(CxExample.requestEnvelope(), member, garbage))
                    .forEach(changed -> assertRefused(() -> CxExample.open(changed), ErrorCode.CX_DECRYPT_FAILED));
        }

        @ParameterizedTest
        @ValueSource(strings = {"version", "recipient_key_id", "kem_ciphertext", "encrypted_body", "nonce", "aad"})
        void without_a_member_or_with_null_for_it_does_not_open(String member) {
            Map<String, Object> missing = CxExample.requestEnvelope();
            missing.remove(member);
            Map<String, @Nullable Object> empty = new LinkedHashMap<>(CxExample.requestEnvelope());
            empty.put(member, null);

            assertRefused(() -> CxExample.open(missing), ErrorCode.CX_DECRYPT_FAILED);
            assertRefused(() -> open(empty), ErrorCode.CX_DECRYPT_FAILED);
            assertRefused(() -> CxExample.open(Map.of()), ErrorCode.CX_DECRYPT_FAILED);
        }

        @Test
        void of_another_version_does_not_open() {
            for (Object version : List.of(0, 2, 1.5, -1, Double.NaN, Long.MAX_VALUE, "1", true)) {
                assertRefused(
                        () -> CxExample.open(with(CxExample.requestEnvelope(), "version", version)),
                        ErrorCode.CX_DECRYPT_FAILED);
            }
        }

        @Test
        void for_another_task_or_intent_does_not_open() {
            Map<String, Object> envelope = CxExample.requestEnvelope();
            List<ConfidentialityKeyPair> keys = List.of(CxExample.nodeKey());
            String otherTask = "550e8400-e29b-41d4-a716-446655440001";

            assertRefused(
                    () -> ConfidentialSession.open(keys, otherTask, INTENT, envelope), ErrorCode.CX_DECRYPT_FAILED);
            assertRefused(
                    () -> ConfidentialSession.open(keys, TASK, Intent.LLM_EMBEDDING, envelope),
                    ErrorCode.CX_DECRYPT_FAILED);
        }

        @Test
        void whose_aad_was_rewritten_for_another_task_does_not_open() {
            String otherTask = "550e8400-e29b-41d4-a716-446655440001";
            String aad = JdkConfidentiality.text((otherTask + "|" + INTENT.urn()).getBytes(UTF_8));
            Map<String, Object> moved = with(CxExample.requestEnvelope(), "aad", aad);

            assertRefused(
                    () -> ConfidentialSession.open(List.of(CxExample.nodeKey()), otherTask, INTENT, moved),
                    ErrorCode.CX_DECRYPT_FAILED);
        }

        @ParameterizedTest
        @ValueSource(strings = {"", " ", "a|b", "|", "\ud800"})
        void for_a_task_id_that_has_no_place_in_an_envelope_does_not_open(String taskId) {
            assertRefused(
                    () -> ConfidentialSession.open(
                            List.of(CxExample.nodeKey()), taskId, INTENT, CxExample.requestEnvelope()),
                    ErrorCode.CX_DECRYPT_FAILED);
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            ConfidentialRequest.seal(CxExample.nodeKey().publicKey(), taskId, INTENT, PAYLOAD, RANDOM));
        }

        @Test
        void for_an_endless_task_id_is_refused_with_a_short_message() {
            assertThatExceptionOfType(ConfidentialityException.class)
                    .isThrownBy(() -> ConfidentialSession.open(
                            List.of(CxExample.nodeKey()), "t".repeat(100_000), INTENT, CxExample.requestEnvelope()))
                    .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200));
        }

        @Test
        void larger_than_the_limit_is_refused_before_it_is_decoded() {
            String huge = "A".repeat((CxContext.MAX_SEALED_BYTES + 2) / 3 * 4 + 4);

            assertRefused(
                    () -> CxExample.open(with(CxExample.requestEnvelope(), "encrypted_body", huge)),
                    ErrorCode.CX_DECRYPT_FAILED);
        }

        @Test
        void with_members_we_do_not_know_opens() {
            Map<String, Object> envelope = with(CxExample.requestEnvelope(), "cx_tier", 2);
            envelope.put("plaintext_size", "not our business");

            assertThat(CxExample.open(envelope).payload()).isEqualTo(PAYLOAD);
        }

        @Test
        void with_padded_base64url_opens() {
            Map<String, Object> envelope = CxExample.requestEnvelope();
            requestMembers().forEach(member -> envelope.computeIfPresent(member, (name, text) -> pad((String) text)));

            assertThat(envelope.get("kem_ciphertext").toString()).endsWith("=");
            assertThat(CxExample.open(envelope).payload()).isEqualTo(PAYLOAD);
        }
    }

    @Nested
    class The_key_a_request_names {

        private final ConfidentialityKeyPair other = ConfidentialityKeyPair.generate(RANDOM);

        @Test
        void may_be_an_earlier_one() {
            ConfidentialSession session = ConfidentialSession.open(
                    List.of(other, CxExample.nodeKey()), TASK, INTENT, CxExample.requestEnvelope());

            assertThat(session.payload()).isEqualTo(PAYLOAD);
        }

        @Test
        void is_unavailable_when_the_node_does_not_hold_it() {
            assertRefused(
                    () -> ConfidentialSession.open(List.of(other), TASK, INTENT, CxExample.requestEnvelope()),
                    ErrorCode.CX_UNAVAILABLE);
            assertRefused(
                    () -> ConfidentialSession.open(List.of(), TASK, INTENT, CxExample.requestEnvelope()),
                    ErrorCode.CX_UNAVAILABLE);
        }

        @Test
        void does_not_open_what_was_sealed_for_another() {
            Map<String, Object> renamed = with(CxExample.requestEnvelope(), "recipient_key_id", other.keyId());

            assertRefused(
                    () -> ConfidentialSession.open(List.of(other), TASK, INTENT, renamed), ErrorCode.CX_DECRYPT_FAILED);
        }

        @Test
        void is_shown_shortened_and_printable() {
            Map<String, Object> hostile =
                    with(CxExample.requestEnvelope(), "recipient_key_id", "\n\u001b[31m" + "k".repeat(10_000));

            assertThatExceptionOfType(ConfidentialityException.class)
                    .isThrownBy(() -> CxExample.open(hostile))
                    .satisfies(
                            e -> assertThat(e.getMessage()).hasSizeLessThan(250).doesNotContain("\n", "\u001b"));
        }
    }

    @Nested
    class An_unfit_public_key {

        @ParameterizedTest
        @MethodSource("network.iicp.crypto.ConfidentialTamperTest#unfitPublicKeys")
        void in_a_request_is_refused(String hex) {
            String text = JdkConfidentiality.text(HexFormat.of().parseHex(hex));

            assertRefused(
                    () -> CxExample.open(with(CxExample.requestEnvelope(), "kem_ciphertext", text)),
                    ErrorCode.CX_DECRYPT_FAILED);
        }

        @ParameterizedTest
        @MethodSource("network.iicp.crypto.ConfidentialTamperTest#unfitPublicKeys")
        void of_a_node_is_refused_and_another_node_may_be_tried(String hex) {
            String text = JdkConfidentiality.text(HexFormat.of().parseHex(hex));

            assertUnusable(key("X25519", "base64url", text, null));
        }
    }

    @Nested
    class The_advertised_key_of_a_node {

        private final ConfidentialityKey good = CxExample.nodeKey().publicKey();
        private final Instant now = Instant.parse("2026-11-20T12:00:00Z");

        @Test
        void that_expired_is_refused() {
            assertRefused(() -> sealUntil(now), ErrorCode.CX_REQUIRED);
            assertRefused(() -> sealUntil(now.minusSeconds(1)), ErrorCode.CX_REQUIRED);
        }

        @Test
        void is_used_until_it_expires() {
            ConfidentialRequest request = sealUntil(now.plusMillis(1));

            assertThat(CxExample.open(request.envelope()).payload()).isEqualTo(PAYLOAD);
        }

        @Test
        void of_another_kind_is_refused() {
            assertUnusable(key("X448", "base64url", good.key(), null));
            assertUnusable(key("x25519", "base64url", good.key(), null));
            assertUnusable(key("X25519", "hex", good.key(), null));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "AAAA",
                    "not a key",
                    "B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9_AsrhtHHx",
                    "B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9/AsrhtHHw"
                })
        void that_is_not_32_bytes_in_base64url_is_refused(String text) {
            assertUnusable(key("X25519", "base64url", text, null));
        }

        @Test
        void without_a_name_gets_the_one_an_official_node_would_give_it() {
            ConfidentialityKey unnamed =
                    new ConfidentialityKey(good.algorithm(), good.encoding(), good.key() + "=", "", Set.of(), null);

            ConfidentialRequest request = ConfidentialRequest.seal(unnamed, TASK, INTENT, PAYLOAD, RANDOM);

            assertThat(request.envelope()).containsEntry("recipient_key_id", good.keyId());
        }

        private ConfidentialRequest sealUntil(Instant notAfter) {
            return ConfidentialRequest.seal(
                    CxExample.nodeKey().publicKey(notAfter), TASK, INTENT, PAYLOAD, RANDOM, now);
        }
    }

    @Nested
    class An_answer {

        private final ConfidentialRequest request = CxExample.request();

        @ParameterizedTest
        @MethodSource("network.iicp.crypto.ConfidentialTamperTest#replyMembers")
        void with_any_bit_flipped_or_cut_short_does_not_open(String member) {
            Stream.concat(
                            flipped(CxExample.answerEnvelope(), member).stream(),
                            truncated(CxExample.answerEnvelope(), member).stream())
                    .forEach(changed -> assertInvalid(() -> request.openResponse(changed)));
        }

        @ParameterizedTest
        @MethodSource("network.iicp.crypto.ConfidentialTamperTest#notBase64Url")
        void with_garbage_for_a_member_does_not_open(Object garbage) {
            replyMembers()
                    .map(member -> with(CxExample.answerEnvelope(), member, garbage))
                    .forEach(changed -> assertInvalid(() -> request.openResponse(changed)));
        }

        @Test
        void that_is_incomplete_or_of_another_version_does_not_open() {
            assertInvalid(() -> request.openResponse(Map.of()));
            assertInvalid(() -> request.openResponse(with(CxExample.answerEnvelope(), "version", 2)));
        }

        @Test
        void to_another_request_does_not_open() {
            ConfidentialRequest second =
                    ConfidentialRequest.seal(CxExample.nodeKey().publicKey(), TASK, INTENT, PAYLOAD, RANDOM);

            assertInvalid(() -> second.openResponse(CxExample.answerEnvelope()));
        }

        @Test
        void opens_an_answer_only_and_not_an_event() {
            ConfidentialSession session = CxExample.session();
            Map<String, Object> event = session.sealEvent(0, "completed", CxExample.EVENT, RANDOM);
            Map<String, Object> answer = session.sealResponse(CxExample.EVENT, RANDOM);

            assertInvalid(() -> request.openResponse(event));
            assertInvalid(() -> request.openEvent(0, "completed", answer));
        }

        @Test
        void with_padded_base64url_opens() {
            Map<String, Object> padded = CxExample.answerEnvelope();
            replyMembers().forEach(member -> padded.computeIfPresent(member, (name, text) -> pad((String) text)));

            assertThat(request.openResponse(padded)).isEqualTo(ANSWER);
        }

        @Test
        void of_no_bytes_is_possible() {
            Map<String, Object> sealed = CxExample.session().sealResponse(new byte[0], RANDOM);

            assertThat(request.openResponse(sealed)).isEmpty();
        }
    }

    @Nested
    class An_event {

        private final ConfidentialRequest request = CxExample.request();

        @ParameterizedTest
        @MethodSource("network.iicp.crypto.ConfidentialTamperTest#replyMembers")
        void with_any_bit_flipped_or_cut_short_does_not_open(String member) {
            Stream.concat(
                            flipped(CxExample.eventEnvelope(), member).stream(),
                            truncated(CxExample.eventEnvelope(), member).stream())
                    .forEach(changed -> assertInvalid(() -> request.openEvent(1, "partial", changed)));
        }

        @Test
        void that_was_moved_or_renamed_does_not_open() {
            Map<String, Object> event = CxExample.eventEnvelope();

            assertInvalid(() -> request.openEvent(0, "partial", event));
            assertInvalid(() -> request.openEvent(2, "partial", event));
            assertInvalid(() -> request.openEvent(11, "partial", event));
            assertInvalid(() -> request.openEvent(1, "completed", event));
            assertInvalid(() -> request.openEvent(1, "Partial", event));
            assertInvalid(() -> request.openEvent(1, "partial|", event));
            assertInvalid(() -> request.openEvent(1, "", event));
            assertInvalid(() -> request.openEvent(-1, "partial", event));
        }

        @Test
        void of_another_task_does_not_open() {
            String otherTask = "550e8400-e29b-41d4-a716-446655440001";
            ConfidentialRequest other = ConfidentialRequest.seal(
                    CxExample.nodeKey().publicKey(),
                    otherTask,
                    INTENT,
                    PAYLOAD,
                    new FixedRandom(CxExample.ONE_TIME_KEY, CxExample.REQUEST_NONCE));

            assertInvalid(() -> other.openEvent(1, "partial", CxExample.eventEnvelope()));
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "[]", "\"text\"", "{", "{\"a\":1}{\"a\":1}", "{\"pad\":\"\",\"pad\":\"\"}"})
        void that_holds_no_JSON_object_is_refused(String plain) throws Exception {
            Map<String, Object> sealed = JdkConfidentiality.seal(
                    HexFormat.of().parseHex(CxExample.SHARED_SECRET),
                    "IICP-CX-STREAM-v1" + TASK,
                    TASK + "|resp|3|partial",
                    CxExample.EVENT_NONCE,
                    plain.getBytes(UTF_8));

            assertInvalid(() -> request.openEvent(3, "partial", sealed));
        }
    }

    private static ConfidentialityKey key(String algorithm, String encoding, String text, @Nullable Instant notAfter) {
        return new ConfidentialityKey(algorithm, encoding, text, "cx-0011223344556677", Set.of(), notAfter);
    }

    private static void assertUnusable(ConfidentialityKey key) {
        assertRefused(() -> ConfidentialRequest.seal(key, TASK, INTENT, PAYLOAD, RANDOM), ErrorCode.CX_REQUIRED);
    }

    private static void assertInvalid(ThrowingCallable call) {
        assertRefused(call, ErrorCode.CX_RESPONSE_INVALID);
    }

    private static void assertRefused(ThrowingCallable call, ErrorCode code) {
        boolean fromNode = code == ErrorCode.CX_DECRYPT_FAILED || code == ErrorCode.CX_UNAVAILABLE;
        assertThatExceptionOfType(ConfidentialityException.class)
                .isThrownBy(call)
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(code.slug());
                    assertThat(e.iicpCode()).isEqualTo(code.iicpCode());
                    assertThat(e.component()).isEqualTo(fromNode ? ErrorComponent.NODE : ErrorComponent.CLIENT);
                    assertThat(e.retryable()).isEqualTo(code == ErrorCode.CX_REQUIRED || code.retryable());
                    assertThat(e.getMessage()).isNotBlank().doesNotContain("messages", "ok");
                });
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // JSON null is in these maps whatever the type says
    private static ConfidentialSession open(Map<String, @Nullable Object> envelope) {
        return CxExample.open((Map<String, Object>) (Map<String, ?>) envelope);
    }

    private static List<Map<String, Object>> flipped(Map<String, Object> envelope, String member) {
        byte[] bytes = JdkConfidentiality.bytes(envelope, member);
        return IntStream.range(0, bytes.length * 8)
                .mapToObj(bit -> {
                    byte[] changed = bytes.clone();
                    changed[bit / 8] ^= (byte) (1 << bit % 8);
                    return with(envelope, member, JdkConfidentiality.text(changed));
                })
                .toList();
    }

    private static List<Map<String, Object>> truncated(Map<String, Object> envelope, String member) {
        byte[] bytes = JdkConfidentiality.bytes(envelope, member);
        return IntStream.range(0, bytes.length)
                .mapToObj(length -> with(envelope, member, JdkConfidentiality.text(Arrays.copyOf(bytes, length))))
                .toList();
    }

    private static Map<String, Object> with(Map<String, Object> envelope, String member, Object value) {
        Map<String, Object> changed = new LinkedHashMap<>(envelope);
        changed.put(member, value);
        return changed;
    }

    private static String pad(String text) {
        return text + "=".repeat((4 - text.length() % 4) % 4);
    }
}
