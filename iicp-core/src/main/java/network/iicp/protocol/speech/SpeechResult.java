package network.iicp.protocol.speech;

import java.util.Objects;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Usage;
import org.jspecify.annotations.Nullable;

/**
 * Spoken words. Two results are equal only when they share the array.
 *
 * @param audio the whole file, not empty; callers must not change it
 * @param contentType its media type, such as {@code audio/mpeg}
 * @param format the word for its format, such as {@code mp3}, or {@code null} when the node did not say
 * @param model the model that spoke, or {@code null}
 * @param usage tokens counted by the engine
 * @param provenance where the answer came from
 */
@SuppressWarnings("ArrayRecordComponent") // megabytes are not copied to make results comparable
public record SpeechResult(
        byte[] audio,
        String contentType,
        @Nullable String format,
        @Nullable String model,
        Usage usage,
        Provenance provenance) {

    /** Checks that nothing required is missing. */
    public SpeechResult {
        Objects.requireNonNull(audio, "audio");
        Objects.requireNonNull(contentType, "contentType");
        Objects.requireNonNull(usage, "usage");
        Objects.requireNonNull(provenance, "provenance");
    }

    /** Says how much sound there is, of which kind, and where it came from. */
    @Override
    public String toString() {
        return "SpeechResult[%d bytes of %s, %s, %s]".formatted(audio.length, contentType, model, provenance);
    }
}
