package network.iicp.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.json.JsonException.Reason;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class JsonTest {

    private static final JsonLimits LIMITS = JsonLimits.DEFAULT;

    @Nested
    class When_a_document_is_read {

        @Test
        void every_type_becomes_its_plain_java_value() {
            Map<String, Object> object = Json.parseObject(
                    " {\"s\":\"x\",\"n\":1.50,\"t\":true,\"f\":false,\"z\":null,\"a\":[1,[],{}],\"o\":{\"k\":\"v\"}}\r\n\t",
                    LIMITS);

            var expected = new LinkedHashMap<String, Object>();
            expected.put("s", "x");
            expected.put("n", JsonNumber.of("1.50"));
            expected.put("t", true);
            expected.put("f", false);
            expected.put("z", null);
            expected.put("a", List.of(JsonNumber.of("1"), List.of(), Map.of()));
            expected.put("o", Map.of("k", "v"));
            assertThat(object).isEqualTo(expected);
            assertThat(object.keySet()).containsExactly("s", "n", "t", "f", "z", "a", "o");
        }

        @Test
        void scalars_are_documents_too() {
            assertThat(Json.parse("null", LIMITS)).isNull();
            assertThat(Json.parse("\"\"", LIMITS)).isEqualTo("");
            assertThat(Json.parse("-0", LIMITS)).isEqualTo(JsonNumber.of("-0"));
            assertThat(Json.parse("true", LIMITS)).isEqualTo(true);
        }

        @Test
        void maps_and_lists_belong_to_the_caller() {
            Map<String, Object> object = Json.parseObject("{\"a\":[]}", LIMITS);

            object.put("b", 1);

            assertThat(Json.text(object)).isEqualTo("{\"a\":[],\"b\":1}");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    " ",
                    "\n",
                    "{",
                    "}",
                    "[",
                    "]",
                    "[1,]",
                    "{\"a\":1,}",
                    "{,}",
                    "[,1]",
                    "[1 2]",
                    "{\"a\" 1}",
                    "{\"a\":}",
                    "{a:1}",
                    "{'a':1}",
                    "{1:1}",
                    "{null:1}",
                    "\"",
                    "\"a",
                    "\"\\\"",
                    "\"\\x\"",
                    "\"\\u12\"",
                    "\"\\u12g4\"",
                    "\"a\nb\"",
                    "\"a\tb\"",
                    "\"\u0000\"",
                    "tru",
                    "truee",
                    "True",
                    "nul",
                    "nulll",
                    "NaN",
                    "-NaN",
                    "Infinity",
                    "-Infinity",
                    "+1",
                    "-",
                    "--1",
                    "01",
                    "-01",
                    "00",
                    "1.",
                    ".5",
                    "-.5",
                    "1.e3",
                    "1e",
                    "1e+",
                    "0x10",
                    "1_000",
                    "1f",
                    "1a",
                    "// c\n1",
                    "/* c */1",
                    "1 // c",
                    "# c\n1",
                    "[1]//",
                    "undefined",
                    "'a'",
                    "1 1",
                    "{} {}",
                    "[] ]",
                    "null,",
                    "\"a\" b",
                    "1;",
                    "\u00a01",
                    "\u20281",
                    "\f1",
                    "\u000b1"
                })
        void anything_but_one_value_in_strict_syntax_is_malformed(String text) {
            assertThat(reasonOf(text)).isEqualTo(Reason.MALFORMED);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {"{\"a\":1,\"a\":1}", "[{\"x\":{\"b\":1,\"a\":null,\"\\u0061\":null}}]", "{\"\":1,\"\":2}"})
        void repeated_names_are_malformed_however_they_are_escaped(String text) {
            assertThatThrownBy(() -> Json.parse(text, LIMITS)).isInstanceOfSatisfying(JsonException.class, e -> {
                assertThat(e.reason()).isEqualTo(Reason.MALFORMED);
                assertThat(e).hasMessageContaining("repeated");
            });
        }

        @Test
        void the_same_name_in_different_objects_is_fine() {
            assertThat(Json.text(Json.parse("[{\"a\":1},{\"a\":{\"a\":2}}]", LIMITS)))
                    .isEqualTo("[{\"a\":1},{\"a\":{\"a\":2}}]");
        }

        @Test
        void only_an_object_is_an_object() {
            for (String text : List.of("[]", "1", "\"a\"", "true", "null")) {
                assertThatThrownBy(() -> Json.parseObject(text, LIMITS))
                        .isInstanceOfSatisfying(JsonException.class, e -> {
                            assertThat(e.reason()).isEqualTo(Reason.NOT_AN_OBJECT);
                            assertThat(e.path()).isEqualTo("$");
                        });
                assertThatThrownBy(() -> Json.parseObject(text.getBytes(UTF_8), LIMITS))
                        .isInstanceOf(JsonException.class);
            }
        }

        @Test
        void a_syntax_error_is_located_and_not_quoted() {
            assertThatThrownBy(() -> Json.parse("{\"prompt\":\"ok\",\"x\":hunter2}", LIMITS))
                    .hasMessageMatching("not JSON at byte \\d+")
                    .hasNoCause();
        }
    }

    @Nested
    class When_the_encoding_is_wrong {

        @ParameterizedTest
        @CsvSource({
            "22 80 22, 1", // a tail without a lead
            "22 c3 22, 1", // cut short
            "22 c0 80 22, 1", // overlong NUL
            "22 c1 bf 22, 1",
            "22 e0 80 80 22, 1",
            "22 e0 9f bf 22, 1",
            "22 ed a0 80 22, 1", // an encoded surrogate
            "22 ed bf bf 22, 1",
            "22 e2 82 22, 1",
            "22 f0 80 80 80 22, 1",
            "22 f0 8f bf bf 22, 1",
            "22 f4 90 80 80 22, 1", // past U+10FFFF
            "22 f5 80 80 80 22, 1",
            "22 f0 9f 98 22, 1",
            "22 ff 22, 1",
            "22 fe ff 22, 1",
            "22 61 61 61 61 61 61 61 61 61 61 61 c3, 12",
            "7b 22 c0 22 3a 31 7d, 2"
        })
        void bytes_that_are_not_utf8_are_malformed(String hex, int at) {
            assertThatThrownBy(() -> Json.parse(bytes(hex), LIMITS))
                    .isInstanceOfSatisfying(
                            JsonException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MALFORMED))
                    .hasMessage("not UTF-8 at byte " + at);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "ef bb bf 31", // UTF-8
                    "ef bb bf",
                    "fe ff 00 31", // UTF-16
                    "ff fe 31 00",
                    "00 31",
                    "31 00",
                    "00 00 00 31", // UTF-32
                    "31 00 00 00",
                    "00 00 fe ff 00 00 00 31",
                    "00 5b 00 31 00 5d",
                    "5b 00 31 00 5d 00"
                })
        void byte_order_marks_and_other_encodings_are_malformed(String hex) {
            assertThatThrownBy(() -> Json.parse(bytes(hex), LIMITS))
                    .isInstanceOfSatisfying(
                            JsonException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MALFORMED));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "\"\\ud83d\"",
                    "\"\\ude00\"",
                    "\"\\ude00\\ud83d\"",
                    "\"\\ud83dx\"",
                    "\"\\ud83d\\n\"",
                    "\"\\ud83d\\ud83d\\ude00\"",
                    "{\"\\ud83d\":1}",
                    "{\"\\uDE00\":1}"
                })
        void escapes_for_half_a_character_are_malformed(String text) {
            assertThat(reasonOf(text)).isEqualTo(Reason.MALFORMED);
        }

        @Test
        void a_string_with_half_a_character_is_malformed() {
            assertThat(reasonOf("\"\ud83d\"")).isEqualTo(Reason.MALFORMED);
        }

        @Test
        void a_byte_order_mark_inside_a_string_is_a_character() {
            assertThat(Json.parse("\"\uFEFF\"", LIMITS)).isEqualTo("\uFEFF");
        }
    }

    @Nested
    class When_a_value_is_written {

        @Test
        void the_compact_form_has_no_white_space() {
            assertThat(Json.text(sample())).isEqualTo("{\"a\":[1,\"x\",null,[],{}],\"b\":{\"c\":true}}");
            assertThat(Json.bytes(sample())).isEqualTo(Json.text(sample()).getBytes(UTF_8));
        }

        @Test
        void the_pretty_form_is_indented_by_two() {
            assertThat(Json.pretty(sample())).isEqualTo("""
                            {
                              "a": [
                                1,
                                "x",
                                null,
                                [],
                                {}
                              ],
                              "b": {
                                "c": true
                              }
                            }""");
            assertThat(Json.pretty(List.of())).isEqualTo("[]");
        }

        @Test
        void numbers_keep_their_text() {
            String text = "[1.0,1e0,-0,-0.0,0.10,1E+2,123456789012345678901234567890,1e999999999,5e-324]";
            assertThat(Json.text(Json.parse(text, LIMITS))).isEqualTo(text);
        }

        @Test
        void java_numbers_become_the_shortest_text_that_reads_back() {
            List<Object> numbers = List.of(
                    1, -2L, (short) 3, (byte) 4, new BigInteger("12345678901234567890"), new BigDecimal("1.50"));
            assertThat(Json.text(numbers)).isEqualTo("[1,-2,3,4,12345678901234567890,1.50]");
            // 2^-44: Java 17 itself prints one digit too many.
            assertThat(Json.text(List.of(0.1, 2.0, -0.0, 1e23, 2e-3, 0x1.0p-44, 0.1f)))
                    .isEqualTo("[0.1,2.0,-0.0,1.0E23,0.002,5.684341886080802E-14,0.1]");
            assertThat(Json.text(List.of(Long.MIN_VALUE, Long.MAX_VALUE, Integer.MIN_VALUE, new BigDecimal("1E+3"))))
                    .isEqualTo("[-9223372036854775808,9223372036854775807,-2147483648,1E+3]");
        }

        @Test
        void only_what_must_be_escaped_is() {
            assertThat(Json.text("\b\t\n\f\r\"\\/\u0000\u001f\u007f\u2028é€\uD83D\uDE00"))
                    .isEqualTo("\"\\b\\t\\n\\f\\r\\\"\\\\/\\u0000\\u001f\u007f\u2028é€\uD83D\uDE00\"");
            assertThat(Json.bytes("\uD83D\uDE00")).isEqualTo(bytes("22 f0 9f 98 80 22"));
        }

        @Test
        void values_without_json_form_are_refused_with_place_and_class() {
            refused(
                    Map.of("a", List.of(1, new AtomicInteger())),
                    "$.a[1]",
                    "java.util.concurrent.atomic.AtomicInteger");
            refused(Map.of("a", Map.of("b", new Object())), "$.a.b", "java.lang.Object");
            refused(List.of(Double.NaN), "$[0]", "NaN");
            refused(Float.NEGATIVE_INFINITY, "$", "-Infinity");
            refused(Map.of("a", Map.of(1, 2)), "$.a", "java.lang.Integer");
            refused(List.of(Reason.MALFORMED), "$[0]", "Reason");
            refused(new StringBuilder("x"), "$", "StringBuilder");
            refused(new int[] {1}, "$", "[I");
            refused(Map.of("a", "x\ud83d"), "$.a", "half a character");
            refused(Map.of("x\ude00", 1), "$[\"x\uFFFD\"]", "half a character");
            var nullKey = new LinkedHashMap<String, Object>();
            nullKey.put(null, 1);
            refused(nullKey, "$", "null");
        }

        private void refused(Object value, String path, String named) {
            for (Runnable write : List.<Runnable>of(() -> Json.text(value), () -> Json.canonical(value))) {
                assertThatThrownBy(write::run).isInstanceOfSatisfying(JsonException.class, e -> {
                    assertThat(e.reason()).isEqualTo(Reason.UNREPRESENTABLE);
                    assertThat(e.path()).isEqualTo(path);
                    assertThat(e).hasMessageContaining(named);
                });
            }
        }

        @Test
        void a_value_that_contains_itself_is_refused() {
            var list = new ArrayList<Object>();
            list.add(list);
            list.add(list);
            assertThatThrownBy(() -> Json.bytes(list)).isInstanceOfSatisfying(JsonException.class, e -> {
                assertThat(e.reason()).isEqualTo(Reason.TOO_DEEP);
                assertThat(e.path()).hasSizeLessThan(600);
            });
        }

        private static Map<String, Object> sample() {
            var map = new LinkedHashMap<String, Object>();
            map.put("a", Arrays.asList(1, "x", null, List.of(), Map.of()));
            map.put("b", Map.of("c", true));
            return map;
        }
    }

    private static Reason reasonOf(String text) {
        try {
            Json.parse(text, LIMITS);
        } catch (JsonException e) {
            return e.reason();
        }
        throw new AssertionError("accepted: " + text);
    }

    static byte[] bytes(String hex) {
        String[] parts = hex.split(" ");
        var bytes = new byte[parts.length];
        for (int i = 0; i < parts.length; i++) {
            bytes[i] = (byte) Integer.parseInt(parts[i], 16);
        }
        return bytes;
    }
}
