package network.iicp.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Modality;
import network.iicp.spi.InferenceBackend.State;
import network.iicp.transport.HttpTransport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Buffered chats and questions to a server of the Messages API, over real sockets. */
@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AnthropicCallIT {

    private static final String MESSAGES = "/v1/messages";
    private static final String MODELS = "/v1/models?limit=1000";
    private static final String HELLO = "{'messages':[{'role':'user','content':'a private question'}]}";
    private static final String ANSWER =
            "{'id':'msg_1','type':'message','role':'assistant','model':'claude-x','content':[%s],'stop_reason':'%s','usage':{'input_tokens':10,'output_tokens':5,'cache_read_input_tokens':3,'cache_creation_input_tokens':2,'output_tokens_details':{'thinking_tokens':1}}}";

    private final FakeEngine engine;
    private final HttpTransport transport = HttpTransport.builder().build();
    private AnthropicBackend backend;

    AnthropicCallIT() throws Exception {
        engine = new FakeEngine()
                .json(
                        MODELS,
                        200,
                        "{'data':[{'type':'model','id':'claude-x','max_input_tokens':200000,'max_tokens':64000,'capabilities':{'image_input':{'supported':true},'structured_outputs':{'supported':true},'effort':{'supported':false}}},{'type':'model','id':'other-1','capabilities':null}],'has_more':false}");
        backend = builder().build();
    }

    private AnthropicBackend.Builder builder() {
        return AnthropicBackend.builder()
                .baseUrl(engine.uri())
                .transport(transport)
                .model("claude-x")
                .apiKey("sk-secret");
    }

    @AfterEach
    void nothing_is_left_running() throws Exception {
        await().atMost(Duration.ofSeconds(10)).until(() -> transport.runningExchanges() == 0);
        backend.close();
        transport.close();
        engine.close();
    }

    private void answers(String content, String stopReason) {
        engine.json(MESSAGES, 200, ANSWER.formatted(content, stopReason));
    }

    private JsonObject ask(String payload) throws InterruptedException {
        Object result = backend.handle(RecordingContext.buffered(Intent.LLM_CHAT, payload));
        return JsonObject.parse(Json.bytes(result), JsonLimits.DEFAULT);
    }

    private static JsonObject choice(JsonObject result) {
        return result.objects("choices").get(0);
    }

    private IicpException failure() {
        IicpException failure = catchThrowableOfType(IicpException.class, () -> ask(HELLO));
        assertThat(failure).isNotNull();
        assertThat(failure.getMessage()).doesNotContain("private", "127.0.0.1", "sk-secret");
        return failure;
    }

    @Nested
    class A_chat {

        @Test
        void is_answered_in_the_OpenAI_dialect() throws Exception {
            answers(
                    "{'type':'thinking','thinking':'Hm.','signature':'s'},{'type':'text','text':'Hel'},{'type':'text','text':'lo'},{'type':'server_tool_use'}",
                    "end_turn");

            JsonObject result = ask(HELLO);

            assertThat(result.string("id")).isEqualTo("msg_1");
            assertThat(result.string("object")).isEqualTo("chat.completion");
            assertThat(result.string("model")).isEqualTo("claude-x");
            JsonObject message = choice(result).object("message");
            assertThat(message.string("content")).isEqualTo("Hello");
            assertThat(message.string("reasoning_content")).isEqualTo("Hm.");
            assertThat(choice(result).string("finish_reason")).isEqualTo("stop");
        }

        @Test
        void is_sent_with_key_and_version_and_no_other_credential() throws Exception {
            answers("{'type':'text','text':'a'}", "end_turn");
            ask(HELLO);
            Map<String, String> headers = engine.requests(MESSAGES).get(0).headers();
            assertThat(headers)
                    .containsEntry("x-api-key", "sk-secret")
                    .containsEntry("anthropic-version", "2023-06-01");
            assertThat(headers).doesNotContainKey("authorization");
            assertThat(engine.requests(MODELS).get(0).headers()).containsEntry("x-api-key", "sk-secret");
        }

        @Test
        void may_be_sent_with_another_version() throws Exception {
            backend = builder().header("anthropic-version", "2030-01-01").build();
            answers("{'type':'text','text':'a'}", "end_turn");
            ask(HELLO);
            assertThat(engine.requests(MESSAGES).get(0).headers()).containsEntry("anthropic-version", "2030-01-01");
        }

        @Test
        void tells_cached_tokens_apart_from_the_totals() throws Exception {
            answers("{'type':'text','text':'a'}", "end_turn");
            JsonObject usage = ask(HELLO).object("usage");
            assertThat(usage.integer("prompt_tokens")).isEqualTo(10);
            assertThat(usage.integer("completion_tokens")).isEqualTo(5);
            assertThat(usage.integer("total_tokens")).isEqualTo(15);
            assertThat(usage.object("prompt_tokens_details").integer("cached_tokens"))
                    .isEqualTo(3);
            assertThat(usage.object("prompt_tokens_details").integer("cache_creation_tokens"))
                    .isEqualTo(2);
            assertThat(usage.object("completion_tokens_details").integer("reasoning_tokens"))
                    .isEqualTo(1);
        }

        @Test
        void can_ask_for_tool_calls() throws Exception {
            answers(
                    "{'type':'tool_use','id':'toolu_1','name':'weather','input':{'city':'Rome'}},{'type':'tool_use','id':'toolu_2','name':'clock','input':{}}",
                    "tool_use");
            JsonObject choice = choice(ask(HELLO));
            assertThat(choice.string("finish_reason")).isEqualTo("tool_calls");
            assertThat(choice.object("message").raw("content")).isNull();
            List<JsonObject> calls = choice.object("message").objects("tool_calls");
            assertThat(calls.get(0).string("id")).isEqualTo("toolu_1");
            assertThat(calls.get(0).object("function").string("arguments")).isEqualTo("{\"city\":\"Rome\"}");
            assertThat(calls.get(1).object("function").string("arguments")).isEqualTo("{}");
        }

        @ParameterizedTest
        @CsvSource({
            "end_turn, stop",
            "stop_sequence, stop",
            "pause_turn, stop",
            "refusal, stop",
            "something_new, stop",
            "max_tokens, length",
            "model_context_window_exceeded, length",
        })
        void ends_for_a_reason_of_the_OpenAI_dialect(String theirs, String ours) throws Exception {
            answers("{'type':'text','text':'a'}", theirs);
            assertThat(choice(ask(HELLO)).string("finish_reason")).isEqualTo(ours);
        }

        @Test
        void that_was_declined_says_so() throws Exception {
            engine.json(
                    MESSAGES,
                    200,
                    "{'id':'m','content':[],'stop_reason':'refusal','stop_details':{'type':'refusal','explanation':'Not this.'}}");
            assertThat(choice(ask(HELLO)).object("message").string("refusal")).isEqualTo("Not this.");
        }

        @Test
        void in_a_wanted_form_is_text_again() throws Exception {
            answers("{'type':'tool_use','id':'t','name':'r','input':{'value':[1,2]}}", "tool_use");
            JsonObject choice = choice(
                    ask(
                            HELLO.replace(
                                    "]}",
                                    "],'response_format':{'type':'json_schema','json_schema':{'name':'r','schema':{'type':'array'}}}}")));
            assertThat(choice.object("message").string("content")).isEqualTo("[1,2]");
            assertThat(choice.object("message").has("tool_calls")).isFalse();
            assertThat(choice.string("finish_reason")).isEqualTo("stop");
        }

        @Test
        void with_a_payload_it_cannot_take_never_leaves() {
            IicpException failure = catchThrowableOfType(
                    IicpException.class,
                    () -> ask("{'messages':[{'role':'user','content':[{'type':'input_audio','input_audio':{}}]}]}"));
            assertThat(failure.code()).isEqualTo("validation_error");
            assertThat(engine.requests(MESSAGES)).isEmpty();
        }

        @Test
        void for_another_intent_is_refused() {
            assertThatExceptionOfType(IicpException.class)
                    .isThrownBy(() -> backend.handle(
                            RecordingContext.buffered(Intent.LLM_EMBEDDING, "{'input':'x','model':'claude-x'}")))
                    .satisfies(failure -> assertThat(failure.code()).isEqualTo("unknown_intent"));
        }
    }

    @Nested
    class A_failure {

        @ParameterizedTest
        @CsvSource({
            "400, invalid_request_error, backend_rejected",
            "413, request_too_large, backend_rejected",
            "422, invalid_request_error, backend_rejected",
            "401, authentication_error, backend_error",
            "402, billing_error, backend_error",
            "403, permission_error, backend_error",
            "429, rate_limit_error, temporarily_unavailable",
            "500, api_error, backend_error",
            "503, api_error, temporarily_unavailable",
            "529, overloaded_error, temporarily_unavailable",
        })
        void has_its_code(int status, String type, String code) {
            engine.json(
                    MESSAGES,
                    status,
                    "{'type':'error','error':{'type':'%s','message':'a private question was bad'}}".formatted(type));
            assertThat(failure().code()).isEqualTo(code);
        }

        @Test
        void of_an_unknown_model_says_so() {
            engine.json(
                    MESSAGES, 404, "{'type':'error','error':{'type':'not_found_error','message':'model: claude-x'}}");
            assertThat(failure().code()).isEqualTo("model_not_found");
        }

        @Test
        void of_too_many_requests_says_when_to_come_back() {
            engine.on(
                    MESSAGES,
                    (request, wire) -> wire.answer(
                            429,
                            "Retry-After: 17\r\nContent-Type: application/json\r\n",
                            "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\"}}"));
            assertThat(failure().error().retryAfter()).isEqualTo(Duration.ofSeconds(17));
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '~',
                value = {"{'type':'message'}", "[1]", "{'type':'message','content':'text'}", "<html>"})
        void is_an_answer_that_is_no_message(String body) {
            engine.json(MESSAGES, 200, body);
            assertThat(failure().code()).isEqualTo("backend_error");
        }
    }

    @Nested
    class Questions {

        @Test
        void about_models_tell_what_each_takes() {
            List<Capability> capabilities = backend.capabilities();
            assertThat(capabilities).hasSize(2);
            Capability claude = capabilities.get(0);
            assertThat(claude.intent()).isEqualTo(Intent.LLM_CHAT);
            assertThat(claude.models()).containsExactly("claude-x");
            assertThat(claude.inputModalities()).containsExactlyInAnyOrder(Modality.TEXT, Modality.IMAGE);
            assertThat(claude.features()).contains("tool_calling");
            assertThat(claude.supportsStreaming()).isTrue();
            assertThat(capabilities.get(1).models()).containsExactly("other-1");
            assertThat(capabilities.get(1).inputModalities()).containsExactly(Modality.TEXT);
        }

        @Test
        void about_an_alias_take_what_the_dated_model_can() {
            engine.json(
                    MODELS, 200, "{'data':[{'id':'x-20250101','capabilities':{'image_input':{'supported':true}}}]}");
            backend = builder().model("x").build();
            backend.capabilities();
            assertThat(backend.capabilities().get(0).models()).contains("x", "x-20250101");
        }

        @Test
        void about_excluded_models_find_nothing() {
            backend = builder().excludedModels(List.of("other-1")).build();
            assertThat(backend.capabilities()).hasSize(1);
            IicpException failure =
                    catchThrowableOfType(IicpException.class, () -> ask("{'model':'other-1'," + HELLO.substring(1)));
            assertThat(failure.code()).isEqualTo("model_not_found");
        }

        @Test
        void about_the_state_follow_the_list() {
            assertThat(backend.state()).isEqualTo(State.OK);
            engine.json("/v1/models", 401, "{}");
            assertThat(backend.state()).isEqualTo(State.UNAVAILABLE);
        }

        @Test
        void about_who_pays_depend_on_the_key() {
            assertThat(backend.requiresKnownCallers()).isTrue();
            assertThat(AnthropicBackend.builder().build().requiresKnownCallers())
                    .isFalse();
            assertThat(backend.type()).isEqualTo("anthropic");
            assertThat(backend).hasToString("AnthropicBackend[]");
        }

        @Test
        void about_models_both_served_and_excluded_are_a_mistake() {
            assertThatExceptionOfType(ConfigurationException.class)
                    .isThrownBy(
                            () -> builder().excludedModels(List.of("claude-x")).build())
                    .withMessageContaining("claude-x");
        }
    }
}
