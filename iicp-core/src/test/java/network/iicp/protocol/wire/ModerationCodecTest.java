package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.moderation.ModerationRequest;
import network.iicp.protocol.moderation.ModerationResult;
import network.iicp.protocol.moderation.Verdict;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ModerationCodecTest {

    @Test
    void one_text_is_written_as_a_string_and_several_as_an_array() {
        assertThat(Json.text(ModerationCodec.encode(ModerationRequest.of("a")))).isEqualTo("{\"input\":\"a\"}");
        ModerationRequest several = new ModerationRequest(List.of("a", "b"), "guard-1", Map.of("input", "overwritten"));
        assertThat(Json.text(ModerationCodec.encode(several)))
                .isEqualTo("{\"input\":[\"a\",\"b\"],\"model\":\"guard-1\"}");
    }

    @Test
    void verdicts_come_with_categories_and_scores_and_what_is_of_another_type_is_left_out() {
        ModerationResult result = ModerationCodec.decodeResult(Answers.of("""
                {"id":"x","results":[
                 {"flagged":true,"categories":{"hate":true,"spam":false,"odd":"yes"},"category_scores":{"hate":0.9,"spam":1,"odd":"2"}},
                 {"flagged":false}]}"""), 2);
        assertThat(result.verdicts())
                .containsExactly(
                        new Verdict(true, Map.of("hate", true, "spam", false), Map.of("hate", 0.9, "spam", 1.0)),
                        new Verdict(false, Map.of(), Map.of()));
        assertThat(result.flagged()).isTrue();
        assertThat(result.verdict().has("hate")).isTrue();
        assertThat(result.verdict().has("unheard of")).isFalse();
        assertThat(result.model()).isEqualTo("m");
    }

    @Test
    void nothing_flagged_is_not_flagged() {
        assertThat(ModerationCodec.decodeResult(Answers.of("{\"results\":[{\"flagged\":false}]}"), 1)
                        .flagged())
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "\"fine\"",
                "{\"results\":[]}",
                "{\"results\":[{\"flagged\":false}]}",
                "{\"results\":[{\"flagged\":false},{\"flagged\":false},{\"flagged\":false}]}",
                "{\"results\":[{\"flagged\":false},{}]}",
                "{\"results\":[{\"flagged\":false},{\"flagged\":\"false\"}]}",
                "{\"results\":[{\"flagged\":false},{\"flagged\":null}]}"
            })
    void a_verdict_that_is_missing_is_never_taken_for_an_acquittal(String json) {
        assertThatThrownBy(() -> ModerationCodec.decodeResult(Answers.of(json), 2))
                .isInstanceOf(ProtocolViolationException.class);
    }
}
