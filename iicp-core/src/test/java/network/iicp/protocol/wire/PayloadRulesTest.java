package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.Intent;
import network.iicp.protocol.InvalidRequestException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PayloadRulesTest {

    private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    private static Intent intent(String name) {
        return Intent.parse("urn:iicp:intent:" + name);
    }

    private static Map<String, Object> json(String text) {
        return Json.parseObject(text.replace("MESSAGES", MESSAGES).replace('\'', '"'), JsonLimits.DEFAULT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "llm:chat:v1 | {} | payload.messages is missing",
                "llm:chat:v1 | {'messages':[]} | payload.messages must have at least 1 element",
                "llm:chat:v1 | {'messages':['hi']} | payload.messages[0] must be an object",
                "llm:chat:v1 | {'messages':[{'role':'robot','content':''}]} | payload.messages[0].role is \"robot\"; it must be one of",
                "llm:chat:v1 | {'messages':[{'role':'user'}]} | payload.messages[0].content is missing",
                "llm:chat:v1 | {MESSAGES,'stop':'END'} | payload.stop must be an array",
                "llm:chat:v1 | {MESSAGES,'max_tokens':0} | payload.max_tokens must be a whole number from 1",
                "llm:chat:v1 | {MESSAGES,'max_tokens':1.5} | payload.max_tokens must be a whole number from 1",
                "llm:chat:v1 | {MESSAGES,'temperature':null} | payload.temperature must be a number from 0.0 to 2.0",
                "audio:transcribe:v1 | {'audio':''} | payload.audio must be text, not empty",
                "audio:transcribe:v1 | {'audio':'AA','language':'english!'} | payload.language must be the code of a language",
                "audio:speech:v1 | {'input':'x','speed':9} | payload.speed must be a number from 0.25 to 4.0",
                "safety:moderate:v1 | {'input':['a',1]} | payload.input[1] must be text",
                "translate:v1 | {'text':'a','target_language':'de','tone':'kind'} | payload has a member \"tone\" that the intent does not know",
                "embedding:multimodal:v1 | {'inputs':[{'type':'text'}]} | payload.inputs[0].content is missing",
                "mcp:tools/call:v1 | {'tool_name':'x','arguments':'y'} | payload.arguments must be an object"
            })
    void what_the_registry_does_not_allow_is_refused_and_named(String name, String payload, String message) {
        InvalidRequestException fault = catchThrowableOfType(
                InvalidRequestException.class,
                () -> PayloadRules.requireRegistered(intent(name), json(payload), ErrorComponent.CLIENT));
        assertThat(fault).hasMessageContaining(message);
        assertThat(fault.code()).isEqualTo(ErrorCode.VALIDATION_ERROR.slug());
        assertThat(fault.component()).isEqualTo(ErrorComponent.CLIENT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "llm:chat:v1 | {MESSAGES,'max_tokens':5.0,'temperature':2,'stop':[],'anything':{'else':1}}",
                "llm:chat:v1 | {'messages':[{'role':'assistant','content':null,'tool_calls':[]}]}",
                "llm:embedding:v1 | {'input':'one'}",
                "audio:transcribe:v1 | {'audio':'AA','language':'zh-Hant-TW','temperature':0.0,'response_format':'text'}",
                "audio:speech:v1 | {'input':'','speed':0.25}",
                "llm:rerank:v1 | {'query':'q','candidates':['a'],'top_k':1,'return_scores':false}"
            })
    void what_the_registry_allows_passes(String name, String payload) {
        assertThatCode(() -> PayloadRules.requireRegistered(intent(name), json(payload), ErrorComponent.CLIENT))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "llm:chat:v1 | {'messages':[]} | at least 1 element",
                "llm:chat:v1 | {'messages':[{'role':'robot'}]} | role is \"robot\"",
                "llm:chat:v1 | {MESSAGES,'temperature':2.5} | from 0.0 to 2.0",
                "llm:completion:v1 | {'max_tokens':-1} | max_tokens",
                "audio:speech:v1 | {'speed':0.1} | speed",
                "audio:transcribe:v1 | {'response_format':'srt'} | response_format",
                "audio:transcribe:v1 | {'temperature':1.5} | temperature"
            })
    void what_no_engine_can_work_with_is_refused_by_default(String name, String payload, String message) {
        assertThatThrownBy(() -> PayloadRules.requireUsable(intent(name), json(payload), ErrorComponent.NODE))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "llm:chat:v1 | {'messages':[{'role':'developer'},{'role':'assistant','tool_calls':[]}],'stop':'END'}",
                "llm:chat:v1 | {}",
                "llm:chat:v1 | {MESSAGES,'temperature':null,'max_tokens':null}",
                "audio:transcribe:v1 | {'audio_b64':'AA'}",
                "translate:v1 | {'anything':1}"
            })
    void what_only_the_registry_forbids_passes_by_default(String name, String payload) {
        assertThatCode(() -> PayloadRules.requireUsable(intent(name), json(payload), ErrorComponent.NODE))
                .doesNotThrowAnyException();
    }

    @Test
    void a_number_that_is_none_and_one_of_any_size_are_told_apart() {
        Map<String, Object> nan = Map.of("input", "x", "speed", Double.NaN);
        assertThatThrownBy(() -> PayloadRules.requireUsable(Intent.AUDIO_SPEECH, nan, ErrorComponent.NODE))
                .hasMessageContaining("speed");
        Map<String, Object> huge = json("{MESSAGES,'max_tokens':1e99999}");
        assertThatCode(() -> PayloadRules.requireRegistered(Intent.LLM_CHAT, huge, ErrorComponent.NODE))
                .doesNotThrowAnyException();
        Map<String, Object> tiny = json("{MESSAGES,'max_tokens':1e-99999}");
        assertThatThrownBy(() -> PayloadRules.requireRegistered(Intent.LLM_CHAT, tiny, ErrorComponent.NODE))
                .hasMessageContaining("max_tokens");
    }
}
