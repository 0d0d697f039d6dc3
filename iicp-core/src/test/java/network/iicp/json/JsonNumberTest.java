package network.iicp.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import network.iicp.json.JsonException.Reason;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class JsonNumberTest {

    private static final long SEED = 754;

    @ParameterizedTest
    @ValueSource(
            strings = {"0", "-0", "7", "10", "-12", "0.0", "1.50", "-0.001", "1e5", "1E5", "1e+05", "1.5E-0", "0e0"})
    void json_notation_is_kept_as_written(String token) {
        assertThat(JsonNumber.of(token).token()).isEqualTo(token);
        assertThat(JsonNumber.of(token)).hasToString(token);
        assertThat(Json.parse(token, JsonLimits.DEFAULT)).isEqualTo(JsonNumber.of(token));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "-",
                "+1",
                "01",
                "-01",
                "00",
                "1.",
                ".1",
                "-.1",
                "1e",
                "1e+",
                "1e-",
                "e1",
                "1.e1",
                "1 ",
                " 1",
                "1,0",
                "0x1",
                "1f",
                "1L",
                "NaN",
                "Infinity",
                "--1",
                "1-",
                "1e1.5",
                "1.1.1",
                "1ee1",
                "١",
                "１",
                "1\n",
                "1\u0000"
            })
    void anything_else_is_malformed(String text) {
        assertThatThrownBy(() -> JsonNumber.of(text))
                .isInstanceOfSatisfying(
                        JsonException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MALFORMED));
    }

    @Test
    void very_long_text_is_too_large() {
        assertThat(JsonNumber.of("1".repeat(1_000)).isIntegral()).isTrue();
        assertThatThrownBy(() -> JsonNumber.of("1".repeat(1_001)))
                .isInstanceOfSatisfying(
                        JsonException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOO_LARGE));
    }

    @ParameterizedTest
    @CsvSource({
        "0, true",
        "-0, true",
        "5, true",
        "5.0, true",
        "5e0, true",
        "5.50e1, true",
        "5.5e2, true",
        "500e-2, true",
        "0.0, true",
        "0e-5, true",
        "0.000e-999999999, true",
        "1e999999999, true",
        "1e99999999999999999999, true",
        "5.5, false",
        "5e-1, false",
        "505e-2, false",
        "0.1, false",
        "1e-999999999, false",
        "5.55e1, false",
        "1.0000000000000000000000001, false",
        "-2.5, false"
    })
    void whole_numbers_are_known_however_they_are_written(String token, boolean integral) {
        assertThat(JsonNumber.of(token).isIntegral()).isEqualTo(integral);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "-0, 0",
        "7, 7",
        "-7, -7",
        "1.0, 1",
        "1e3, 1000",
        "12.5e1, 125",
        "1000e-3, 1",
        "0e999999999, 0",
        "-0e99999999999999999999, 0",
        "0.000e-99999999999999999999, 0",
        "999999999999999999, 999999999999999999",
        "1000000000000000000, 1000000000000000000",
        "9223372036854775807, 9223372036854775807",
        "-9223372036854775808, -9223372036854775808",
        "9.223372036854775807e18, 9223372036854775807",
        "92233720368547758070e-1, 9223372036854775807",
        "9223372036854775807.000, 9223372036854775807"
    })
    void exact_longs_are_read_exactly(String token, long value) {
        assertThat(JsonNumber.of(token).longValueExact()).isEqualTo(value);
        assertThat(JsonNumber.of(token).longValue()).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource({
        "0.5, WRONG_TYPE",
        "1e-1, WRONG_TYPE",
        "1e-999999999, WRONG_TYPE",
        "-1.1, WRONG_TYPE",
        "9223372036854775808, OUT_OF_RANGE",
        "-9223372036854775809, OUT_OF_RANGE",
        "1e19, OUT_OF_RANGE",
        "1e999999999, OUT_OF_RANGE",
        "-1e999999999, OUT_OF_RANGE",
        "1e99999999999999999999999, OUT_OF_RANGE"
    })
    void what_is_no_long_is_refused(String token, Reason reason) {
        assertThatThrownBy(() -> JsonNumber.of(token).longValueExact())
                .isInstanceOfSatisfying(JsonException.class, e -> {
                    assertThat(e.reason()).isEqualTo(reason);
                    assertThat(e.getMessage()).doesNotContain(token);
                });
    }

    @ParameterizedTest
    @CsvSource({
        "1.9, 1, 1",
        "-1.9, -1, -1",
        "0.9999, 0, 0",
        "-0.9999, 0, 0",
        "1e-999999999, 0, 0",
        "2147483648, 2147483648, 2147483647",
        "-2147483649, -2147483649, -2147483648",
        "9007199254740993.5, 9007199254740993, 2147483647",
        "9223372036854775807.5, 9223372036854775807, 2147483647",
        "9223372036854775808, 9223372036854775807, 2147483647",
        "-9223372036854775809.5, -9223372036854775808, -2147483648",
        "1e19, 9223372036854775807, 2147483647",
        "1e999999999, 9223372036854775807, 2147483647",
        "-1e999999999, -9223372036854775808, -2147483648",
        "1e99999999999999999999, 9223372036854775807, 2147483647",
        "0e99999999999999999999, 0, 0"
    })
    void narrowing_cuts_fractions_and_stops_at_the_ends_of_the_range(String token, long asLong, int asInt) {
        assertThat(JsonNumber.of(token).longValue()).isEqualTo(asLong);
        assertThat(JsonNumber.of(token).intValue()).isEqualTo(asInt);
    }

    @ParameterizedTest
    @CsvSource({
        "1.50, 1.50",
        "1e3, 1E+3",
        "-0.001, -0.001",
        "0e5, 0",
        "-0.000, 0",
        "0e999999999999, 0",
        "1e1000, 1E+1000",
        "1e-1000, 1E-1000",
        "1e00000000000000000007, 1E+7",
        "1E-0000000000000000000003, 0.001"
    })
    void big_decimals_are_exact(String token, String value) {
        assertThat(JsonNumber.of(token).bigDecimalValue()).isEqualTo(new BigDecimal(value));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e1001",
                "1e-1001",
                "10e1000",
                "1e999999999",
                "1e-999999999",
                "-1e2147483648",
                "1e99999999999999999999"
            })
    void big_decimals_with_absurd_exponents_are_refused(String token) {
        assertThatThrownBy(() -> JsonNumber.of(token).bigDecimalValue())
                .isInstanceOfSatisfying(
                        JsonException.class, e -> assertThat(e.reason()).isEqualTo(Reason.OUT_OF_RANGE));
    }

    @Test
    void an_absurd_exponent_costs_neither_time_nor_memory_anywhere() {
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            for (String token : List.of("1e999999999", "-1e999999999", "1e-999999999", "1e" + "9".repeat(998))) {
                JsonNumber number = JsonNumber.of(token);
                assertThat(number.doubleValue()).isIn(Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0.0);
                assertThat(number.floatValue()).isIn(Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0.0f);
                assertThat(number.longValue()).isIn(Long.MAX_VALUE, Long.MIN_VALUE, 0L);
                assertThat(number.intValue()).isIn(Integer.MAX_VALUE, Integer.MIN_VALUE, 0);
                assertThat(number.compareTo(JsonNumber.of("1"))).isNotZero();
                assertThat(number.compareTo(JsonNumber.of(token))).isZero();
                assertThatThrownBy(number::longValueExact).isInstanceOf(JsonException.class);
                assertThatThrownBy(number::bigDecimalValue).isInstanceOf(JsonException.class);
                assertThat(Json.text(number)).isEqualTo(token);
                assertThat(number.isIntegral()).isEqualTo(!token.contains("-9"));
            }
        });
    }

    @Test
    void order_is_by_value_and_equality_by_text() {
        List<String> ascending = List.of(
                "-1e99999999999999999999",
                "-1e999999999",
                "-1e20",
                "-100",
                "-99.5",
                "-1",
                "-0.5",
                "-1e-999999999",
                "0",
                "1e-99999999999999999999",
                "1e-999999999",
                "0.05",
                "0.1",
                "0.10000000000000000001",
                "1",
                "1.5",
                "2",
                "10",
                "99.5",
                "1e2",
                "101",
                "123456789012345678",
                "1e18",
                "123456789012345678901234567890",
                "1e999999999",
                "9e999999999",
                "1e1000000000",
                "1e99999999999999999999");
        for (int i = 0; i < ascending.size(); i++) {
            for (int j = 0; j < ascending.size(); j++) {
                assertThat(Integer.signum(JsonNumber.of(ascending.get(i)).compareTo(JsonNumber.of(ascending.get(j)))))
                        .as("%s <=> %s", ascending.get(i), ascending.get(j))
                        .isEqualTo(Integer.compare(i, j));
            }
        }
        for (String one : List.of("1", "1.0", "1e0", "10e-1", "0.1e1", "100E-2")) {
            assertThat(JsonNumber.of(one)).isEqualByComparingTo(JsonNumber.of("1.000"));
            assertThat(JsonNumber.of(one)).isNotEqualTo(JsonNumber.of("1.000"));
        }
        assertThat(JsonNumber.of("-0")).isEqualByComparingTo(JsonNumber.of("0e7"));
        assertThat(JsonNumber.of("12")).isEqualTo(JsonNumber.of("12")).hasSameHashCodeAs(JsonNumber.of("12"));
        assertThat(JsonNumber.of("12")).isNotEqualTo(12).isNotEqualTo("12");
    }

    @Test
    void random_numbers_convert_as_the_jdk_converts_them() {
        var random = new SplittableRandom(SEED);
        for (int i = 0; i < 30_000; i++) {
            String token = token(random);
            JsonNumber number = JsonNumber.of(token);
            var exact = new BigDecimal(token);

            assertThat(number.doubleValue()).as(token).isEqualTo(Double.parseDouble(token));
            assertThat(number.floatValue()).as(token).isEqualTo(Float.parseFloat(token));
            assertThat(number.bigDecimalValue()).as(token).isEqualByComparingTo(exact);
            assertThat(number.isIntegral()).as(token).isEqualTo(isWhole(exact));
            BigInteger clamped = exact.toBigInteger()
                    .min(BigInteger.valueOf(Long.MAX_VALUE))
                    .max(BigInteger.valueOf(Long.MIN_VALUE));
            assertThat(number.longValue()).as(token).isEqualTo(clamped.longValueExact());
        }
    }

    @Test
    void random_numbers_are_ordered_as_big_decimals_are() {
        var random = new SplittableRandom(SEED);
        var tokens = new ArrayList<String>();
        for (int i = 0; i < 300; i++) {
            tokens.add(token(random));
        }
        for (String left : tokens) {
            for (String right : tokens) {
                assertThat(Integer.signum(JsonNumber.of(left).compareTo(JsonNumber.of(right))))
                        .as("%s <=> %s", left, right)
                        .isEqualTo(new BigDecimal(left).compareTo(new BigDecimal(right)));
            }
        }
    }

    @Test
    void a_number_survives_java_serialization() throws IOException, ClassNotFoundException {
        var sink = new ByteArrayOutputStream();
        try (var out = new ObjectOutputStream(sink)) {
            out.writeObject(JsonNumber.of("1.50"));
        }
        try (var in = new ObjectInputStream(new ByteArrayInputStream(sink.toByteArray()))) {
            assertThat(in.readObject()).isEqualTo(JsonNumber.of("1.50"));
        }
    }

    private static boolean isWhole(BigDecimal value) {
        return value.signum() == 0 || value.stripTrailingZeros().scale() <= 0;
    }

    private static String token(SplittableRandom random) {
        var token = new StringBuilder(random.nextBoolean() ? "-" : "");
        token.append(random.nextInt(4) == 0 ? "0" : digits(random, random.nextInt(1, 22), true));
        if (random.nextBoolean()) {
            token.append('.').append(digits(random, random.nextInt(1, 22), false));
        }
        if (random.nextBoolean()) {
            token.append(random.nextBoolean() ? "e" : "E");
            token.append(new String[] {"", "+", "-"}[random.nextInt(3)]);
            token.append(random.nextInt(random.nextBoolean() ? 25 : 340));
        }
        return token.toString();
    }

    private static String digits(SplittableRandom random, int count, boolean leading) {
        var digits = new StringBuilder(count);
        for (int i = 0; i < count; i++) {
            boolean zero = random.nextInt(3) == 0 && !(leading && i == 0);
            digits.append(zero ? 0 : random.nextInt(1, 10));
        }
        return digits.toString();
    }
}
