package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.chat.FinishReason;
import network.iicp.protocol.completion.CompletionRequest;
import network.iicp.protocol.completion.CompletionResult;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CompletionCodecTest {

    @Test
    void every_option_reaches_the_wire_and_how_to_answer_does_not() {
        CompletionRequest request = new CompletionRequest(
                "once", "m1", 5, 0.5, 0.9, 7L, List.of("END"), Map.of("echo", true, "stream", true, "prompt", "no"));
        assertThat(CompletionCodec.encode(request))
                .isEqualTo(Map.of(
                        "prompt",
                        "once",
                        "model",
                        "m1",
                        "max_tokens",
                        5,
                        "temperature",
                        0.5,
                        "top_p",
                        0.9,
                        "seed",
                        7L,
                        "stop",
                        List.of("END"),
                        "echo",
                        true));
        assertThat(Json.text(CompletionCodec.encode(CompletionRequest.of("once"))))
                .isEqualTo("{\"prompt\":\"once\"}");
    }

    @Test
    void the_first_choice_with_a_text_is_the_answer() {
        CompletionResult result = CompletionCodec.decodeResult(Answers.of(
                "{\"choices\":[{\"index\":0},{\"text\":\" upon\",\"finish_reason\":\"length\"},{\"text\":\"x\"}]}"));
        assertThat(result.text()).isEqualTo(" upon");
        assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"choices\":[]}", "{\"choices\":[{\"message\":{\"content\":\"x\"}}]}", "\"x\""})
    void an_answer_without_a_text_is_a_violation(String json) {
        assertThatThrownBy(() -> CompletionCodec.decodeResult(Answers.of(json)))
                .isInstanceOf(ProtocolViolationException.class);
    }
}
