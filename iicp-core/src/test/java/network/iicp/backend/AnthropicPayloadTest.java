package network.iicp.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Set;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Modality;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From payloads to requests of the Messages API. Single quotes stand for double quotes. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AnthropicPayloadTest {

    private static final String USER = "{'role':'user','content':'hi'}";
    private static final String TOOL =
            "{'type':'function','function':{'name':'weather','description':'Tells the weather.','parameters':{'type':'object','properties':{'city':{'type':'string'}}},'strict':true}}";
    private static final String SCHEMA = "{'type':'object','properties':{'a':{'type':'integer'}}}";

    private ModelListing.Listed listed = ModelListing.Listed.named("claude-x");

    private static JsonObject json(String text) {
        return JsonObject.of(Json.parseObject(text.replace('\'', '"'), JsonLimits.DEFAULT));
    }

    private JsonObject request(String payload, boolean sampling, boolean streaming, @Nullable Integer most) {
        ServedModels.Model model =
                new ServedModels.Model("x", listed, Set.of(Intent.LLM_CHAT), Set.of(Modality.TEXT), true);
        byte[] body = new AnthropicDialect(sampling)
                .request(DialectOperation.CHAT, json(payload), model, streaming, most)
                .body();
        return JsonObject.parse(body, JsonLimits.DEFAULT);
    }

    private JsonObject request(String payload) {
        return request(payload, true, false, null);
    }

    private JsonObject chat(String messages) {
        return request("{'messages':[" + messages + "]}");
    }

    private static String text(@Nullable Object json) {
        return Json.text(json).replace('"', '\'');
    }

    private static String fault(ThrowingRequest request) {
        try {
            request.make();
            return "";
        } catch (JsonException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @FunctionalInterface
    private interface ThrowingRequest {
        void make();
    }

    @Nested
    class Messages {

        @Test
        void keep_their_text() {
            JsonObject request = chat("{'role':'user','content':'hi','name':'ann'}");
            assertThat(text(request.raw("messages")))
                    .isEqualTo("[{'role':'user','content':[{'type':'text','text':'hi'}]}]");
            assertThat(request.string("model")).isEqualTo("claude-x");
            assertThat(request.integer("max_tokens")).isEqualTo(4096);
            assertThat(request.has("stream")).isFalse();
            assertThat(request.has("system")).isFalse();
        }

        @Test
        void of_system_and_developer_become_the_system_prompt_wherever_they_are() {
            JsonObject request = chat(
                    "{'role':'system','content':'One.'}," + USER
                            + ",{'role':'developer','content':[{'type':'text','text':'Two.'},{'type':'text','text':' '}]},{'role':'system','content':''}");
            assertThat(request.string("system")).isEqualTo("One.\n\nTwo.");
            assertThat(request.objects("messages")).hasSize(1);
        }

        @Test
        void of_one_role_in_a_row_become_one_turn() {
            JsonObject request = chat(USER + "," + USER
                    + ",{'role':'assistant','content':'a'},{'role':'assistant','content':[{'type':'refusal','refusal':'b'}]},"
                    + USER);
            assertThat(request.objects("messages").stream().map(turn -> turn.string("role")))
                    .containsExactly("user", "assistant", "user");
            assertThat(request.objects("messages").get(0).objects("content")).hasSize(2);
            assertThat(request.objects("messages").get(1).objects("content").stream()
                            .map(block -> block.string("text")))
                    .containsExactly("a", "b");
        }

        @Test
        void without_text_are_left_out() {
            JsonObject request = chat(USER + ",{'role':'assistant','content':''}," + USER);
            assertThat(request.objects("messages")).hasSize(1);
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '~',
                value = {
                    "data:image/jpeg;base64,QUJD | {type=base64, media_type=image/jpeg, data=QUJD}",
                    "data:;base64,QUJD | {type=base64, media_type=image/png, data=QUJD}",
                    "data:image/webp;charset=x;base64,QUJD | {type=base64, media_type=image/webp, data=QUJD}",
                    "https://example.org/a.png | {type=url, url=https://example.org/a.png}",
                })
        void show_pictures(String url, String source) {
            JsonObject request =
                    chat("{'role':'user','content':[{'type':'image_url','image_url':{'url':'%s','detail':'low'}}]}"
                            .formatted(url));
            JsonObject block =
                    request.objects("messages").get(0).objects("content").get(0);
            assertThat(block.string("type")).isEqualTo("image");
            assertThat(block.object("source").asMap()).hasToString(source);
        }

        @Test
        void carry_tool_calls_and_their_results() {
            JsonObject request = request("""
                    {'messages':[%s,
                      {'role':'assistant','content':null,'tool_calls':[
                        {'id':'call_1','type':'function','function':{'name':'weather','arguments':'{\\"city\\":\\"Rome\\"}'}},
                        {'id':'call:2','type':'function','function':{'name':'clock','arguments':''}}]},
                      {'role':'tool','tool_call_id':'call_1','content':'sunny'},
                      {'role':'tool','tool_call_id':'call:2','content':[{'type':'text','text':'noon'}]},
                      {'role':'user','content':'and now?'}],
                     'tools':[%s]}
                    """.formatted(USER, TOOL));
            assertThat(request.objects("messages").stream().map(turn -> turn.string("role")))
                    .containsExactly("user", "assistant", "user");
            JsonObject call =
                    request.objects("messages").get(1).objects("content").get(0);
            assertThat(call.string("type")).isEqualTo("tool_use");
            assertThat(call.string("id")).isEqualTo("call_1");
            assertThat(call.object("input").asMap()).isEqualTo(Map.of("city", "Rome"));
            assertThat(request.objects("messages")
                            .get(1)
                            .objects("content")
                            .get(1)
                            .object("input")
                            .asMap())
                    .isEmpty();
            assertThat(request.objects("messages").get(2).objects("content").stream()
                            .map(block -> block.string("type") + " " + block.string("tool_use_id", "")))
                    .containsExactly("tool_result call_1", "tool_result call_2", "text ");
        }

        @Test
        void with_ids_of_other_engines_get_ids_the_API_takes_each_its_own() {
            JsonObject request = chat(
                    USER
                            + ",{'role':'assistant','tool_calls':[{'id':'a.b','function':{'name':'f','arguments':'{}'}},{'id':'a:b','function':{'name':'f','arguments':'{}'}}]},{'role':'tool','tool_call_id':'a:b','content':'x'}");
            assertThat(request.objects("messages").get(1).objects("content").stream()
                            .map(block -> block.string("id")))
                    .containsExactly("a_b", "a_b_");
            assertThat(request.objects("messages")
                            .get(2)
                            .objects("content")
                            .get(0)
                            .string("tool_use_id"))
                    .isEqualTo("a_b_");
        }

        @Test
        void that_called_tools_declare_them_even_if_they_are_no_longer_on_offer() {
            JsonObject request = chat(
                    USER
                            + ",{'role':'assistant','tool_calls':[{'id':'a','function':{'name':'f','arguments':'{}'}}]},{'role':'tool','tool_call_id':'a','content':'x'}");
            assertThat(request.objects("tools").get(0).string("name")).isEqualTo("f");
            assertThat(request.object("tool_choice").asMap()).isEqualTo(Map.of("type", "none"));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{'role':'user','content':[{'type':'input_audio','input_audio':{'data':'QUJD','format':'wav'}}]}",
                    "{'role':'user','content':[{'type':'image_url','image_url':{'url':'file:///etc/passwd'}}]}",
                    "{'role':'user','content':[{'type':'image_url','image_url':{'url':'data:text/plain,abc'}}]}",
                    "{'role':'user','content':[{'text':'no type'}]}",
                    "{'role':'user','content':7}",
                    "{'role':'function','name':'f','content':'x'}",
                    "{'role':'tool','content':'x'}",
                    "{'role':'assistant','tool_calls':[{'id':'a','function':{'name':'f','arguments':'no json'}}]}",
                    "{'role':'assistant','tool_calls':[{'function':{'name':'f','arguments':'{}'}}]}",
                    "{'role':'system','content':'only instructions'}",
                    "{'content':'x'}",
                })
        void that_cannot_be_told_are_refused(String message) {
            assertThatThrownBy(() -> chat(message)).isInstanceOf(JsonException.class);
        }

        @Test
        void that_are_refused_are_not_quoted() {
            assertThat(
                            fault(
                                    () -> chat(
                                            "{'role':'assistant','tool_calls':[{'id':'a','function':{'name':'f','arguments':'secret'}}]}")))
                    .contains("arguments")
                    .doesNotContain("secret");
        }
    }

    @Nested
    class Options {

        private JsonObject with(String options) {
            return request("{'messages':[" + USER + "]," + options + "}");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '~',
                value = {
                    "'max_tokens':7 | | | 7",
                    "'max_completion_tokens':9 | | | 9",
                    "'max_tokens':7000 | 5000 | | 5000",
                    "'user':'u' | 1000 | | 1000",
                    "'user':'u' | | 2048 | 2048",
                    "'max_tokens':70000 | | | 70000",
                })
        void of_length_are_bounded_by_operator_and_model(
                String option, @Nullable Integer operator, @Nullable Integer model, int sent) {
            listed = listed.answering(model);
            JsonObject request = request("{'messages':[" + USER + "]," + option + "}", true, true, operator);
            assertThat(request.integer("max_tokens")).isEqualTo(sent);
            assertThat(request.bool("stream", false)).isTrue();
        }

        @Test
        void of_sampling_are_sent_in_the_range_of_the_API() {
            JsonObject request = with("'temperature':1.7,'top_k':5,'seed':3,'presence_penalty':1,'logprobs':true");
            assertThat(request.raw("temperature")).hasToString("1.0");
            assertThat(request.integer("top_k")).isEqualTo(5);
            assertThat(request.names()).doesNotContain("seed", "presence_penalty", "logprobs");
            assertThat(with("'top_p':0.5").raw("top_p")).hasToString("0.5");
            assertThat(with("'top_p':0.5,'temperature':0.2").has("top_p")).isFalse();
        }

        @Test
        void of_sampling_stay_here_if_the_operator_says_so() {
            JsonObject request =
                    request("{'messages':[" + USER + "],'temperature':0.3,'top_p':0.5,'top_k':5}", false, false, null);
            assertThat(request.names()).doesNotContain("temperature", "top_p", "top_k");
        }

        @Test
        void of_stopping_lose_blank_sequences() {
            assertThat(with("'stop':'END'").strings("stop_sequences")).containsExactly("END");
            assertThat(with("'stop':['a','\\n','b']").strings("stop_sequences")).containsExactly("a", "b");
            assertThat(with("'stop':['\\n']").has("stop_sequences")).isFalse();
        }

        @Test
        void name_the_end_user() {
            assertThat(with("'user':'u-1'").object("metadata").asMap()).isEqualTo(Map.of("user_id", "u-1"));
        }

        @Test
        void of_effort_reach_models_that_take_one() {
            assertThat(with("'reasoning_effort':'high'").has("output_config")).isFalse();
            listed = listed.able(Set.of("effort"));
            assertThat(with("'reasoning_effort':'high'").object("output_config").string("effort"))
                    .isEqualTo("high");
            assertThat(with("'reasoning_effort':'minimal'")
                            .object("output_config")
                            .string("effort"))
                    .isEqualTo("low");
            assertThat(with("'reasoning_effort':'none'").has("output_config")).isFalse();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "'n':2",
                    "'max_tokens':0",
                    "'max_tokens':'many'",
                    "'temperature':2.5",
                    "'temperature':-1",
                    "'top_p':1.5",
                    "'tool_choice':'always','tools':[{'type':'function','function':{'name':'f'}}]",
                    "'tools':[{'type':'web_search'}]",
                    "'tools':[{'type':'function'}]",
                    "'response_format':{'type':'xml'}",
                    "'response_format':{'type':'json_schema'}",
                    "'stop':[7]",
                })
        void that_are_wrong_are_refused(String options) {
            assertThatThrownBy(() -> with(options)).isInstanceOf(JsonException.class);
        }
    }

    @Nested
    class Tools {

        private JsonObject with(String options) {
            return request("{'messages':[" + USER + "],'tools':[" + TOOL + "]" + options + "}");
        }

        @Test
        void are_told_with_their_schema() {
            JsonObject tool = with("").objects("tools").get(0);
            assertThat(tool.string("name")).isEqualTo("weather");
            assertThat(tool.string("description")).isEqualTo("Tells the weather.");
            assertThat(tool.object("input_schema").object("properties").names()).containsExactly("city");
            assertThat(tool.has("strict")).isFalse();
        }

        @Test
        void are_strict_for_models_that_can() {
            listed = listed.able(Set.of("structured_outputs"));
            assertThat(with("").objects("tools").get(0).bool("strict", false)).isTrue();
        }

        @Test
        void without_parameters_take_an_empty_object() {
            JsonObject request =
                    request("{'messages':[" + USER + "],'tools':[{'type':'function','function':{'name':'now'}}]}");
            assertThat(request.objects("tools").get(0).object("input_schema").string("type"))
                    .isEqualTo("object");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '~',
                value = {
                    " | {type=auto}",
                    ",'tool_choice':'auto' | {type=auto}",
                    ",'tool_choice':'none' | {type=none}",
                    ",'tool_choice':'required' | {type=any}",
                    ",'tool_choice':'required','parallel_tool_calls':false | {type=any, disable_parallel_tool_use=true}",
                    ",'parallel_tool_calls':false | {type=auto, disable_parallel_tool_use=true}",
                    ",'tool_choice':{'type':'function','function':{'name':'weather'}} | {type=tool, name=weather, disable_parallel_tool_use=true}",
                })
        void may_or_must_be_called(@Nullable String options, String choice) {
            assertThat(with(options == null ? "" : options)
                            .object("tool_choice")
                            .asMap())
                    .hasToString(choice);
        }

        @Test
        void that_are_not_there_need_no_choice() {
            JsonObject request = request("{'messages':[" + USER + "],'tool_choice':'auto'}");
            assertThat(request.names()).doesNotContain("tools", "tool_choice");
        }
    }

    @Nested
    class Answers_in_a_form {

        private String format(String schema, boolean strict) {
            return ",'response_format':{'type':'json_schema','json_schema':{'name':'my answer','strict':%s,'schema':%s}}"
                    .formatted(strict, schema);
        }

        private JsonObject with(String options) {
            return request("{'messages':[" + USER + "]" + options + "}");
        }

        @Test
        void are_left_to_models_that_keep_to_schemas() {
            listed = listed.able(Set.of("structured_outputs"));
            JsonObject format =
                    with(format(SCHEMA, true)).object("output_config").object("format");
            assertThat(format.string("type")).isEqualTo("json_schema");
            assertThat(text(format.raw("schema"))).isEqualTo(SCHEMA);
        }

        @Test
        void are_taken_by_a_tool_when_the_schema_is_not_strict_or_the_model_cannot() {
            JsonObject request = with(format(SCHEMA, true));
            assertThat(request.has("output_config")).isFalse();
            assertThat(request.objects("tools").get(0).string("name")).isEqualTo("my_answer");
            assertThat(text(request.objects("tools").get(0).raw("input_schema")))
                    .isEqualTo(SCHEMA);
            assertThat(request.object("tool_choice").asMap())
                    .hasToString("{type=tool, name=my_answer, disable_parallel_tool_use=true}");
            listed = listed.able(Set.of("structured_outputs"));
            assertThat(with(format(SCHEMA, false)).has("output_config")).isFalse();
        }

        @Test
        void that_are_no_objects_come_wrapped_with_their_definitions() {
            JsonObject input = with(format(
                            "{'type':'array','items':{'$ref':'#/$defs/p'},'$defs':{'p':{'type':'string'}}}", false))
                    .objects("tools")
                    .get(0)
                    .object("input_schema");
            assertThat(input.string("type")).isEqualTo("object");
            assertThat(input.object("$defs").names()).containsExactly("p");
            assertThat(text(input.object("properties").raw("value")))
                    .isEqualTo("{'type':'array','items':{'$ref':'#/$defs/p'}}");
        }

        @Test
        void leave_the_callers_own_tools_a_chance() {
            JsonObject request = with(
                    ",'tools':[" + TOOL.replace("weather", "answer") + "],'response_format':{'type':'json_object'}");
            assertThat(request.objects("tools").stream().map(tool -> tool.string("name")))
                    .containsExactly("answer", "answer_");
            assertThat(request.object("tool_choice").asMap()).hasToString("{type=any}");
        }

        @Test
        void are_all_that_is_left_when_the_callers_tools_must_not_be_called() {
            JsonObject request =
                    with(",'tools':[" + TOOL + "],'tool_choice':'none','response_format':{'type':'json_object'}");
            assertThat(request.object("tool_choice").string("name")).isEqualTo("answer");
        }

        @Test
        void of_plain_text_ask_for_nothing() {
            assertThat(with(",'response_format':{'type':'text'}").names())
                    .containsExactlyInAnyOrder("model", "max_tokens", "messages");
        }
    }
}
