package network.iicp.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.ConfidentialityException;
import network.iicp.protocol.ErrorCode;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EventPaddingTest {

    @Test
    void every_length_is_filled_up_to_the_next_block() {
        for (int length = 0; length <= 200; length++) {
            String json = "{\"result\":\"" + "x".repeat(length) + "\"}";
            byte[] padded = EventPadding.pad(json.getBytes(UTF_8));

            assertThat(padded.length % 64).as("length %d", length).isZero();
            assertThat(padded.length).isLessThan(json.length() + 9 + 64);
            assertThat(Json.text(EventPadding.unpad(padded))).isEqualTo(json);
        }
    }

    @Test
    void tokens_of_different_length_look_alike() {
        assertThat(EventPadding.pad("{\"result\":\"a\"}".getBytes(UTF_8)))
                .hasSameSizeAs(EventPadding.pad("{\"result\":\"considerably longer\"}".getBytes(UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", " { } ", "{\n}\t"})
    void an_empty_object_stays_empty(String json) {
        byte[] padded = EventPadding.pad(json.getBytes(UTF_8));

        assertThat(padded).hasSize(64);
        assertThat(Json.parseObject(padded, JsonLimits.DEFAULT)).containsOnlyKeys("pad");
        assertThat(EventPadding.unpad(padded)).isEmpty();
    }

    @Test
    void blanks_around_the_object_do_no_harm() {
        byte[] padded = EventPadding.pad("\r\n {\"a\" : [1, 2.50] \n} \t".getBytes(UTF_8));

        assertThat(padded.length % 64).isZero();
        assertThat(Json.text(EventPadding.unpad(padded))).isEqualTo("{\"a\":[1,2.50]}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "[]", "{", "}", "null", "\"{}\"", "{\"pad\":\"\"}", "{\"pad\":", "{\"a\":1,\"pad\":2}"})
    void what_is_no_object_or_has_padding_of_its_own_is_refused(String json) {
        assertThatIllegalArgumentException().isThrownBy(() -> EventPadding.pad(json.getBytes(UTF_8)));
    }

    @Test
    void the_word_pad_elsewhere_is_no_padding() {
        String json = "{\"result\":{\"pad\":\"mouse pad\"}}";

        assertThat(Json.text(EventPadding.unpad(EventPadding.pad(json.getBytes(UTF_8)))))
                .isEqualTo(json);
    }

    @Test
    void seeded_objects_survive_sealing_and_opening() {
        Random random = new Random(20261120);
        ConfidentialSession session = CxExample.session();
        ConfidentialRequest request = CxExample.request();
        for (int sequence = 0; sequence < 500; sequence++) {
            Map<String, Object> content = Map.of("result", text(random, random.nextInt(300)));
            Map<String, Object> sealed =
                    session.sealEvent(sequence, "partial", Json.bytes(content), new SecureRandom());

            assertThat(JdkConfidentiality.bytes(sealed, "encrypted_body").length % 64)
                    .isEqualTo(AesGcm.TAG_BYTES);
            assertThat(request.openEvent(sequence, "partial", sealed)).isEqualTo(content);
        }
    }

    @Test
    void a_large_event_goes_through_and_a_too_large_one_is_refused() {
        ConfidentialSession session = CxExample.session();
        String large = "x".repeat(3 << 20);
        byte[] tooLarge = new byte[CxContext.MAX_PLAINTEXT_BYTES + 1];
        SecureRandom random = new SecureRandom();

        Map<String, Object> sealed = session.sealEvent(0, "completed", Json.bytes(Map.of("result", large)), random);

        assertThat(CxExample.request().openEvent(0, "completed", sealed)).isEqualTo(Map.of("result", large));
        for (Runnable call : List.<Runnable>of(
                () -> session.sealEvent(0, "completed", tooLarge, random),
                () -> session.sealResponse(tooLarge, random))) {
            assertThatExceptionOfType(ConfidentialityException.class)
                    .isThrownBy(call::run)
                    .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.CX_SEAL_FAILED.slug()));
        }
    }

    @Test
    void an_event_without_a_proper_name_or_number_is_not_sealed() {
        ConfidentialSession session = CxExample.session();
        List<Runnable> calls = new ArrayList<>();
        for (String name : List.of("", "Partial", "a|b", "partial ", "x".repeat(33), "1st")) {
            calls.add(() -> session.sealEvent(0, name, CxExample.EVENT, new FixedRandom()));
        }
        calls.add(() -> session.sealEvent(-1, "partial", CxExample.EVENT, new FixedRandom()));

        assertThat(calls)
                .allSatisfy(call -> assertThatIllegalArgumentException().isThrownBy(call::run));
    }

    private static String text(Random random, int length) {
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            text.appendCodePoint(random.nextBoolean() ? ' ' + random.nextInt(95) : 0x1f600 + random.nextInt(64));
        }
        return text.toString();
    }
}
