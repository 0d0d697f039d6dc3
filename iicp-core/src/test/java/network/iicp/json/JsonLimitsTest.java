package network.iicp.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import network.iicp.json.JsonException.Reason;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class JsonLimitsTest {

    private static final JsonLimits LIMITS = JsonLimits.DEFAULT;

    @Nested
    class When_a_document_is_at_a_limit {

        @Test
        void its_bytes_are_counted() {
            JsonLimits limits = LIMITS.withMaxBytes(8);
            assertThat(Json.parse("\"123456\"", limits)).isEqualTo("123456");
            assertThat(Json.parse("\"ééé\"", limits)).isEqualTo("ééé");
            refused("\"1234567\"", limits, Reason.TOO_LARGE, "", "9 bytes exceeds the limit of 8");
            refused("\"éééé\"", limits, Reason.TOO_LARGE, "", "10 bytes exceeds the limit of 8");
        }

        @Test
        void its_depth_is_counted() {
            JsonLimits limits = LIMITS.withMaxDepth(2);
            assertThat(Json.parse("[[1],{\"a\":1}]", limits)).isInstanceOf(List.class);
            refused("[[],[[]]]", limits, Reason.TOO_DEEP, "$[1][0]", "deeper than 2 levels");
            refused("{\"a\":[{}]}", limits, Reason.TOO_DEEP, "$.a[0]", "deeper than 2 levels");
        }

        @Test
        void its_strings_are_measured_in_utf16_characters() {
            JsonLimits limits = LIMITS.withMaxStringLength(4);
            assertThat(Json.parse("[\"abcd\",\"\\u0061\\u0061\\u0061\\u0061\",\"\uD83D\uDE00\uD83D\uDE00\"]", limits))
                    .isEqualTo(List.of("abcd", "aaaa", "\uD83D\uDE00\uD83D\uDE00"));
            refused("{\"a\":[1,\"abcde\"]}", limits, Reason.TOO_LARGE, "$.a[1]", "length 5 exceeds the limit of 4");
        }

        @Test
        void its_numbers_are_measured_in_characters() {
            JsonLimits limits = LIMITS.withMaxNumberLength(5);
            assertThat(Json.text(Json.parse("[12345,-1234,1.2e3]", limits))).isEqualTo("[12345,-1234,1.2e3]");
            refused("[123456]", limits, Reason.TOO_LARGE, "$[0]", "length 6 exceeds the limit of 5");
            refused("{\"a\":-1.2e3}", limits, Reason.TOO_LARGE, "$.a", "length 6 exceeds the limit of 5");
        }

        @Test
        void its_values_are_counted() {
            JsonLimits limits = LIMITS.withMaxValues(4);
            assertThat(Json.parse("{\"a\":[1,2]}", limits)).isEqualTo(Map.of("a", numbers("1", "2")));
            refused("{\"a\":[1,2,3]}", limits, Reason.TOO_MANY_VALUES, "", "more than 4 values");
            refused("[[],[],[],[]]", limits, Reason.TOO_MANY_VALUES, "", "more than 4 values");
        }

        @Test
        void its_names_are_measured_in_bytes() {
            for (String piece : List.of("a", "é", "€", "\uD83D\uDE00")) {
                int fits = JsonLimits.MAX_NAME_LENGTH / piece.getBytes(UTF_8).length;
                String name = piece.repeat(fits);
                assertThat(Json.parseObject("{\"" + name + "\":1}", LIMITS)).containsOnlyKeys(name);
                refused("{\"" + name + piece + "\":1}", LIMITS, Reason.TOO_LARGE, null, "exceeds");
            }
            refused("{\"" + "\\u0001".repeat(1_025) + "\":1}", LIMITS, Reason.TOO_LARGE, null, "exceeds");
            refused("{\"" + "a".repeat(100_000) + "\":1}", LIMITS, Reason.TOO_LARGE, null, "exceeds");
        }

        @Test
        void the_highest_depth_works_and_the_next_does_not() {
            JsonLimits limits = LIMITS.withMaxDepth(JsonLimits.MAX_DEPTH);
            String deepest = "[".repeat(JsonLimits.MAX_DEPTH) + "]".repeat(JsonLimits.MAX_DEPTH);
            Object value = Json.parse(deepest, limits);
            assertThat(Json.text(value)).isEqualTo(deepest);
            assertThat(Json.canonical(value)).asString(UTF_8).isEqualTo(deepest);
            assertThat(Json.pretty(value)).hasLineCount(2 * JsonLimits.MAX_DEPTH - 1);

            refused("[" + deepest + "]", limits, Reason.TOO_DEEP, null, "deeper than 1000 levels");
            assertThatThrownBy(() -> Json.text(List.of(value == null ? "" : value)))
                    .isInstanceOfSatisfying(
                            JsonException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOO_DEEP));
        }
    }

    @Nested
    class When_a_document_is_a_bomb {

        @ParameterizedTest
        @ValueSource(strings = {"[", "{\"a\":", "[{\"a\":[", "[[],", "[1,", "{\"a\":{},\"b\":"})
        void depth_is_refused_at_the_limit_and_not_at_the_end(String opening) {
            String bomb = opening.repeat(100_000);
            refused(bomb, LIMITS.withMaxBytes(1 << 22), Reason.TOO_DEEP, null, "deeper than 64 levels");
        }

        @Test
        void the_path_of_a_deep_place_stays_short() {
            String name = "n".repeat(1_000);
            String bomb = ("{\"" + name + "\":").repeat(100);
            assertThatThrownBy(() -> Json.parse(bomb, LIMITS))
                    .isInstanceOfSatisfying(
                            JsonException.class, e -> assertThat(e.path()).hasSizeLessThanOrEqualTo(513));
        }

        @Test
        void a_huge_string_is_fine_if_allowed_and_refused_if_not() {
            String huge = "x".repeat(8 << 20);
            JsonLimits wide = LIMITS.withMaxBytes(9 << 20).withMaxStringLength(8 << 20);
            assertThat(Json.parse('"' + huge + '"', wide)).isEqualTo(huge);
            refused('"' + huge + '"', LIMITS, Reason.TOO_LARGE, "", "exceeds the limit");
            refused('"' + huge + '"', LIMITS.withMaxBytes(9 << 20), Reason.TOO_LARGE, "$", "a string of length");
        }

        @Test
        void a_huge_number_is_refused() {
            for (String number :
                    List.of("9".repeat(1_000_000), "0." + "1".repeat(900_000), "1e" + "9".repeat(500_000))) {
                refused("[" + number + "]", LIMITS, Reason.TOO_LARGE, null, "a number");
            }
        }

        @Test
        void many_small_values_are_refused() {
            refused("[" + "0,".repeat(500_000) + "0]", LIMITS, Reason.TOO_MANY_VALUES, "", "more than 200000 values");
            refused("[" + "{},".repeat(300_000) + "0]", LIMITS, Reason.TOO_MANY_VALUES, "", "more than 200000 values");
        }

        @Test
        void an_unfinished_document_is_told_from_a_wrong_one() {
            for (String cut : List.of("[1", "{\"a\"", "{\"a\":", "\"abc", "[\"a\\", "tru", "[nul", "-")) {
                assertThatThrownBy(() -> Json.parse(cut, LIMITS)).isInstanceOf(JsonException.class);
            }
            refused("[1,2", LIMITS, Reason.MALFORMED, "", "ends too early, after 4 bytes");
        }

        @Test
        void ten_thousand_names_with_one_hash_do_not_stall_the_reader() {
            // "Aa" and "BB" have the same String.hashCode, and so has every sequence of them.
            var document = new StringBuilder("{");
            for (int i = 0; i < 1 << 13; i++) {
                document.append(i == 0 ? "\"" : ",\"");
                for (int bit = 0; bit < 13; bit++) {
                    document.append((i >> bit & 1) == 0 ? "Aa" : "BB");
                }
                document.append("\":0");
            }
            assertThat(Json.parseObject(document.append('}').toString(), LIMITS))
                    .hasSize(1 << 13);
        }
    }

    @Nested
    class When_limits_are_made {

        @Test
        void each_has_its_range() {
            for (int wrong : List.of(0, -1, Integer.MIN_VALUE)) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> LIMITS.withMaxBytes(wrong))
                        .withMessage("maxBytes must be 1 to 2147483647, is " + wrong);
                assertThatIllegalArgumentException().isThrownBy(() -> LIMITS.withMaxDepth(wrong));
                assertThatIllegalArgumentException().isThrownBy(() -> LIMITS.withMaxStringLength(wrong));
                assertThatIllegalArgumentException().isThrownBy(() -> LIMITS.withMaxNumberLength(wrong));
                assertThatIllegalArgumentException().isThrownBy(() -> LIMITS.withMaxValues(wrong));
            }
            assertThatIllegalArgumentException().isThrownBy(() -> LIMITS.withMaxDepth(1_001));
            assertThatIllegalArgumentException().isThrownBy(() -> LIMITS.withMaxNumberLength(1_001));
        }

        @Test
        void each_can_be_changed_alone() {
            assertThat(LIMITS.withMaxBytes(1)
                            .withMaxDepth(2)
                            .withMaxStringLength(3)
                            .withMaxNumberLength(4)
                            .withMaxValues(5))
                    .isEqualTo(new JsonLimits(1, 2, 3, 4, 5));
            assertThat(LIMITS).isEqualTo(new JsonLimits(1_048_576, 64, 1_048_576, 128, 200_000));
        }
    }

    private static List<JsonNumber> numbers(String... tokens) {
        return Arrays.stream(tokens).map(JsonNumber::of).toList();
    }

    /** @param path where; {@code "$"} is the value itself, empty no place, null any */
    private static void refused(String text, JsonLimits limits, Reason reason, @Nullable String path, String message) {
        assertThatThrownBy(() -> Json.parse(text, limits)).isInstanceOfSatisfying(JsonException.class, e -> {
            assertThat(e.reason()).isEqualTo(reason);
            assertThat(e.getMessage()).contains(message).hasSizeLessThan(700);
            if (path != null) {
                assertThat(e.path()).isEqualTo(path);
            }
        });
    }
}
