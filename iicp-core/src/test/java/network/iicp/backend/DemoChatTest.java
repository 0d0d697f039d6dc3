package network.iicp.backend;

import static network.iicp.backend.DemoAsking.ask;
import static network.iicp.backend.DemoAsking.chat;
import static network.iicp.backend.DemoAsking.choice;
import static network.iicp.backend.DemoAsking.content;
import static network.iicp.backend.DemoAsking.user;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import network.iicp.json.Json;
import network.iicp.json.JsonObject;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DemoChatTest {

    private final DemoBackend engine = DemoBackend.create();

    @Nested
    class A_plain_question {

        @Test
        void is_answered_honestly_with_what_was_asked() throws Exception {
            JsonObject result = chat(engine, """
                    'messages':[{'role':'system','content':'Be brief'},{'role':'user','content':'Hello from IICP!'}]""");

            assertThat(content(result))
                    .contains("demo engine", "no language model", "\"Hello from IICP!\" (3 words)", "1 instruction");
            assertThat(result.string("model")).isEqualTo("iicp-demo");
            assertThat(result.string("object")).isEqualTo("chat.completion");
            assertThat(choice(result).string("finish_reason")).isEqualTo("stop");
        }

        @Test
        void is_answered_the_same_each_time() throws Exception {
            Clock noon = Clock.fixed(Instant.parse("2026-01-02T12:00:00Z"), ZoneOffset.UTC);
            DemoBackend one = DemoBackend.builder().clock(noon).build();
            DemoBackend two = DemoBackend.builder().clock(noon).build();

            JsonObject result = ask(one, Intent.LLM_CHAT, "{" + user("Hi") + ",'seed':1}");

            assertThat(result.integer("created")).isEqualTo((int) noon.instant().getEpochSecond());
            assertThat(ask(two, Intent.LLM_CHAT, "{" + user("Hi") + ",'seed':2,'temperature':2}")
                            .asMap())
                    .isEqualTo(result.asMap());
        }

        @Test
        void is_counted() throws Exception {
            JsonObject result = chat(engine, user("one two three"));

            JsonObject usage = result.object("usage");
            assertThat(usage.integer("prompt_tokens")).isEqualTo(4 + 3);
            assertThat(usage.integer("completion_tokens")).isEqualTo(DemoBackend.countTokens(content(result)));
            assertThat(usage.integer("total_tokens"))
                    .isEqualTo(usage.integer("prompt_tokens") + usage.integer("completion_tokens"));
        }

        @Test
        void is_cut_when_it_is_echoed() throws Exception {
            assertThat(content(chat(engine, user("word ".repeat(50_000)))).length())
                    .isLessThan(1_000);
        }

        @Test
        void may_be_empty_or_missing() throws Exception {
            assertThat(content(chat(engine, user("")))).contains("holds no text");
            assertThat(content(chat(engine, "'messages':[{'role':'system','content':'x'}]")))
                    .contains("holds no text");
            assertThat(content(chat(engine, "'messages':[{'role':'assistant','content':null,'tool_calls':null}]")))
                    .contains("holds no text");
        }

        @Test
        void may_bring_pictures_and_sounds() throws Exception {
            String answer = content(chat(engine, """
                            'messages':[{'role':'user','content':[{'type':'text','text':'What is '},{'type':'text','text':'this?'},
                            {'type':'image_url','image_url':{'url':'https://example.org/cat.png'}},{'type':'image_url','image_url':{'url':'data:x'}},
                            {'type':'input_audio','input_audio':{'data':'AA==','format':'wav'}}]}]"""));

            assertThat(answer).contains("\"What is this?\"", "2 images and 1 sound");
        }
    }

    @Nested
    class Options {

        @ParameterizedTest
        @ValueSource(strings = {"max_tokens", "max_completion_tokens"})
        void a_token_limit_is_kept_exactly(String name) throws Exception {
            JsonObject result = chat(engine, user("Tell me a story") + ",'" + name + "':5");

            assertThat(DemoBackend.countTokens(content(result))).isEqualTo(5);
            assertThat(result.object("usage").integer("completion_tokens")).isEqualTo(5);
            assertThat(choice(result).string("finish_reason")).isEqualTo("length");
        }

        @Test
        void a_limit_that_is_not_reached_does_not_show() throws Exception {
            assertThat(choice(chat(engine, user("Hi") + ",'max_tokens':5000")).string("finish_reason"))
                    .isEqualTo("stop");
        }

        @Test
        void the_engines_own_limit_holds_too() throws Exception {
            DemoBackend small = DemoBackend.builder().maxTokens(3).build();
            JsonObject result = ask(small, Intent.LLM_CHAT, "{" + user("Hi") + ",'max_tokens':100}");
            assertThat(result.object("usage").integer("completion_tokens")).isEqualTo(3);
        }

        @ParameterizedTest
        @ValueSource(strings = {"'World'", "['never','World','ld']"})
        void stop_sequences_end_the_answer_and_are_not_part_of_it(String stop) throws Exception {
            DemoBackend polite =
                    DemoBackend.builder().answer("hello", "Hello World!").build();
            JsonObject result = ask(polite, Intent.LLM_CHAT, "{" + user("Say HELLO") + ",'stop':" + stop + "}");

            assertThat(content(result)).isEqualTo("Hello ");
            assertThat(choice(result).string("finish_reason")).isEqualTo("stop");
        }

        @Test
        void several_choices_are_given_and_counted() throws Exception {
            JsonObject result = chat(engine, user("Hi") + ",'n':3");

            assertThat(result.objects("choices"))
                    .extracting(c -> c.integer("index"))
                    .isEqualTo(List.of(0, 1, 2));
            assertThat(result.object("usage").integer("completion_tokens"))
                    .isEqualTo(3 * DemoBackend.countTokens(content(result)));
        }

        @Test
        void null_is_as_good_as_absent() throws Exception {
            JsonObject result = chat(
                    engine,
                    user("Hi")
                            + ",'model':null,'max_tokens':null,'stop':null,'tools':null,'tool_choice':null,'response_format':null,'n':null");
            assertThat(content(result)).contains("Hi");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '#',
                value = {
                    "'messages':[] | $.messages",
                    "'model':'iicp-demo' | $.messages",
                    "'messages':'hi' | $.messages",
                    "'messages':[1] | $.messages[0]",
                    "'messages':[{'content':'x'}] | $.messages[0].role",
                    "'messages':[{'role':'robot','content':'x'}] | $.messages[0].role",
                    "'messages':[{'role':'user','content':5}] | $.messages[0].content",
                    "'messages':[{'role':'user','content':[5]}] | $.messages[0].content[0]",
                    "'messages':[{'role':'user','content':[{'text':'x'}]}] | $.messages[0].content[0].type",
                    "'messages':[{'role':'user','content':'x'}],'max_tokens':0 | $.max_tokens",
                    "'messages':[{'role':'user','content':'x'}],'max_tokens':'5' | $.max_tokens",
                    "'messages':[{'role':'user','content':'x'}],'max_tokens':1.5 | $.max_tokens",
                    "'messages':[{'role':'user','content':'x'}],'n':17 | $.n",
                    "'messages':[{'role':'user','content':'x'}],'temperature':2.1 | $.temperature",
                    "'messages':[{'role':'user','content':'x'}],'top_p':-1 | $.top_p",
                    "'messages':[{'role':'user','content':'x'}],'stop':[1] | $.stop[0]",
                    "'messages':[{'role':'user','content':'x'}],'model':7 | $.model",
                    "'messages':[{'role':'user','content':'x'}],'tools':{} | $.tools",
                    "'messages':[{'role':'user','content':'x'}],'tools':[{'type':'function'}] | $.tools[0].function",
                    "'messages':[{'role':'user','content':'x'}],'tool_choice':'required' | $.tool_choice",
                    "'messages':[{'role':'user','content':'x'}],'tool_choice':'maybe' | $.tool_choice",
                    "'messages':[{'role':'user','content':'x'}],'tool_choice':{'type':'function','function':{'name':'f'}} | $.tool_choice",
                    "'messages':[{'role':'user','content':'x'}],'response_format':{'type':'xml'} | $.response_format",
                    "'messages':[{'role':'user','content':'x'}],'response_format':{'type':'json_schema'} | $.response_format.json_schema",
                })
        void bad_ones_are_refused_by_name(String members, String path) {
            assertThatThrownBy(() -> chat(engine, members))
                    .isInstanceOfSatisfying(IicpException.class, e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.VALIDATION_ERROR.slug());
                        assertThat(e.httpStatus()).isEqualTo(422);
                    })
                    .hasMessageContaining(path + ":");
        }
    }

    @Nested
    class Models {

        private final DemoBackend two =
                DemoBackend.builder().models("demo-small", "demo-large").build();

        @Test
        void the_first_one_is_the_default() throws Exception {
            assertThat(ask(two, Intent.LLM_CHAT, "{" + user("Hi") + "}").string("model"))
                    .isEqualTo("demo-small");
        }

        @Test
        void the_one_asked_for_answers() throws Exception {
            assertThat(ask(two, Intent.LLM_CHAT, "{" + user("Hi") + ",'model':'demo-large'}")
                            .string("model"))
                    .isEqualTo("demo-large");
        }

        @Test
        void the_constraint_of_the_task_counts_when_the_payload_names_none() throws Exception {
            RecordingContext context = RecordingContext.buffered(Intent.LLM_CHAT, "{" + user("Hi") + "}")
                    .withModelConstraint("demo-large");
            assertThat(Json.text(two.handle(context))).contains("\"model\":\"demo-large\"");
        }

        @Test
        void others_are_not_found() {
            assertThatThrownBy(() -> ask(two, Intent.LLM_CHAT, "{" + user("Hi") + ",'model':'gpt-4'}"))
                    .isInstanceOfSatisfying(IicpException.class, e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.MODEL_NOT_FOUND.slug());
                        assertThat(e.httpStatus()).isEqualTo(404);
                    })
                    .hasMessageContaining("\"gpt-4\"")
                    .hasMessageContaining("\"demo-small\", \"demo-large\"");
        }

        @ParameterizedTest
        @ValueSource(strings = {"llama3", "", " "})
        void a_name_that_does_not_say_demo_cannot_be_configured(String name) {
            assertThatExceptionOfType(ConfigurationException.class)
                    .isThrownBy(() -> DemoBackend.builder().models(name))
                    .withMessageContaining("demo");
        }
    }
}
