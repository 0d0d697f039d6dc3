package network.iicp.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Modality;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StreamFoldTest {

    private static final ServedModels.Model MODEL = new ServedModels.Model(
            "m1.gguf",
            ModelListing.Listed.named("/srv/m1.gguf"),
            Set.of(Intent.LLM_CHAT),
            Set.of(Modality.TEXT),
            false);

    private final StreamFold chat = fold(DialectOperation.CHAT, 1);

    private static StreamFold fold(DialectOperation operation, int choices) {
        return new StreamFold(
                operation,
                new DialectResult.Origin(RecordingContext.TASK_ID, MODEL),
                choices,
                BackendFaults.modelNotFound("m1.gguf", Set.of()));
    }

    /** Feeds a chunk in single quotes; returns the part in single quotes, empty if there is none. */
    private static String feed(StreamFold fold, String chunk) {
        Optional<Map<String, Object>> part =
                fold.accept(Json.parseObject(chunk.replace('\'', '"'), JsonLimits.DEFAULT));
        return part.map(Json::text).orElse("").replace('"', '\'');
    }

    private static String end(StreamFold fold) {
        return Json.text(fold.end()).replace('"', '\'');
    }

    @Test
    void text_passes_with_the_public_name_of_the_model() {
        assertThat(
                        feed(
                                chat,
                                "{'id':'c1','object':'chat.completion.chunk','created':17,'model':'/srv/m1.gguf','system_fingerprint':'x','timings':{},"
                                        + "'choices':[{'index':0,'delta':{'role':'assistant','content':'Hi'},'finish_reason':null}]}"))
                .isEqualTo("{'id':'c1','object':'chat.completion.chunk','created':17,'model':'m1.gguf',"
                        + "'choices':[{'index':0,'delta':{'content':'Hi'},'finish_reason':null}]}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'choices':[{'index':0,'delta':{'role':'assistant'}}]}",
                "{'choices':[{'index':0,'delta':{'role':'assistant','content':''}}]}",
                "{'choices':[{'index':0,'delta':{'content':null,'refusal':null,'tool_calls':[],'annotations':[],'audio':{}}}]}",
                "{'choices':[{'index':0,'delta':{}}]}",
                "{'choices':[{'index':0,'delta':null,'finish_reason':'stop'}]}",
                "{'choices':[{'index':0}]}",
                "{'choices':[]}",
                "{'choices':null,'usage':{'prompt_tokens':1}}",
                "{'choices':['x',null]}",
                "{}",
            })
    void what_brings_no_output_is_swallowed(String chunk) {
        assertThat(feed(chat, chunk)).isEmpty();
    }

    @Test
    void shown_thoughts_have_one_name() {
        assertThat(feed(chat, "{'choices':[{'index':0,'delta':{'reasoning':'hm'}}]}"))
                .contains("'delta':{'reasoning_content':'hm'}");
        assertThat(feed(chat, "{'choices':[{'index':0,'delta':{'reasoning_content':'hm','reasoning':'hm'}}]}"))
                .contains("'delta':{'reasoning_content':'hm'}");
    }

    @Test
    void refusals_and_log_probabilities_pass() {
        assertThat(feed(chat, "{'choices':[{'index':0,'delta':{'refusal':'no'},'logprobs':{'content':[1]}}]}"))
                .contains("'delta':{'refusal':'no'},'logprobs':{'content':[1]}");
    }

    @Test
    void the_end_has_reason_and_usage_and_no_text() {
        feed(chat, "{'id':'c1','created':17,'choices':[{'index':0,'delta':{'content':'Hi'}}]}");
        feed(chat, "{'choices':[{'index':0,'delta':{'content':'!'},'finish_reason':'length'}]}");
        assertThat(chat.isFinished()).isTrue();
        feed(
                chat,
                "{'choices':[],'usage':{'prompt_tokens':3,'completion_tokens':2,'total_tokens':5,'prompt_tokens_details':{}}}");

        assertThat(end(chat))
                .isEqualTo(
                        "{'id':'c1','object':'chat.completion.chunk','created':17,'model':'m1.gguf',"
                                + "'choices':[{'index':0,'delta':{},'finish_reason':'length'}],"
                                + "'usage':{'prompt_tokens':3,'completion_tokens':2,'total_tokens':5,'prompt_tokens_details':{}}}");
    }

    @Test
    void counts_that_come_with_every_chunk_are_taken_from_the_last() {
        feed(chat, "{'choices':[{'index':0,'delta':{'content':'a'}}],'usage':{'completion_tokens':1}}");
        feed(chat, "{'choices':[{'index':0,'delta':{'content':'b'}}],'usage':{'completion_tokens':2}}");
        feed(chat, "{'choices':[{'index':0,'finish_reason':'stop'}],'usage':null}");
        assertThat(end(chat)).endsWith("'usage':{'completion_tokens':2}}");
    }

    @Test
    void no_counts_are_no_counts() {
        feed(
                chat,
                "{'choices':[{'index':0,'delta':{'content':'a'},'finish_reason':'stop'}],'usage':{'prompt_tokens':'many'}}");
        assertThat(end(chat)).doesNotContain("usage");
    }

    @Test
    void tool_calls_finish_as_such_even_if_the_engine_says_stop() {
        assertThat(
                        feed(
                                chat,
                                "{'choices':[{'index':0,'delta':{'content':null,'tool_calls':[{'index':0,'id':'','function':{'name':'f','arguments':'{}'}}]}}]}"))
                .contains("'id':'call_3f2b8c1e_0_0'", "'name':'f'")
                .doesNotContain("content");
        feed(chat, "{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}");
        assertThat(end(chat)).contains("'finish_reason':'tool_calls'");
    }

    @Test
    void several_choices_finish_one_by_one() {
        StreamFold two = fold(DialectOperation.CHAT, 2);
        assertThat(feed(two, "{'choices':[{'index':1,'delta':{'content':'b'}},{'index':0,'delta':{'content':'a'}}]}"))
                .contains("{'index':1,'delta':{'content':'b'},'finish_reason':null},{'index':0,");
        feed(two, "{'choices':[{'index':1,'delta':{},'finish_reason':'stop'}]}");
        assertThat(two.isFinished()).isFalse();
        feed(two, "{'choices':[{'index':0,'delta':{},'finish_reason':'length'}]}");
        assertThat(two.isFinished()).isTrue();
        assertThat(end(two))
                .contains(
                        "[{'index':0,'delta':{},'finish_reason':'length'},{'index':1,'delta':{},'finish_reason':'stop'}]");
    }

    @Test
    void a_choice_that_never_begins_is_missed() {
        StreamFold two = fold(DialectOperation.CHAT, 2);
        feed(two, "{'choices':[{'index':0,'delta':{'content':'a'},'finish_reason':'stop'}]}");
        assertThat(two.isFinished()).isFalse();
    }

    @Test
    void an_empty_answer_is_a_whole_one() {
        feed(chat, "{'id':'c1','choices':[{'index':0,'delta':{'role':'assistant'},'finish_reason':'stop'}]}");
        assertThat(end(chat))
                .isEqualTo("{'id':'c1','object':'chat.completion','model':'m1.gguf','choices':[{'index':0,"
                        + "'message':{'role':'assistant','content':''},'finish_reason':'stop'}]}");
    }

    @Test
    void completions_pass_text() {
        StreamFold completion = fold(DialectOperation.COMPLETION, 1);
        assertThat(feed(
                        completion,
                        "{'id':'t','choices':[{'index':0,'text':' was','logprobs':null,'finish_reason':null}]}"))
                .isEqualTo(
                        "{'id':'t','object':'text_completion','model':'m1.gguf','choices':[{'index':0,'text':' was','finish_reason':null}]}");
        assertThat(feed(completion, "{'choices':[{'index':0,'text':'','finish_reason':'stop'}]}"))
                .isEmpty();
        assertThat(end(completion)).contains("'choices':[{'index':0,'text':'','finish_reason':'stop'}]");
    }

    @Test
    void an_answer_without_id_is_named_after_its_task() {
        assertThat(feed(chat, "{'choices':[{'delta':{'content':'x'}}]}"))
                .startsWith("{'id':'task-" + RecordingContext.TASK_ID + "'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '#',
            value = {
                "{'error':'secret prompt'} | backend_error",
                "{'error':{'message':'secret prompt','type':'server_error'}} | backend_error",
                "{'error':{'message':'secret prompt','code':500}} | backend_error",
                "{'error':{'message':'secret prompt','code':503}} | temporarily_unavailable",
                "{'error':{'message':'secret prompt','code':400,'type':'exceed_context_size_error'}} | backend_rejected",
                "{'error':{'message':'model not found','code':404}} | model_not_found",
                "{'choices':[{'index':-1,'delta':{'content':'x'}}]} | backend_error",
                "{'choices':[{'index':100000,'delta':{'content':'x'}}]} | backend_error",
            })
    void errors_in_the_stream_are_errors(String chunk, String code) {
        assertThatThrownBy(() -> feed(chat, chunk)).isInstanceOfSatisfying(IicpException.class, e -> {
            assertThat(e.code()).isEqualTo(code);
            assertThat(e.retryable()).isEqualTo(!code.equals(ErrorCode.BACKEND_REJECTED.slug()));
            assertThat(e.getMessage()).doesNotContain("secret");
        });
    }
}
