package network.iicp.protocol.transcription;

import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Recorded speech to write down. Immutable; absent options are {@code null} and left to the engine.
 *
 * <p>Nodes of other implementations take bodies of 1 MiB, which is about 780 kB of sound in clear and 570 kB encrypted.
 *
 * @param audio the bytes of the recording, standard base64
 * @param filename a file name whose ending tells engines the format, such as {@code talk.mp3}
 * @param model the model wanted
 * @param language what is spoken, such as {@code de}
 * @param prompt a text that goes before, for names and spelling
 * @param temperature 0 to 1
 * @param extra further payload members, passed through as they are; they never replace the ones above
 */
public record TranscriptionRequest(
        String audio,
        String filename,
        @Nullable String model,
        @Nullable String language,
        @Nullable String prompt,
        @Nullable Double temperature,
        Map<String, Object> extra) {

    /** The file name when none is given. */
    public static final String DEFAULT_FILENAME = "audio.wav";

    /** Checks that there is a recording and the range of the temperature, and copies the map. */
    public TranscriptionRequest {
        Objects.requireNonNull(audio, "audio");
        if (audio.isEmpty()) {
            throw new IllegalArgumentException("a transcription request needs a recording");
        }
        if (filename.isBlank()) {
            throw new IllegalArgumentException("filename must not be blank");
        }
        if (temperature != null && !(temperature >= 0 && temperature <= 1)) {
            throw new IllegalArgumentException("temperature must be between 0 and 1, was " + temperature);
        }
        extra = Collections.unmodifiableMap(new LinkedHashMap<>(extra));
    }

    /**
     * Returns a request for a recording, named {@value #DEFAULT_FILENAME}.
     *
     * @param recording the whole file
     */
    public static TranscriptionRequest of(byte[] recording) {
        return of(recording, DEFAULT_FILENAME);
    }

    /**
     * Returns a request for a recording.
     *
     * @param recording the whole file
     * @param filename a file name whose ending tells the format
     */
    public static TranscriptionRequest of(byte[] recording, String filename) {
        return new TranscriptionRequest(
                Base64.getEncoder().encodeToString(recording), filename, null, null, null, null, Map.of());
    }

    /** Returns a copy that asks for this model. */
    public TranscriptionRequest withModel(@Nullable String name) {
        return new TranscriptionRequest(audio, filename, name, language, prompt, temperature, extra);
    }

    /** Returns a copy that says which language is spoken, such as {@code de}. */
    public TranscriptionRequest withLanguage(@Nullable String code) {
        return new TranscriptionRequest(audio, filename, model, code, prompt, temperature, extra);
    }

    /** Returns a copy with a text that goes before. */
    public TranscriptionRequest withPrompt(@Nullable String text) {
        return new TranscriptionRequest(audio, filename, model, language, text, temperature, extra);
    }

    /** Returns a copy with this sampling temperature. */
    public TranscriptionRequest withTemperature(@Nullable Double value) {
        return new TranscriptionRequest(audio, filename, model, language, prompt, value, extra);
    }

    /** Names model and language; never shows content. */
    @Override
    public String toString() {
        return "TranscriptionRequest[model %s, language %s]".formatted(model, language);
    }
}
