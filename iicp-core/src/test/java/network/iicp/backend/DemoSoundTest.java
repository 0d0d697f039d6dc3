package network.iicp.backend;

import static network.iicp.backend.DemoAsking.ask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import network.iicp.json.JsonObject;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.InvalidRequestException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DemoSoundTest {

    private final DemoBackend engine = DemoBackend.create();

    private byte[] spoken(String text) throws InterruptedException {
        JsonObject answer = ask(engine, Intent.AUDIO_SPEECH, "{'input':'" + text + "'}");
        assertThat(answer.string("content_type")).isEqualTo("audio/wav");
        assertThat(answer.string("format")).isEqualTo("wav");
        assertThat(answer.string("model")).isEqualTo(DemoBackend.MODEL);
        return Base64.getDecoder().decode(answer.string("audio"));
    }

    private String heard(String member, byte[] recording) throws InterruptedException {
        String base64 = Base64.getEncoder().encodeToString(recording);
        return ask(engine, Intent.AUDIO_TRANSCRIBE, "{'%s':'%s'}".formatted(member, base64))
                .string("text");
    }

    @Test
    void what_is_spoken_is_a_sound_file_that_others_can_read_with_a_tone_for_each_word() throws Exception {
        byte[] file = spoken("good morning to you");
        try (AudioInputStream sound = AudioSystem.getAudioInputStream(new ByteArrayInputStream(file))) {
            assertThat(sound.getFormat().getSampleRate()).isEqualTo(8_000);
            assertThat(sound.getFrameLength()).isEqualTo(4 * 600);
        }
        assertThat(spoken("good morning to you")).isEqualTo(file);
    }

    @ParameterizedTest
    @ValueSource(strings = {"good morning", "odd", "grüß Gott", "x"})
    void what_was_spoken_is_heard_again(String text) throws Exception {
        assertThat(heard("audio", spoken(text))).isEqualTo(text);
        assertThat(heard("audio_b64", spoken(text))).isEqualTo(text);
    }

    @Test
    void of_any_other_recording_it_says_that_it_is_a_demo() throws Exception {
        assertThat(heard("audio", new byte[] {1, 2, 3})).contains("demo", "no speech model", "3 bytes");
    }

    @Test
    void cut_and_changed_recordings_do_no_harm() {
        byte[] file = DemoSound.wav("good morning");
        for (int length = 0; length < 120; length++) {
            assertThat(DemoSound.comment(Arrays.copyOf(file, length))).isNotNull();
        }
        Random random = new Random(4711);
        for (int round = 0; round < 2_000; round++) {
            byte[] changed = file.clone();
            for (int i = 0; i < 4; i++) {
                changed[random.nextInt(90)] = (byte) random.nextInt();
            }
            assertThat(DemoSound.comment(changed))
                    .as("round %d of seed 4711", round)
                    .isNotNull();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{} | input",
                "{'input':''} | 1 to 4096 characters",
                "{'input':17} | input",
                "{'input':'x','response_format':5} | response_format"
            })
    void a_bad_speech_request_is_refused(String payload, String message) {
        assertThatThrownBy(() -> ask(engine, Intent.AUDIO_SPEECH, payload))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining(message);
    }

    @Test
    void another_format_than_wav_is_not_pretended() {
        assertThatThrownBy(() -> ask(engine, Intent.AUDIO_SPEECH, "{'input':'x','response_format':'mp3'}"))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("a demo makes wav only");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{} | audio",
                "{'audio':''} | must not be empty",
                "{'audio':'%%'} | not base64",
                "{'audio':[1]} | audio"
            })
    void a_bad_recording_is_refused(String payload, String message) {
        assertThatThrownBy(() -> ask(engine, Intent.AUDIO_TRANSCRIBE, payload))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining(message);
    }

    @Test
    void texts_with_certain_words_are_flagged_and_others_are_not() throws Exception {
        JsonObject answer =
                ask(engine, Intent.SAFETY_MODERATE, "{'input':['I hate this.','a fine day','KILL the process!']}");
        assertThat(answer.objects("results"))
                .extracting(result -> result.bool("flagged", false))
                .containsExactly(true, false, true);
        JsonObject first = answer.objects("results").get(0);
        assertThat(first.object("categories").bool("hate", false)).isTrue();
        assertThat(first.object("categories").bool("violence", true)).isFalse();
        assertThat(first.object("category_scores").optionalDouble("hate")).hasValue(1);
        assertThat(answer.string("model")).isEqualTo(DemoBackend.MODEL);
        assertThat(ask(engine, Intent.SAFETY_MODERATE, "{'input':'whatever'}").objects("results"))
                .hasSize(1);
    }

    @Test
    void a_moderation_without_a_text_is_refused() {
        assertThatThrownBy(() -> ask(engine, Intent.SAFETY_MODERATE, "{'input':[]}"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("input");
    }
}
