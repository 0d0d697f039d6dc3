package network.iicp.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import network.iicp.client.CallOptions;
import network.iicp.protocol.speech.SpeechFormat;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Options of moderation, transcription and speech. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class OtherOptionsTest {

    private static final CallOptions TOO_LONG = CallOptions.DEFAULT.withTotal(Duration.ofMinutes(3));

    @Test
    void values_out_of_range_are_refused_at_once() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IicpModerationOptions.builder().routing(TOO_LONG))
                .withMessageContaining("180000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IicpTranscriptionOptions.builder().routing(TOO_LONG))
                .withMessageContaining("180000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IicpTextToSpeechOptions.builder().routing(TOO_LONG))
                .withMessageContaining("180000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IicpTranscriptionOptions.builder().temperature(1.5))
                .withMessageContaining("1.5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IicpTextToSpeechOptions.builder().speed(0.1))
                .withMessageContaining("0.1");
    }

    @Test
    void equal_options_are_equal_and_others_are_not() {
        assertThat(moderation("m").build())
                .isEqualTo(moderation("m").build())
                .hasSameHashCodeAs(moderation("m").build())
                .isNotEqualTo(moderation("n").build())
                .isNotEqualTo(moderation("m")
                        .routing(CallOptions.DEFAULT.withNode("n"))
                        .build())
                .hasToString("IicpModerationOptions[model m]");
        assertThat(transcription("de").build())
                .isEqualTo(transcription("de").build())
                .hasSameHashCodeAs(transcription("de").build())
                .isNotEqualTo(transcription("fr").build())
                .isNotEqualTo(transcription("de").prompt("p").build())
                .hasToString("IicpTranscriptionOptions[model null, language de]");
        assertThat(speech("nova").build())
                .isEqualTo(speech("nova").build())
                .hasSameHashCodeAs(speech("nova").build())
                .isNotEqualTo(speech("echo").build())
                .isNotEqualTo(speech("nova").format(SpeechFormat.MP3).build())
                .hasToString("IicpTextToSpeechOptions[model null, voice nova, format null]");
    }

    @Test
    void what_is_set_can_be_read() {
        IicpTextToSpeechOptions speech = speech("nova")
                .model("m")
                .format(SpeechFormat.OPUS)
                .speed(2.0)
                .routing(CallOptions.DEFAULT.withNode("n"))
                .build();
        assertThat(speech.getModel()).isEqualTo("m");
        assertThat(speech.getVoice()).isEqualTo("nova");
        assertThat(speech.getFormat()).isEqualTo("opus");
        assertThat(speech.getSpeed()).isEqualTo(2.0);
        assertThat(speech.getRouting().node()).isEqualTo("n");
        IicpTranscriptionOptions transcription =
                transcription("de").prompt("p").temperature(0.5).build();
        assertThat(transcription.getModel()).isEmpty();
        assertThat(transcription.getLanguage()).isEqualTo("de");
        assertThat(transcription.getPrompt()).isEqualTo("p");
        assertThat(transcription.getTemperature()).isEqualTo(0.5);
    }

    private static IicpModerationOptions.Builder moderation(String model) {
        return IicpModerationOptions.builder().model(model);
    }

    private static IicpTranscriptionOptions.Builder transcription(String language) {
        return IicpTranscriptionOptions.builder().language(language);
    }

    private static IicpTextToSpeechOptions.Builder speech(String voice) {
        return IicpTextToSpeechOptions.builder().voice(voice);
    }
}
