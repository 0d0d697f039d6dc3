package network.iicp.backend;

import static network.iicp.backend.DemoAsking.TIME;
import static network.iicp.backend.DemoAsking.WEATHER;
import static network.iicp.backend.DemoAsking.ask;
import static network.iicp.backend.DemoAsking.chat;
import static network.iicp.backend.DemoAsking.choice;
import static network.iicp.backend.DemoAsking.content;
import static network.iicp.backend.DemoAsking.user;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import java.util.Map;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DemoToolsTest {

    private final DemoBackend engine = DemoBackend.create();

    @Nested
    class Tools {

        private JsonObject call(JsonObject result) {
            assertThat(choice(result).string("finish_reason")).isEqualTo("tool_calls");
            return choice(result).object("message").objects("tool_calls").get(0);
        }

        @Test
        void the_one_that_was_mentioned_is_called_with_what_was_said() throws Exception {
            JsonObject result = chat(
                    engine,
                    user("What is the weather in Munich, in fahrenheit?") + ",'tools':[" + TIME + "," + WEATHER + "]");

            JsonObject call = call(result);
            assertThat(call.string("id")).isEqualTo("call_demo_1");
            assertThat(call.string("type")).isEqualTo("function");
            assertThat(call.object("function").string("name")).isEqualTo("getWeather");
            assertThat(call.object("function").string("arguments"))
                    .isEqualTo("{\"city\":\"Munich\",\"unit\":\"fahrenheit\"}");
            assertThat(choice(result).object("message").raw("content")).isNull();
        }

        @Test
        void one_without_parameters_gets_an_empty_object() throws Exception {
            JsonObject call = call(chat(engine, user("What time is it?") + ",'tools':[" + WEATHER + "," + TIME + "]"));
            assertThat(call.object("function").string("name")).isEqualTo("get_current_time");
            assertThat(call.object("function").string("arguments")).isEqualTo("{}");
        }

        @Test
        void none_is_called_when_none_was_mentioned() throws Exception {
            assertThat(content(chat(engine, user("Hello") + ",'tools':[" + WEATHER + "]")))
                    .contains("On offer: getWeather");
        }

        @Test
        void none_is_called_when_that_is_ruled_out() throws Exception {
            JsonObject result =
                    chat(engine, user("Weather in Munich") + ",'tool_choice':'none','tools':[" + WEATHER + "]");
            assertThat(content(result)).contains("Weather in Munich").doesNotContain("On offer");
        }

        @Test
        void a_demanded_call_is_made_whatever_was_said() throws Exception {
            JsonObject any =
                    chat(engine, user("Hello") + ",'tool_choice':'required','tools':[" + WEATHER + "," + TIME + "]");
            assertThat(call(any).object("function").string("name")).isEqualTo("getWeather");
            JsonObject named = chat(
                    engine,
                    user("Weather?")
                            + ",'tool_choice':{'type':'function','function':{'name':'get_current_time'}},'tools':["
                            + WEATHER + "," + TIME + "]");
            assertThat(call(named).object("function").string("name")).isEqualTo("get_current_time");
        }

        @Test
        void after_the_tools_answered_their_answers_are_told() throws Exception {
            JsonObject result = chat(engine, """
                    'messages':[{'role':'user','content':'Weather in Munich and the time?'},
                    {'role':'assistant','content':'','tool_calls':[{'id':'a','type':'function','function':{'name':'getWeather','arguments':'{}'}},
                    {'id':'b','type':'function','function':{'name':'get_current_time','arguments':'{}'}}]},
                    {'role':'tool','tool_call_id':'a','content':'sunny'},
                    {'role':'tool','tool_call_id':'b','content':[{'type':'text','text':'14:35'}]},
                    {'role':'tool','tool_call_id':'?','content':'stray'}],'tools':[""" + WEATHER + "," + TIME + "]");
            assertThat(content(result))
                    .isEqualTo(
                            "getWeather answered: sunny\nget_current_time answered: 14:35\nThe tool answered: stray");
        }

        @Test
        void ids_of_later_calls_are_new() throws Exception {
            JsonObject result = chat(engine, """
                    'messages':[{'role':'assistant','tool_calls':[{'id':'call_demo_1','type':'function','function':{'name':'getWeather','arguments':'{}'}}]},
                    {'role':'tool','tool_call_id':'call_demo_1','content':'sunny'},{'role':'user','content':'And the weather in Berlin?'}],'tools':[""" + WEATHER + "]");
            assertThat(call(result).string("id")).isEqualTo("call_demo_2");
        }

        @Test
        void parameters_that_cannot_be_made_are_refused() {
            assertThatThrownBy(
                            () -> chat(
                                    engine,
                                    user("Hi")
                                            + ",'tool_choice':'required','tools':[{'function':{'name':'f','parameters':{'type':'string'}}}]"))
                    .isInstanceOfSatisfying(
                            IicpException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BACKEND_REJECTED.slug()))
                    .hasMessageContaining("\"f\"");
        }
    }

    @Nested
    class Json_answers {

        @Test
        void follow_the_schema() throws Exception {
            String format = """
                    ,'response_format':{'type':'json_schema','json_schema':{'name':'person','strict':true,'schema':{'type':'object',
                    'required':['name','age'],'properties':{'name':{'type':'string'},'age':{'type':'integer'},'tags':{'type':'array','items':{'type':'string'}}}}}}""";
            assertThat(content(chat(engine, user("A person called Klaus, 37 years old") + format)))
                    .isEqualTo("{\"name\":\"Klaus\",\"age\":37,\"tags\":[\"demo\"]}");
        }

        @Test
        void without_a_schema_are_an_object() throws Exception {
            String text = content(chat(engine, user("Hi") + ",'response_format':{'type':'json_object'}"));
            assertThat(Json.parseObject(text, JsonLimits.DEFAULT)).containsEntry("engine", "iicp-demo");
        }

        @Test
        void hold_what_the_tool_said() throws Exception {
            String messages = """
                    'messages':[{'role':'user','content':'Weather in Munich?'},{'role':'assistant','tool_calls':[{'id':'1','type':'function',
                    'function':{'name':'getWeather','arguments':'{}'}}]},{'role':'tool','tool_call_id':'1','content':'sunny'}]""";
            String format =
                    ",'response_format':{'type':'json_schema','json_schema':{'name':'w','schema':{'type':'object','properties':{'weather':{'type':'string'}}}}}";
            assertThat(content(chat(engine, messages + ",'tools':[" + WEATHER + "]" + format)))
                    .isEqualTo("{\"weather\":\"sunny\"}");
            assertThat(content(chat(engine, messages + ",'response_format':{'type':'json_object'}")))
                    .contains("sunny");
        }
    }

    @Nested
    class Given_answers {

        private final DemoBackend taught = DemoBackend.builder()
                .answer("capital of (germany|france)", "Berlin or Paris")
                .answer(prompt -> prompt.wantsJson(), DemoReply.text("{\"city\":\"Berlin\"}"))
                .answer(prompt -> prompt.transcript().contains("secret"), prompt -> DemoReply.text(
                                prompt.messages().size() + " messages")
                        .withReasoning("let me think"))
                .answer(
                        prompt -> prompt.userText().equals("both"),
                        DemoReply.toolCalls(new DemoReply.Call("a", Map.of("x", 1)), new DemoReply.Call("b", Map.of())))
                .build();

        @Test
        void go_first_in_their_order() throws Exception {
            assertThat(content(chat(taught, user("The capital of Germany, secret"))))
                    .isEqualTo("Berlin or Paris");
        }

        @Test
        void by_expression_are_for_plain_questions_only() throws Exception {
            assertThat(content(ask(
                            taught,
                            Intent.LLM_CHAT,
                            "{" + user("The capital of Germany") + ",'response_format':{'type':'json_object'}}")))
                    .isEqualTo("{\"city\":\"Berlin\"}");
        }

        @Test
        void may_think_aloud() throws Exception {
            JsonObject result = chat(taught, user("secret"));
            assertThat(choice(result).object("message").string("reasoning_content"))
                    .isEqualTo("let me think");
            assertThat(content(result)).isEqualTo("1 messages");
            assertThat(result.object("usage").integer("completion_tokens")).isEqualTo(3 + 2);
        }

        @Test
        void may_call_several_tools() throws Exception {
            JsonObject result = chat(taught, user("both"));
            assertThat(choice(result).object("message").objects("tool_calls"))
                    .extracting(call -> call.string("id"), call -> call.object("function")
                            .string("arguments"))
                    .containsExactly(tuple("call_demo_1", "{\"x\":1}"), tuple("call_demo_2", "{}"));
        }
    }
}
