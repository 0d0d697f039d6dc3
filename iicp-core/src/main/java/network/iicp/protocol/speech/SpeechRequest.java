package network.iicp.protocol.speech;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A text to speak. Immutable; absent options are {@code null} and left to the node.
 *
 * @param input the text, not empty
 * @param model the model wanted
 * @param voice the voice wanted; nodes use {@code alloy} if there is none
 * @param format how the sound is written
 * @param speed 0.25 to 4; 1 is the voice's own
 * @param extra further payload members, passed through as they are; they never replace the ones above
 */
public record SpeechRequest(
        String input,
        @Nullable String model,
        @Nullable String voice,
        @Nullable SpeechFormat format,
        @Nullable Double speed,
        Map<String, Object> extra) {

    /** Slowest speed. */
    public static final double MIN_SPEED = 0.25;

    /** Fastest speed. */
    public static final double MAX_SPEED = 4;

    /** Checks that there is a text and the range of the speed, and copies the map. */
    public SpeechRequest {
        Objects.requireNonNull(input, "input");
        if (input.isEmpty()) {
            throw new IllegalArgumentException("a speech request needs a text");
        }
        if (speed != null && !(speed >= MIN_SPEED && speed <= MAX_SPEED)) {
            throw new IllegalArgumentException(
                    "speed must be between %s and %s, was %s".formatted(MIN_SPEED, MAX_SPEED, speed));
        }
        extra = Collections.unmodifiableMap(new LinkedHashMap<>(extra));
    }

    /** Returns a request without options. */
    public static SpeechRequest of(String text) {
        return new SpeechRequest(text, null, null, null, null, Map.of());
    }

    /** Returns a copy that asks for this model. */
    public SpeechRequest withModel(@Nullable String name) {
        return new SpeechRequest(input, name, voice, format, speed, extra);
    }

    /** Returns a copy that asks for this voice. */
    public SpeechRequest withVoice(@Nullable String name) {
        return new SpeechRequest(input, model, name, format, speed, extra);
    }

    /** Returns a copy that asks for this format. */
    public SpeechRequest withFormat(@Nullable SpeechFormat wanted) {
        return new SpeechRequest(input, model, voice, wanted, speed, extra);
    }

    /** Returns a copy with this speed, {@value #MIN_SPEED} to {@value #MAX_SPEED}. */
    public SpeechRequest withSpeed(@Nullable Double factor) {
        return new SpeechRequest(input, model, voice, format, factor, extra);
    }

    /** Names model, voice and format; never shows the text. */
    @Override
    public String toString() {
        return "SpeechRequest[model %s, voice %s, format %s]".formatted(model, voice, format);
    }
}
