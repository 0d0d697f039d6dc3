package network.iicp.springai;

import java.util.Objects;
import network.iicp.client.CallOptions;
import network.iicp.protocol.speech.SpeechFormat;
import network.iicp.protocol.speech.SpeechRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.audio.tts.TextToSpeechOptions;

/** Options of speech through the mesh. Immutable and thread-safe; what is {@code null} is left to the node or the client. */
public final class IicpTextToSpeechOptions implements TextToSpeechOptions {

    private final @Nullable String model;
    private final @Nullable String voice;
    private final @Nullable SpeechFormat format;
    private final @Nullable Double speed;
    private final CallOptions routing;

    private IicpTextToSpeechOptions(Builder from) {
        this.model = from.model;
        this.voice = from.voice;
        this.format = from.format;
        this.speed = from.speed;
        this.routing = from.routing;
    }

    /** Returns a builder with nothing set. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns the options of a call: what is given where it says something, these where it does not. */
    IicpTextToSpeechOptions with(@Nullable TextToSpeechOptions given) {
        if (given == null) {
            return this;
        }
        String word = Mapping.blankToNull(given.getFormat());
        return builder()
                .model(Mapping.first(Mapping.blankToNull(given.getModel()), model))
                .voice(Mapping.first(Mapping.blankToNull(given.getVoice()), voice))
                .format(word == null ? format : known(word))
                .speed(Mapping.first(given.getSpeed(), speed))
                .routing(given instanceof IicpTextToSpeechOptions own ? own.routing.over(routing) : routing)
                .build();
    }

    private static SpeechFormat known(String word) {
        return SpeechFormat.of(word)
                .orElseThrow(
                        () -> new IllegalArgumentException("format must be wav, mp3, opus, flac or aac, was " + word));
    }

    /** Returns a request with these options. */
    SpeechRequest request(String text) {
        return SpeechRequest.of(text)
                .withModel(Mapping.blankToNull(model))
                .withVoice(voice)
                .withFormat(format)
                .withSpeed(speed);
    }

    /** Returns the model wanted; only nodes that serve it are asked. */
    @Override
    public @Nullable String getModel() {
        return model;
    }

    /** Returns the voice wanted. */
    @Override
    public @Nullable String getVoice() {
        return voice;
    }

    /** Returns how the sound is written, such as {@code mp3}. */
    @Override
    public @Nullable String getFormat() {
        return format == null ? null : format.wireName();
    }

    /** Returns how fast is spoken; 1 is the voice's own speed. */
    @Override
    public @Nullable Double getSpeed() {
        return speed;
    }

    /** Returns which nodes may answer and how long they may take. */
    public CallOptions getRouting() {
        return routing;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof IicpTextToSpeechOptions that
                && Objects.equals(model, that.model)
                && Objects.equals(voice, that.voice)
                && format == that.format
                && Objects.equals(speed, that.speed)
                && routing.equals(that.routing);
    }

    @Override
    public int hashCode() {
        return Objects.hash(model, voice, format, speed, routing);
    }

    @Override
    public String toString() {
        return "IicpTextToSpeechOptions[model %s, voice %s, format %s]".formatted(model, voice, format);
    }

    /** Collects options; every method checks its value at once. Not thread-safe. */
    public static final class Builder {

        private @Nullable String model;
        private @Nullable String voice;
        private @Nullable SpeechFormat format;
        private @Nullable Double speed;
        private CallOptions routing = CallOptions.DEFAULT;

        private Builder() {}

        /** Sets the model wanted; only nodes that serve it are asked. */
        public Builder model(@Nullable String name) {
            this.model = name;
            return this;
        }

        /** Sets the voice wanted. */
        public Builder voice(@Nullable String name) {
            this.voice = name;
            return this;
        }

        /** Sets how the sound is written. */
        public Builder format(@Nullable SpeechFormat wanted) {
            this.format = wanted;
            return this;
        }

        /**
         * Sets how fast is spoken; 1 is the voice's own speed.
         *
         * @throws IllegalArgumentException if it is not between {@value SpeechRequest#MIN_SPEED} and {@value SpeechRequest#MAX_SPEED}
         */
        public Builder speed(@Nullable Double factor) {
            this.speed = SpeechRequest.of("-").withSpeed(factor).speed();
            return this;
        }

        /**
         * Sets which nodes may answer and how long they may take. What it leaves open is that of the model's own options, then of the
         * client.
         *
         * @throws IllegalArgumentException if the total time limit is out of range
         */
        public Builder routing(CallOptions options) {
            this.routing = Mapping.withTotal(options, options.total());
            return this;
        }

        /** Returns the options. */
        public IicpTextToSpeechOptions build() {
            return new IicpTextToSpeechOptions(this);
        }
    }
}
