package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import network.iicp.json.Json;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.speech.SpeechFormat;
import network.iicp.protocol.speech.SpeechRequest;
import network.iicp.protocol.speech.SpeechResult;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SpeechCodecTest {

    @Test
    void a_text_alone_leaves_everything_else_to_the_node() {
        assertThat(Json.text(SpeechCodec.encode(SpeechRequest.of("hi")))).isEqualTo("{\"input\":\"hi\"}");
    }

    @Test
    void every_option_reaches_the_wire() {
        SpeechRequest request = new SpeechRequest("hi", null, null, null, null, Map.of("instructions", "calm"))
                .withModel("tts-1")
                .withVoice("nova")
                .withFormat(SpeechFormat.OPUS)
                .withSpeed(1.25);
        assertThat(Json.text(SpeechCodec.encode(request)))
                .isEqualTo("{\"instructions\":\"calm\",\"input\":\"hi\",\"model\":\"tts-1\",\"voice\":\"nova\","
                        + "\"response_format\":\"opus\",\"speed\":1.25}");
    }

    @Test
    void a_sound_comes_with_its_kind() {
        SpeechResult result = SpeechCodec.decodeResult(
                Answers.of("{\"audio\":\"AQID\",\"content_type\":\"audio/mpeg\",\"format\":\"mp3\"}"));
        assertThat(result.audio()).containsExactly(1, 2, 3);
        assertThat(result.contentType()).isEqualTo("audio/mpeg");
        assertThat(result.format()).isEqualTo("mp3");
        assertThat(result.toString()).contains("3 bytes of audio/mpeg");
    }

    @ParameterizedTest
    @CsvSource({"flac,audio/flac", "midi,application/octet-stream", "'',application/octet-stream"})
    void a_kind_that_is_missing_follows_from_the_format(String format, String contentType) {
        SpeechResult result =
                SpeechCodec.decodeResult(Answers.of("{\"audio\":\"AQID\",\"format\":\"%s\"}".formatted(format)));
        assertThat(result.contentType()).isEqualTo(contentType);
        assertThat(result.format()).isEqualTo(format.isEmpty() ? null : format);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | without a sound",
                "{\"audio\":\"\"} | without a sound",
                "{\"audio\":17} | without a sound",
                "{\"audio\":\"%%%\"} | not base64",
                "{\"audio\":\"AQI*\"} | not base64"
            })
    void an_answer_without_a_sound_is_a_violation(String json, String message) {
        assertThatThrownBy(() -> SpeechCodec.decodeResult(Answers.of(json)))
                .isInstanceOf(ProtocolViolationException.class)
                .hasMessageContaining(message);
    }

    @Test
    void values_out_of_range_are_refused_at_once() {
        assertThatThrownBy(() -> SpeechRequest.of("")).hasMessageContaining("needs a text");
        assertThatThrownBy(() -> SpeechRequest.of("x").withSpeed(9.0)).hasMessageContaining("was 9.0");
        assertThatThrownBy(() -> SpeechRequest.of("x").withSpeed(Double.NaN)).hasMessageContaining("speed");
    }
}
