package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import network.iicp.json.Json;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.summarization.SummaryFormat;
import network.iicp.protocol.summarization.SummaryRequest;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SummaryCodecTest {

    @Test
    void the_payload_has_the_members_of_the_registry_and_no_other() {
        SummaryRequest request = SummaryRequest.of("long")
                .withMaxLength(9)
                .withFormat(SummaryFormat.BULLETS)
                .withLanguage("de")
                .withModel("m");
        assertThat(Json.text(SummaryCodec.encode(request)))
                .isEqualTo("{\"text\":\"long\",\"max_length\":9,\"format\":\"bullets\",\"language\":\"de\"}");
        assertThat(Json.text(SummaryCodec.encode(SummaryRequest.of("long")))).isEqualTo("{\"text\":\"long\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"short\"",
                "{\"summary\":\"short\",\"text\":\"other\"}",
                "{\"text\":\"short\"}",
                "{\"result\":\"short\"}",
                "{\"choices\":[{\"message\":{\"content\":\"short\"}}]}",
                "{\"choices\":[{\"text\":\"short\"}]}"
            })
    void summaries_are_read_in_the_usual_forms(String json) {
        assertThat(SummaryCodec.decodeResult(Answers.of(json)).text()).isEqualTo("short");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "\" \"", "{\"summary\":17}", "[\"short\"]", "{\"choices\":[{}]}"})
    void an_answer_without_a_text_is_a_violation(String json) {
        assertThatThrownBy(() -> SummaryCodec.decodeResult(Answers.of(json)))
                .isInstanceOf(ProtocolViolationException.class);
    }

    @Test
    void values_out_of_range_are_refused_at_once() {
        assertThatThrownBy(() -> SummaryRequest.of(" ")).hasMessageContaining("needs a text");
        assertThatThrownBy(() -> SummaryRequest.of("x").withMaxLength(0)).hasMessageContaining("was 0");
    }
}
