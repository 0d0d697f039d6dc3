package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import network.iicp.json.Json;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.classification.ClassificationRequest;
import network.iicp.protocol.classification.ClassificationResult;
import network.iicp.protocol.classification.ClassificationResult.Label;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ClassificationCodecTest {

    private static final ClassificationRequest ONE = ClassificationRequest.of("a text", "good", "bad", "odd");
    private static final ClassificationRequest SEVERAL = ONE.withMultiLabel(true);

    @Test
    void the_payload_has_the_members_of_the_registry_and_no_other() {
        assertThat(Json.text(ClassificationCodec.encode(ONE)))
                .isEqualTo("{\"text\":\"a text\",\"categories\":[\"good\",\"bad\",\"odd\"]}");
        assertThat(ClassificationCodec.encode(SEVERAL.withExplain(true).withModel("m")))
                .containsOnlyKeys("text", "categories", "multi_label", "explain");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"bad\"",
                "[\"bad\"]",
                "{\"category\":\"bad\"}",
                "{\"label\":\"bad\"}",
                "{\"labels\":[\"bad\",\"good\"]}",
                "{\"categories\":[{\"name\":\"unheard of\"},{\"name\":\"bad\"}]}",
                "{\"results\":[{\"label\":\"good\",\"score\":0.2},{\"label\":\"bad\",\"score\":0.8}]}"
            })
    void the_one_category_is_read_in_the_usual_forms(String json) {
        assertThat(ClassificationCodec.decodeResult(Answers.of(json), ONE).categories())
                .containsExactly("bad");
    }

    @Test
    void several_categories_come_with_the_surest_first_each_once_and_with_the_reasons() {
        ClassificationResult result = ClassificationCodec.decodeResult(Answers.of("""
                        {"explanation":"because","labels":[
                         {"category":"good","score":0.4},{"category":"odd","confidence":0.9},{"category":"good","score":1},
                         {"category":"else","score":1}]}"""), SEVERAL);
        assertThat(result.labels()).containsExactly(new Label("odd", 0.9), new Label("good", 0.4));
        assertThat(result.explanation()).isEqualTo("because");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{\"labels\":[]}"})
    void none_applies_only_where_several_may(String json) {
        assertThat(ClassificationCodec.decodeResult(Answers.of(json), SEVERAL).labels())
                .isEmpty();
        assertThatThrownBy(() -> ClassificationCodec.decodeResult(Answers.of(json), ONE))
                .isInstanceOf(ProtocolViolationException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{}", "\"ugly\"", "{\"labels\":[\"ugly\"]}", "{\"labels\":[17]}", "17", "{\"labels\":\"ugly\"}"})
    void an_answer_without_a_category_that_was_asked_for_is_a_violation(String json) {
        assertThatThrownBy(() -> ClassificationCodec.decodeResult(Answers.of(json), SEVERAL))
                .isInstanceOf(ProtocolViolationException.class);
    }

    @Test
    void categories_must_be_there_and_differ() {
        assertThatThrownBy(() -> ClassificationRequest.of("x", List.of())).hasMessageContaining("at least one");
        assertThatThrownBy(() -> ClassificationRequest.of("x", "a", "a")).hasMessageContaining("named once");
        assertThatThrownBy(() -> ClassificationRequest.of(" ", "a")).hasMessageContaining("needs a text");
    }
}
