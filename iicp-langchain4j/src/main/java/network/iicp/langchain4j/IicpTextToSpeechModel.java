package network.iicp.langchain4j;

import dev.langchain4j.data.audio.Audio;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.audio.TextToSpeechModel;
import dev.langchain4j.model.audio.TextToSpeechRequest;
import dev.langchain4j.model.audio.TextToSpeechResponse;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.speech.SpeechFormat;
import network.iicp.protocol.speech.SpeechRequest;
import network.iicp.protocol.speech.SpeechResult;
import org.jspecify.annotations.Nullable;

/**
 * A speech model that is whichever node of the mesh can answer now. The sound says its media type. Failures are LangChain4j's
 * exceptions; their cause is the {@link IicpException}.
 *
 * <p>Thread-safe. Close it if it was built with a directory URL; a shared client stays open.
 */
public final class IicpTextToSpeechModel implements TextToSpeechModel, AutoCloseable {

    private final MeshModel mesh;
    private final @Nullable String voice;
    private final @Nullable SpeechFormat format;
    private final @Nullable Double speed;

    private IicpTextToSpeechModel(Builder from, MeshModel mesh) {
        this.mesh = mesh;
        this.voice = from.voice;
        this.format = from.format;
        this.speed = from.speed;
    }

    /** Returns a builder with nothing set. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Speaks a text.
     *
     * @throws dev.langchain4j.exception.LangChain4jException if the mesh gives no answer, or the text is empty
     */
    @Override
    public TextToSpeechResponse synthesize(TextToSpeechRequest request) {
        SpeechResult result = mesh.call(
                mesh.name(),
                (client, options) -> client.speak(
                        SpeechRequest.of(request.text())
                                .withModel(mesh.name())
                                .withVoice(request.voice() == null ? voice : request.voice())
                                .withFormat(format)
                                .withSpeed(speed),
                        options));
        return TextToSpeechResponse.from(Audio.builder()
                .binaryData(result.audio())
                .mimeType(result.contentType())
                .build());
    }

    /** Returns {@link ModelProvider#OTHER}. */
    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    /** Closes the client if it is the model's own. Safe to call twice. */
    @Override
    public void close() {
        mesh.close();
    }

    /** Names the model that is asked for. */
    @Override
    public String toString() {
        return "IicpTextToSpeechModel[%s]".formatted(mesh.name());
    }

    /** Sets up a model. Not thread-safe. */
    public static final class Builder extends MeshModelBuilder<Builder> {

        private @Nullable String voice;
        private @Nullable SpeechFormat format;
        private @Nullable Double speed;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /** Sets the voice of requests that name none. Default: the node's choice. */
        public Builder voice(@Nullable String name) {
            voice = name;
            return this;
        }

        /** Sets how the sound is written. Default: the node's choice. */
        public Builder format(@Nullable SpeechFormat wanted) {
            format = wanted;
            return this;
        }

        /**
         * Sets how fast is spoken, {@value SpeechRequest#MIN_SPEED} to {@value SpeechRequest#MAX_SPEED}. Default: the voice's own speed.
         *
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder speed(@Nullable Double factor) {
            speed = SpeechRequest.of("-").withSpeed(factor).speed();
            return this;
        }

        /**
         * Returns the model. No network is touched.
         *
         * @throws IllegalArgumentException if there is neither a client nor a directory URL, or a value is out of range
         */
        public IicpTextToSpeechModel build() {
            return new IicpTextToSpeechModel(this, model("IicpTextToSpeechModel"));
        }
    }
}
