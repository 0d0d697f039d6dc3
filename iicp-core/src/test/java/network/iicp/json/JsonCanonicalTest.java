package network.iicp.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import network.iicp.json.JsonException.Reason;
import org.erdtman.jcs.JsonCanonicalizer;
import org.erdtman.jcs.NumberToJSON;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 8785, against its own vectors and against an independent implementation. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class JsonCanonicalTest {

    private static final long SEED = 8785;

    @Test
    void the_example_of_the_rfc_comes_out_as_printed_there() {
        String input = """
                {
                  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
                  "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
                  "literals": [null, true, false]
                }""";

        assertThat(canonical(input))
                .isEqualTo("{\"literals\":[null,true,false],"
                        + "\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
                        + "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
    }

    @Test
    void members_are_sorted_by_utf16_units_not_by_code_points() {
        String input = "{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew\",\"1\":\"One\","
                + "\"\\ud83d\\ude00\":\"Smiley\",\"\\u0080\":\"Control\",\"\\u00f6\":\"o\"}";

        assertThat(canonical(input))
                .isEqualTo("{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"\u00f6\":\"o\","
                        + "\"\u20ac\":\"Euro Sign\",\"\ud83d\ude00\":\"Smiley\",\"\ufb33\":\"Hebrew\"}");
    }

    @ParameterizedTest
    @CsvSource({
        "0000000000000000, 0",
        "8000000000000000, 0",
        "0000000000000001, 5e-324",
        "8000000000000001, -5e-324",
        "7fefffffffffffff, 1.7976931348623157e+308",
        "ffefffffffffffff, -1.7976931348623157e+308",
        "4340000000000000, 9007199254740992",
        "c340000000000000, -9007199254740992",
        "4430000000000000, 295147905179352830000",
        "44b52d02c7e14af5, 9.999999999999997e+22",
        "44b52d02c7e14af6, 1e+23",
        "44b52d02c7e14af7, 1.0000000000000001e+23",
        "444b1ae4d6e2ef4e, 999999999999999700000",
        "444b1ae4d6e2ef4f, 999999999999999900000",
        "444b1ae4d6e2ef50, 1e+21",
        "3eb0c6f7a0b5ed8c, 9.999999999999997e-7",
        "3eb0c6f7a0b5ed8d, 0.000001",
        "41b3de4355555553, 333333333.3333332",
        "41b3de4355555554, 333333333.33333325",
        "41b3de4355555555, 333333333.3333333",
        "41b3de4355555556, 333333333.3333334",
        "41b3de4355555557, 333333333.33333343",
        "becbf647612f3696, -0.0000033333333333333333",
        "43143ff3c1cb0959, 1424953923781206.2"
    })
    void the_number_table_of_the_rfc_holds(String bits, String expected) {
        assertThat(EcmaNumber.of(Double.longBitsToDouble(Long.parseUnsignedLong(bits, 16))))
                .isEqualTo(expected);
    }

    @Test
    void doubles_print_as_an_independent_implementation_prints_them() throws IOException {
        for (double value : doubles()) {
            // Below that it slips itself, or does not come back; the next test covers those.
            if (value == 0 || Math.abs(value) >= 1e-310) {
                assertThat(EcmaNumber.of(value))
                        .as(Double.toHexString(value))
                        .isEqualTo(NumberToJSON.serializeNumber(value));
            }
        }
    }

    @Test
    void the_digits_of_a_double_are_the_fewest_and_of_those_the_nearest() {
        List<Double> values = doubles();
        for (int i = 0; i < values.size(); i += 20) { // exact arithmetic on up to 1 100 digits is slow
            double value = values.get(i);
            String canonical = EcmaNumber.of(value);
            assertThat(Double.parseDouble(canonical)).as(canonical).isEqualTo(value == 0 ? 0.0 : value);

            var written = new BigDecimal(canonical).stripTrailingZeros();
            var exact = new BigDecimal(value);
            for (RoundingMode mode : List.of(RoundingMode.DOWN, RoundingMode.UP)) {
                BigDecimal neighbour = exact.round(new MathContext(written.precision(), mode));
                if (neighbour.doubleValue() == value) {
                    assertThat(written.subtract(exact).abs())
                            .as(canonical)
                            .isLessThanOrEqualTo(neighbour.subtract(exact).abs());
                }
                if (written.precision() > 1) {
                    BigDecimal shorter = exact.round(new MathContext(written.precision() - 1, mode));
                    assertThat(shorter.doubleValue()).as(canonical).isNotEqualTo(value);
                }
            }
        }
    }

    @Test
    void a_double_is_canonical_alike_before_and_after_it_was_sent() {
        List<Double> values = doubles();
        for (int i = 0; i < values.size(); i += 5) {
            double value = values.get(i);
            byte[] before = Json.canonical(value);
            assertThat(Json.canonical(Json.parse(Json.bytes(value), JsonLimits.DEFAULT)))
                    .isEqualTo(before);
            assertThat(Json.canonical(Json.parse(before, JsonLimits.DEFAULT))).isEqualTo(before);
        }
    }

    @Test
    void a_float_is_canonical_alike_before_and_after_it_was_sent() {
        var random = new SplittableRandom(SEED);
        for (int i = 0; i < 20_000; i++) {
            float value = Float.intBitsToFloat(random.nextInt());
            if (Float.isFinite(value)) {
                assertThat(Json.canonical(Json.parse(Json.bytes(value), JsonLimits.DEFAULT)))
                        .isEqualTo(Json.canonical(value));
            }
        }
        assertThat(Json.canonical(0.1f)).asString(UTF_8).isEqualTo("0.1");
    }

    @Test
    void random_documents_come_out_as_an_independent_implementation_writes_them() throws IOException {
        var values = new RandomValues(SEED);
        for (int i = 0; i < 3_000; i++) {
            byte[] sent = Json.bytes(Collections.singletonMap("v", values.next(5)));

            byte[] canonical = Json.canonical(Json.parse(sent, JsonLimits.DEFAULT));

            assertThat(canonical).isEqualTo(new JsonCanonicalizer(sent).getEncodedUTF8());
            assertThat(Json.canonical(Json.parse(canonical, JsonLimits.DEFAULT)))
                    .as("canonical text is its own canonical form")
                    .isEqualTo(canonical);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "-0, 0",
        "-0.0, 0",
        "0e5, 0",
        "0e999999999, 0",
        "-0e-999999999999999999999, 0",
        "1.0, 1",
        "10e-1, 1",
        "1e21, 1e+21",
        "100000000000000000000, 100000000000000000000",
        "1e-6, 0.000001",
        "1e-7, 1e-7",
        "1e-400, 0",
        "1e-999999999, 0",
        "999999999999999, 999999999999999",
        "-999999999999999, -999999999999999",
        "9007199254740991, 9007199254740991",
        "9007199254740992, 9007199254740992",
        "9007199254740994, 9007199254740994",
        "-9007199254740994, -9007199254740994",
        "1180591620717411303424, 1.1805916207174113e+21", // 2^70 exactly
        "100000000000000000000000, 1e+23", // what JavaScript calls 1e23
        "999999999999999900000, 999999999999999900000",
        "9007199254740993.0, 9007199254740992", // written as a fraction: rounded as by every reader
        "0.1000000000000000055511151231257827, 0.1"
    })
    void number_texts_take_the_form_of_the_nearest_double(String token, String expected) {
        assertThat(canonical(token)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "9007199254740993",
                "-9007199254740993",
                "9223372036854775807",
                "18446744073709551615",
                "123456789012345678901234567890",
                "1e309",
                "-1e309",
                "1e400",
                "1e999999999",
                "1e99999999999999999999"
            })
    void integers_that_would_change_and_numbers_beyond_double_are_refused(String token) {
        assertThatThrownBy(() -> canonical("{\"a\":[" + token + "]}"))
                .isInstanceOfSatisfying(JsonException.class, e -> {
                    assertThat(e.reason()).isEqualTo(Reason.UNREPRESENTABLE);
                    assertThat(e.path()).isEqualTo("$.a[0]");
                    assertThat(e.getMessage()).doesNotContain(token);
                });
        assertThat(Json.text(Json.parse(token, JsonLimits.DEFAULT))).isEqualTo(token);
    }

    @Test
    void java_integers_follow_the_same_rule() {
        assertThat(Json.canonical(List.of(1L << 53, 1L << 62, 7)))
                .asString(UTF_8)
                .isEqualTo("[9007199254740992,4611686018427388000,7]");
        assertThatThrownBy(() -> Json.canonical((1L << 53) + 1)).isInstanceOf(JsonException.class);
        assertThatThrownBy(() -> Json.canonical(Long.MAX_VALUE)).isInstanceOf(JsonException.class);
    }

    private static String canonical(String text) {
        return new String(Json.canonical(Json.parse(text, JsonLimits.DEFAULT)), UTF_8);
    }

    /** 100 000 random bit patterns, and the places where digit generators go wrong. */
    private static List<Double> doubles() {
        var values = new ArrayList<Double>();
        var random = new SplittableRandom(SEED);
        while (values.size() < 100_000) {
            double value = Double.longBitsToDouble(random.nextLong());
            if (Double.isFinite(value)) {
                values.add(value);
            }
        }
        for (int i = 0; i < 5_000; i++) {
            values.add(random.nextDouble());
            values.add(random.nextInt(1_000_000) / 1_000.0);
            values.add(Double.longBitsToDouble(random.nextLong(1L << 52)));
            values.add((double) random.nextLong());
        }
        for (int exponent = Double.MIN_EXPONENT - 52; exponent <= Double.MAX_EXPONENT; exponent++) {
            double power = Math.scalb(1.0, exponent);
            values.addAll(List.of(power, Math.nextUp(power), Math.nextDown(power), -power));
        }
        for (int exponent = -323; exponent <= 308; exponent++) {
            double power = Double.parseDouble("1e" + exponent);
            values.addAll(List.of(power, Math.nextUp(power), Math.nextDown(power)));
        }
        for (long bits = 0; bits < 5_000; bits++) {
            values.add(Double.longBitsToDouble(bits));
        }
        values.addAll(
                List.of(0.0, -0.0, Double.MIN_VALUE, Double.MIN_NORMAL, Double.MAX_VALUE, 2e23, 9007199254740993.0));
        return values;
    }
}
