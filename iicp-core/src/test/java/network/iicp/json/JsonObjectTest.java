package network.iicp.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import network.iicp.json.JsonException.Reason;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class JsonObjectTest {

    private final JsonObject json = object("""
            {"text":"x","empty":"","int":7,"float":7.0,"half":0.5,"long":5000000000,"huge":1e999,"big":99999999999999999999,
             "yes":true,"no":false,"none":null,"object":{"inner":{"deep":1}},"list":[1,null,"a"],
             "objects":[{"a":1},{"a":"x"}],"strings":["a","b"],"mixed":["a",1],"holes":["a",null],"things":[{},2]}""");

    @Nested
    class When_a_member_is_there {

        @Test
        void it_is_read_by_type() {
            assertThat(json.string("text")).isEqualTo("x");
            assertThat(json.string("empty", "default")).isEmpty();
            assertThat(json.optionalString("text")).contains("x");
            assertThat(json.integer("int")).isEqualTo(7);
            assertThat(json.optionalInt("int")).hasValue(7);
            assertThat(json.optionalLong("long")).hasValue(5_000_000_000L);
            assertThat(json.optionalDouble("half")).hasValue(0.5);
            assertThat(json.optionalDouble("int")).hasValue(7.0);
            assertThat(json.optionalBoolean("yes")).contains(true);
            assertThat(json.bool("no", true)).isFalse();
            assertThat(json.object("object").object("inner").integer("deep")).isEqualTo(1);
            assertThat(json.list("list")).isEqualTo(Arrays.asList(JsonNumber.of("1"), null, "a"));
            assertThat(json.objects("objects")).hasSize(2);
            assertThat(json.strings("strings")).containsExactly("a", "b");
            assertThat(json.raw("text")).isEqualTo("x");
            assertThat(json.has("text")).isTrue();
        }

        @Test
        void whole_numbers_may_be_written_as_floats() {
            assertThat(json.integer("float")).isEqualTo(7);
            assertThat(json.optionalLong("float")).hasValue(7);
        }

        @Test
        void numbers_of_maps_made_by_hand_are_read_alike() {
            JsonObject made = JsonObject.of(Map.of(
                    "i",
                    7,
                    "l",
                    7L,
                    "s",
                    (short) 7,
                    "b",
                    (byte) 7,
                    "d",
                    7.0,
                    "f",
                    7f,
                    "bi",
                    BigInteger.valueOf(7),
                    "bd",
                    new BigDecimal("7.00")));
            for (String name : made.names()) {
                assertThat(made.integer(name)).as(name).isEqualTo(7);
                assertThat(made.optionalLong(name)).as(name).hasValue(7);
                assertThat(made.optionalDouble(name)).as(name).hasValue(7.0);
            }
            JsonObject wrong = JsonObject.of(Map.of("nan", Double.NaN, "half", 0.5f, "big", BigInteger.TWO.pow(70)));
            refused(() -> wrong.integer("nan"), Reason.WRONG_TYPE, "$.nan");
            refused(() -> wrong.optionalDouble("nan"), Reason.OUT_OF_RANGE, "$.nan");
            refused(() -> wrong.integer("half"), Reason.WRONG_TYPE, "$.half");
            refused(() -> wrong.optionalLong("big"), Reason.OUT_OF_RANGE, "$.big");
        }
    }

    @Nested
    class When_a_member_is_absent_or_null {

        @Test
        void optional_readers_say_so() {
            for (String name : List.of("absent", "none")) {
                assertThat(json.has(name)).isFalse();
                assertThat(json.raw(name)).isNull();
                assertThat(json.optionalString(name)).isEmpty();
                assertThat(json.string(name, "default")).isEqualTo("default");
                assertThat(json.optionalInt(name)).isEqualTo(OptionalInt.empty());
                assertThat(json.optionalLong(name)).isEqualTo(OptionalLong.empty());
                assertThat(json.optionalDouble(name)).isEqualTo(OptionalDouble.empty());
                assertThat(json.optionalBoolean(name)).isEmpty();
                assertThat(json.bool(name, true)).isTrue();
                assertThat(json.optionalObject(name)).isEmpty();
                assertThat(json.optionalList(name)).isEmpty();
                assertThat(json.objects(name)).isEmpty();
                assertThat(json.strings(name)).isEmpty();
            }
        }

        @Test
        void required_readers_refuse_with_the_path() {
            for (String name : List.of("absent", "none")) {
                refused(() -> json.string(name), Reason.MISSING, "$." + name);
                refused(() -> json.integer(name), Reason.MISSING, "$." + name);
                refused(() -> json.object(name), Reason.MISSING, "$." + name);
                refused(() -> json.list(name), Reason.MISSING, "$." + name);
            }
            refused(() -> json.object("object").object("inner").string("x"), Reason.MISSING, "$.object.inner.x");
            refused(() -> json.objects("objects").get(1).string("b"), Reason.MISSING, "$.objects[1].b");
        }
    }

    @Nested
    class When_a_member_has_another_type {

        @Test
        void it_is_refused_and_never_converted() {
            refused(() -> json.string("int"), Reason.WRONG_TYPE, "$.int");
            refused(() -> json.string("int", "default"), Reason.WRONG_TYPE, "$.int");
            refused(() -> json.optionalString("list"), Reason.WRONG_TYPE, "$.list");
            refused(() -> json.integer("text"), Reason.WRONG_TYPE, "$.text");
            refused(() -> json.integer("yes"), Reason.WRONG_TYPE, "$.yes");
            refused(() -> json.integer("half"), Reason.WRONG_TYPE, "$.half");
            refused(() -> json.optionalLong("half"), Reason.WRONG_TYPE, "$.half");
            refused(() -> json.optionalDouble("text"), Reason.WRONG_TYPE, "$.text");
            refused(() -> json.optionalBoolean("int"), Reason.WRONG_TYPE, "$.int");
            refused(() -> json.bool("text", true), Reason.WRONG_TYPE, "$.text");
            refused(() -> json.object("list"), Reason.WRONG_TYPE, "$.list");
            refused(() -> json.list("object"), Reason.WRONG_TYPE, "$.object");
            refused(() -> json.optionalList("text"), Reason.WRONG_TYPE, "$.text");
        }

        @Test
        void a_wrong_element_is_named_by_its_place() {
            refused(() -> json.strings("mixed"), Reason.WRONG_TYPE, "$.mixed[1]");
            refused(() -> json.strings("holes"), Reason.WRONG_TYPE, "$.holes[1]");
            refused(() -> json.objects("things"), Reason.WRONG_TYPE, "$.things[1]");
            refused(() -> json.objects("objects").get(1).integer("a"), Reason.WRONG_TYPE, "$.objects[1].a");
        }

        @Test
        void the_message_names_the_types_and_not_the_value() {
            JsonObject secret = object("{\"token\":[\"hunter2\"],\"port\":\"hunter2\"}");
            assertThatThrownBy(() -> secret.string("token")).hasMessage("$.token: expected a string, found an array");
            assertThatThrownBy(() -> secret.integer("port"))
                    .hasMessage("$.port: expected a whole number, found a string");
            assertThatThrownBy(() -> json.integer("half")).hasMessage("$.half: the number is not a whole number");
            assertThat(secret).hasToString("JsonObject[$, 2 members]");
        }
    }

    @Test
    void numbers_out_of_range_are_refused() {
        refused(() -> json.integer("long"), Reason.OUT_OF_RANGE, "$.long");
        refused(() -> json.optionalInt("big"), Reason.OUT_OF_RANGE, "$.big");
        refused(() -> json.optionalLong("big"), Reason.OUT_OF_RANGE, "$.big");
        refused(() -> json.optionalLong("huge"), Reason.OUT_OF_RANGE, "$.huge");
        refused(() -> json.optionalDouble("huge"), Reason.OUT_OF_RANGE, "$.huge");
    }

    @Test
    void names_and_map_show_everything_and_cannot_be_changed() {
        JsonObject small = object("{\"b\":1,\"a\":null}");
        assertThat(small.names()).containsExactly("b", "a");
        assertThat(small.asMap()).containsEntry("a", null).hasSize(2);
        assertThatThrownBy(() -> small.asMap().clear()).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> small.names().clear()).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> json.list("list").clear()).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> json.strings("strings").clear()).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> json.objects("objects").clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void a_view_may_begin_anywhere() {
        JsonObject view = JsonObject.of(Map.of("a", Map.of()), "$.nodes[3]");
        assertThat(view.path()).isEqualTo("$.nodes[3]");
        assertThat(view.object("a").path()).isEqualTo("$.nodes[3].a");
        assertThat(view.fault("a", Reason.OUT_OF_RANGE, "must be 1 to 9"))
                .hasMessage("$.nodes[3].a: must be 1 to 9")
                .returns(Reason.OUT_OF_RANGE, JsonException::reason)
                .returns("$.nodes[3].a", JsonException::path);
    }

    @Test
    void a_member_named_by_the_sender_cannot_garble_a_message() {
        var members = new HashMap<String, Object>();
        String forged = "x\r\n2026-01-01 ERROR \u202Egnorw\u2028\u0000\ud83d";
        members.put(forged, 1);
        members.put("n".repeat(200), 1);
        members.put("a.b \"c\"", 1);
        members.put("", 1);
        JsonObject object = JsonObject.of(members);

        assertThatThrownBy(() -> object.string(forged))
                .hasMessage(
                        "$[\"x\uFFFD\uFFFD2026-01-01 ERROR \uFFFDgnorw\uFFFD\uFFFD\uFFFD\"]: expected a string, found a number");
        assertThatThrownBy(() -> object.string("n".repeat(200)))
                .hasMessage("$." + "n".repeat(63) + "\u2026: expected a string, found a number");
        assertThatThrownBy(() -> object.string("a.b \"c\"")).hasMessageStartingWith("$[\"a.b 'c'\"]:");
        assertThatThrownBy(() -> object.string("")).hasMessageStartingWith("$[\"\"]:");
        assertThatThrownBy(() -> object.string("\uD83D\uDE00".repeat(40)))
                .hasMessageStartingWith("$[\"" + "\uD83D\uDE00".repeat(31) + "\u2026\"]:");
    }

    @Test
    void a_deep_path_keeps_both_ends() {
        JsonObject object = object("{\"first\":".repeat(60) + "{\"last\":1}" + "}".repeat(60));
        while (object.has("first")) {
            object = object.object("first");
        }
        JsonObject deepest = object;
        assertThatThrownBy(() -> deepest.string("last"))
                .isInstanceOfSatisfying(JsonException.class, e -> assertThat(e.path())
                        .startsWith("$.first.")
                        .endsWith(".first.last")
                        .hasSizeLessThanOrEqualTo(512));
    }

    @Test
    void only_an_object_can_be_viewed() {
        assertThatThrownBy(() -> JsonObject.parse("[]".getBytes(UTF_8), JsonLimits.DEFAULT))
                .hasMessage("$: expected an object, found an array")
                .isInstanceOfSatisfying(
                        JsonException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NOT_AN_OBJECT));
    }

    private static JsonObject object(String text) {
        return JsonObject.parse(text.getBytes(UTF_8), JsonLimits.DEFAULT);
    }

    private static void refused(ThrowingCallable call, Reason reason, String path) {
        assertThatThrownBy(call).isInstanceOfSatisfying(JsonException.class, e -> {
            assertThat(e.reason()).isEqualTo(reason);
            assertThat(e.path()).isEqualTo(path);
            assertThat(e.getMessage()).startsWith(path + ": ");
        });
    }
}
