package network.iicp.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import network.iicp.json.Json;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.transcription.TranscriptionRequest;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TranscriptionCodecTest {

    @Test
    void a_recording_is_written_as_base64_with_a_file_name() {
        assertThat(Json.text(TranscriptionCodec.encode(TranscriptionRequest.of(new byte[] {1, 2, 3}))))
                .isEqualTo("{\"audio\":\"AQID\",\"filename\":\"audio.wav\"}");
    }

    @Test
    void every_option_reaches_the_wire() {
        TranscriptionRequest request = new TranscriptionRequest(
                        "AQID", "a.mp3", null, null, null, null, Map.of("response_format", "text", "audio", "no"))
                .withModel("whisper-1")
                .withLanguage("de")
                .withPrompt("IICP")
                .withTemperature(0.5);
        assertThat(TranscriptionCodec.encode(request))
                .isEqualTo(Map.of(
                        "audio", "AQID",
                        "filename", "a.mp3",
                        "model", "whisper-1",
                        "language", "de",
                        "prompt", "IICP",
                        "temperature", 0.5,
                        "response_format", "text"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"good morning\"", "{\"text\":\"good morning\",\"duration\":1.5}"})
    void a_text_is_read_alone_or_in_an_object(String json) {
        assertThat(TranscriptionCodec.decodeResult(Answers.of(json)).text()).isEqualTo("good morning");
    }

    @Test
    void silence_is_an_empty_text() {
        assertThat(TranscriptionCodec.decodeResult(Answers.of("{\"text\":\"\"}"))
                        .text())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "{\"text\":null}", "{\"text\":[\"good\"]}", "17"})
    void an_answer_without_a_text_is_a_violation(String json) {
        assertThatThrownBy(() -> TranscriptionCodec.decodeResult(Answers.of(json)))
                .isInstanceOf(ProtocolViolationException.class);
    }

    @Test
    void values_out_of_range_are_refused_at_once() {
        assertThatThrownBy(() -> TranscriptionRequest.of(new byte[0])).hasMessageContaining("needs a recording");
        assertThatThrownBy(() -> TranscriptionRequest.of(new byte[1], " ")).hasMessageContaining("filename");
        assertThatThrownBy(() -> TranscriptionRequest.of(new byte[1]).withTemperature(1.1))
                .hasMessageContaining("temperature must be between 0 and 1, was 1.1");
    }
}
