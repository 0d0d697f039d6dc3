package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import network.iicp.json.Json;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.translation.TranslationRequest;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TranslationCodecTest {

    @Test
    void the_payload_has_the_members_of_the_registry_and_no_other() {
        assertThat(Json.text(TranslationCodec.encode(TranslationRequest.of("hello", "de")
                        .withSourceLanguage("en")
                        .withModel("m"))))
                .isEqualTo("{\"text\":\"hello\",\"source_language\":\"en\",\"target_language\":\"de\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"hallo\"",
                "{\"translation\":\"hallo\",\"text\":\"hello\"}",
                "{\"translated_text\":\"hallo\"}",
                "{\"text\":\"hallo\"}",
                "{\"choices\":[{\"message\":{\"content\":\"hallo\"}}]}"
            })
    void translations_are_read_in_the_usual_forms(String json) {
        assertThat(TranslationCodec.decodeResult(Answers.of(json)).text()).isEqualTo("hallo");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "\"\"", "17", "{\"translation\":null}"})
    void an_answer_without_a_text_is_a_violation(String json) {
        assertThatThrownBy(() -> TranslationCodec.decodeResult(Answers.of(json)))
                .isInstanceOf(ProtocolViolationException.class);
    }

    @Test
    void a_missing_text_or_language_is_refused_at_once() {
        assertThatThrownBy(() -> TranslationRequest.of("", "de")).hasMessageContaining("needs a text");
        assertThatThrownBy(() -> TranslationRequest.of("x", " ")).hasMessageContaining("target language");
    }
}
