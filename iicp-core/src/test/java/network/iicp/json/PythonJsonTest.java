package network.iicp.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The expected texts and hashes were printed by Python 3.11. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PythonJsonTest {

    static Stream<Arguments> vectors() {
        return Stream.of(
                Arguments.of(
                        "{\"b\":1,\"a\":[true,false,null,\"x\"]}",
                        "{\"a\":[true,false,null,\"x\"],\"b\":1}",
                        "9e69781ffa33b4ed4633de1bc270e14b33dacd5c78337ff6ec17baa337fe27e5"),
                Arguments.of(
                        "{\"text\":\"h\u00e9llo \u2615 \ud83d\ude00\"}",
                        "{\"text\":\"h\\u00e9llo \\u2615 \\ud83d\\ude00\"}",
                        "f66347eafcbb43584bf4c215827fd8b40a9ea410dc03ef0f6b262d614bd73f65"),
                Arguments.of(
                        "{\"\ud83d\ude00\":1,\"\ufffd\":2,\"\u00e9\":3,\"z\":4}",
                        "{\"z\":4,\"\\u00e9\":3,\"\\ufffd\":2,\"\\ud83d\\ude00\":1}",
                        "49510a2866521eb3cdb3b1ea8759fc0a9c6caada64ce63d8ac0a07fe18b1a8ae"),
                Arguments.of(
                        "{\"q\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f\\u0080\"}",
                        "{\"q\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f\\u0080\"}",
                        "224cc3b702d0e18e2f853b6ce860bbbfbedf96cc55dca8736bbadb20568b22e3"),
                Arguments.of(
                        "[0,-0,-0.0,0.0,12345678901234567890,1e22,1.5e300,5e-324,2.50,100.0e-2]",
                        "[0,0,-0.0,0.0,12345678901234567890,1e+22,1.5e+300,5e-324,2.5,1.0]",
                        "5d58d6d899154d95a0ed0483d75e3e7d69b2d5dd3d8c307c395ecccad3a42d6d"),
                Arguments.of(
                        "{\"choices\":[{\"message\":{\"content\":\"\u00fc\",\"role\":\"assistant\"}}],\"usage\":{\"total_tokens\":150}}",
                        "{\"choices\":[{\"message\":{\"content\":\"\\u00fc\",\"role\":\"assistant\"}}],\"usage\":{\"total_tokens\":150}}",
                        "40b8b76e42074fe81b3c62868d1599d0c6d8abcfb7eab48b14e17364d80c693a"),
                Arguments.of(
                        "{\"a\":{\"d\":[],\"c\":{}},\"A\":\"\"}",
                        "{\"A\":\"\",\"a\":{\"c\":{},\"d\":[]}}",
                        "5e3c3a249f78aacc72b5736e7eeeeb38896e9d72eb6a1b4aecd1aa8cf8f68022"),
                Arguments.of(
                        "\"plain\"", "\"plain\"", "945603a8f587786b463c3f94fce115c0fae88fac2728cc96ddf5981cf7f61741"),
                Arguments.of("7", "7", "7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451"),
                Arguments.of("null", "null", "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b"));
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void the_form_and_its_hash_are_those_of_Python(String json, String expected, String sha256) throws Exception {
        byte[] written = PythonJson.canonical(Json.parse(json, JsonLimits.DEFAULT));

        assertThat(new String(written, UTF_8)).isEqualTo(expected);
        assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(written)))
                .isEqualTo(sha256);
    }

    @ParameterizedTest
    @CsvSource({
        "1.0, 1.0",
        "0.1, 0.1",
        "1e-05, 1e-05",
        "0.0001, 0.0001",
        "1e16, 1e+16",
        "1e15, 1000000000000000.0",
        "9999999999999998.0, 9999999999999998.0",
        "123456789.123, 123456789.123",
        "2.50, 2.5",
        "100.0e-2, 1.0",
        "5e-324, 5e-324",
        "1.7976931348623157e308, 1.7976931348623157e+308",
        "1E400, Infinity",
        "-1E400, -Infinity",
        "-0.0, -0.0",
        "-1.5e-7, -1.5e-07",
        "0.1e1, 1.0",
        "1e2, 100.0"
    })
    void numbers_with_fraction_or_exponent_are_printed_as_Python_does(String written, String expected) {
        Object value = Json.parse("[" + written + "]", JsonLimits.DEFAULT);

        assertThat(new String(PythonJson.canonical(value), UTF_8)).isEqualTo("[" + expected + "]");
    }

    @Test
    void plain_Java_values_are_written_as_they_travel() {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("score", 0.5);
        value.put("count", 3);
        value.put("list", List.of(1.0f, 2L));

        assertThat(new String(PythonJson.canonical(value), UTF_8))
                .isEqualTo("{\"count\":3,\"list\":[1.0,2],\"score\":0.5}");
    }
}
