package network.iicp.springai;

import java.util.Objects;
import network.iicp.client.CallOptions;
import network.iicp.protocol.transcription.TranscriptionRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.audio.transcription.AudioTranscriptionOptions;

/** Options of transcriptions through the mesh. Immutable and thread-safe; what is absent is left to the engine or the client. */
public final class IicpTranscriptionOptions implements AudioTranscriptionOptions {

    private final @Nullable String model;
    private final @Nullable String language;
    private final @Nullable String prompt;
    private final @Nullable Double temperature;
    private final CallOptions routing;

    private IicpTranscriptionOptions(Builder from) {
        this.model = from.model;
        this.language = from.language;
        this.prompt = from.prompt;
        this.temperature = from.temperature;
        this.routing = from.routing;
    }

    /** Returns a builder with nothing set. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns the options of a call: what is given where it says something, these where it does not. */
    IicpTranscriptionOptions with(@Nullable AudioTranscriptionOptions given) {
        if (given == null) {
            return this;
        }
        Builder builder = builder()
                .model(Mapping.first(Mapping.blankToNull(given.getModel()), model))
                .language(language)
                .prompt(prompt)
                .temperature(temperature)
                .routing(routing);
        if (given instanceof IicpTranscriptionOptions own) {
            builder.language(Mapping.first(own.language, language))
                    .prompt(Mapping.first(own.prompt, prompt))
                    .temperature(Mapping.first(own.temperature, temperature))
                    .routing(own.routing.over(routing));
        }
        return builder.build();
    }

    /** Returns a request with these options. */
    TranscriptionRequest applied(TranscriptionRequest request) {
        return request.withModel(Mapping.blankToNull(model))
                .withLanguage(language)
                .withPrompt(prompt)
                .withTemperature(temperature);
    }

    /** Returns the model wanted, empty for any; only nodes that serve it are asked. */
    @Override
    public String getModel() {
        return model == null ? "" : model;
    }

    /** Returns what is spoken, such as {@code de}. */
    public @Nullable String getLanguage() {
        return language;
    }

    /** Returns the text that goes before, for names and spelling. */
    public @Nullable String getPrompt() {
        return prompt;
    }

    /** Returns the sampling temperature, 0 to 1. */
    public @Nullable Double getTemperature() {
        return temperature;
    }

    /** Returns which nodes may answer and how long they may take. */
    public CallOptions getRouting() {
        return routing;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof IicpTranscriptionOptions that
                && Objects.equals(model, that.model)
                && Objects.equals(language, that.language)
                && Objects.equals(prompt, that.prompt)
                && Objects.equals(temperature, that.temperature)
                && routing.equals(that.routing);
    }

    @Override
    public int hashCode() {
        return Objects.hash(model, language, prompt, temperature, routing);
    }

    @Override
    public String toString() {
        return "IicpTranscriptionOptions[model %s, language %s]".formatted(model, language);
    }

    /** Collects options; every method checks its value at once. Not thread-safe. */
    public static final class Builder {

        private @Nullable String model;
        private @Nullable String language;
        private @Nullable String prompt;
        private @Nullable Double temperature;
        private CallOptions routing = CallOptions.DEFAULT;

        private Builder() {}

        /** Sets the model wanted; only nodes that serve it are asked. */
        public Builder model(@Nullable String name) {
            this.model = name;
            return this;
        }

        /** Sets what is spoken, such as {@code de}. */
        public Builder language(@Nullable String code) {
            this.language = code;
            return this;
        }

        /** Sets a text that goes before, for names and spelling. */
        public Builder prompt(@Nullable String text) {
            this.prompt = text;
            return this;
        }

        /**
         * Sets the sampling temperature.
         *
         * @throws IllegalArgumentException if it is not between 0 and 1
         */
        public Builder temperature(@Nullable Double value) {
            if (value != null && !(value >= 0 && value <= 1)) {
                throw new IllegalArgumentException("temperature must be between 0 and 1, was " + value);
            }
            this.temperature = value;
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
        public IicpTranscriptionOptions build() {
            return new IicpTranscriptionOptions(this);
        }
    }
}
