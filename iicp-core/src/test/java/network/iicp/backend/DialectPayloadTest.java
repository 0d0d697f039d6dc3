package network.iicp.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DialectPayloadTest {

    private static JsonObject sent(
            DialectOperation operation, String payload, boolean streaming, @Nullable Integer maxTokens) {
        JsonObject given = JsonObject.of(Json.parseObject(payload.replace('\'', '"'), JsonLimits.DEFAULT));
        return JsonObject.parse(
                DialectPayload.request(operation, given, "engine-model", streaming, maxTokens), JsonLimits.DEFAULT);
    }

    @Test
    void everything_that_is_the_callers_passes_unchanged() {
        String rest =
                "'temperature':0.70,'top_k':40,'min_p':0.05,'seed':1,'tools':[{'type':'function','function':{'name':'f'}}],'response_format':{'type':'json_object'},'reasoning_effort':'low','guided_json':{},'logit_bias':null";
        JsonObject sent =
                sent(DialectOperation.CHAT, "{'messages':[{'role':'user','content':'é👋'}]," + rest + "}", false, null);

        assertThat(Json.text(sent.asMap()).replace('"', '\''))
                .isEqualTo("{'messages':[{'role':'user','content':'é👋'}]," + rest
                        + ",'model':'engine-model','stream':false}");
    }

    @Test
    void what_is_the_operators_is_left_out() {
        JsonObject sent = sent(
                DialectOperation.CHAT,
                "{'messages':[1],'stream':true,'stream_options':{},'keep_alive':0,'options':{'num_ctx':1000000},'id_slot':3,'cache_prompt':false,'store':true,'service_tier':'flex','chat_template':'x','priority':-1,'lora':[]}",
                false,
                null);
        assertThat(sent.names()).containsExactlyInAnyOrder("messages", "model", "stream");
        assertThat(sent.bool("stream", true)).isFalse();
    }

    @Test
    void streams_ask_for_usage() {
        JsonObject sent = sent(DialectOperation.COMPLETION, "{'prompt':'x','stream':false}", true, null);
        assertThat(sent.bool("stream", false)).isTrue();
        assertThat(sent.object("stream_options").bool("include_usage", false)).isTrue();
    }

    @Test
    void embeddings_know_no_streams() {
        JsonObject sent =
                sent(DialectOperation.EMBEDDING, "{'input':['a'],'stream':true,'max_tokens':'ignored'}", false, 5);
        assertThat(sent.names()).containsExactlyInAnyOrder("input", "max_tokens", "model");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '#',
            value = {
                "'max_tokens':9, max_tokens, 9",
                "'max_tokens':11, max_tokens, 10",
                "'max_completion_tokens':11, max_completion_tokens, 10",
                "'max_tokens':null, max_tokens, 10"
            })
    void the_operators_bound_on_tokens_holds(String member, String name, int expected) {
        String given = member.replace("'", "\"");
        JsonObject sent = sent(DialectOperation.CHAT, "{'messages':[1]," + given + "}", false, 10);
        assertThat(sent.integer(name)).isEqualTo(expected);
        assertThat(sent.has("max_tokens")).isEqualTo(name.equals("max_tokens"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '#',
            value = {
                "CHAT | {} | $.messages",
                "CHAT | {'messages':[]} | $.messages",
                "CHAT | {'messages':'hi'} | $.messages",
                "CHAT | {'messages':[1],'max_tokens':0} | $.max_tokens",
                "CHAT | {'messages':[1],'max_completion_tokens':'many'} | $.max_completion_tokens",
                "COMPLETION | {'prompt':null} | $.prompt",
                "COMPLETION | {'prompt':5} | $.prompt",
                "EMBEDDING | {'input':[]} | $.input",
                "EMBEDDING | {'input':{}} | $.input",
            })
    void bad_payloads_are_refused_before_anything_is_sent(DialectOperation operation, String payload, String path) {
        assertThatThrownBy(() -> sent(operation, payload, false, null))
                .isInstanceOf(JsonException.class)
                .hasMessageStartingWith(path);
    }
}
