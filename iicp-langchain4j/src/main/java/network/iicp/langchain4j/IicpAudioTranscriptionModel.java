package network.iicp.langchain4j;

import dev.langchain4j.data.audio.Audio;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.audio.AudioTranscriptionModel;
import dev.langchain4j.model.audio.AudioTranscriptionRequest;
import dev.langchain4j.model.audio.AudioTranscriptionResponse;
import java.util.Locale;
import java.util.Map;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.transcription.TranscriptionRequest;
import org.jspecify.annotations.Nullable;

/**
 * A transcription model that is whichever node of the mesh can answer now. Recordings travel inside the task, so a recording given by
 * address is refused; nodes of other implementations take about 570 kB. Failures are LangChain4j's exceptions; their cause is the
 * {@link IicpException}.
 *
 * <p>Thread-safe. Close it if it was built with a directory URL; a shared client stays open.
 */
public final class IicpAudioTranscriptionModel implements AudioTranscriptionModel, AutoCloseable {

    private static final Map<String, String> ENDINGS =
            Map.of("audio/mpeg", "mp3", "audio/mp4", "m4a", "audio/x-wav", "wav");

    private final MeshModel mesh;

    private IicpAudioTranscriptionModel(MeshModel mesh) {
        this.mesh = mesh;
    }

    /** Returns a builder with nothing set. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Writes down a recording.
     *
     * @throws UnsupportedFeatureException if the recording is given by address
     * @throws dev.langchain4j.exception.LangChain4jException if the mesh gives no answer, the recording is empty, or an option is out of
     *     range
     */
    @Override
    public AudioTranscriptionResponse transcribe(AudioTranscriptionRequest request) {
        return AudioTranscriptionResponse.from(mesh.call(
                        mesh.name(),
                        (client, options) -> client.transcribe(
                                recording(request.audio())
                                        .withModel(mesh.name())
                                        .withPrompt(request.prompt())
                                        .withLanguage(request.language())
                                        .withTemperature(request.temperature()),
                                options))
                .text());
    }

    private static TranscriptionRequest recording(Audio audio) {
        String name = "audio." + ending(audio.mimeType());
        if (audio.binaryData() != null) {
            return TranscriptionRequest.of(audio.binaryData(), name);
        }
        if (audio.base64Data() != null) {
            return new TranscriptionRequest(audio.base64Data(), name, null, null, null, null, Map.of());
        }
        throw new UnsupportedFeatureException(
                "a recording given by address is not supported by this model provider; give its bytes");
    }

    /** Engines tell the format by the ending of the name. */
    private static String ending(@Nullable String mimeType) {
        if (mimeType == null) {
            return "wav";
        }
        String type = mimeType.toLowerCase(Locale.ROOT);
        String subtype = type.substring(type.indexOf('/') + 1);
        return ENDINGS.getOrDefault(type, subtype.matches("[a-z0-9]{2,8}") ? subtype : "wav");
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
        return "IicpAudioTranscriptionModel[%s]".formatted(mesh.name());
    }

    /** Sets up a model. Not thread-safe. */
    public static final class Builder extends MeshModelBuilder<Builder> {

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Returns the model. No network is touched.
         *
         * @throws IllegalArgumentException if there is neither a client nor a directory URL, or a value is out of range
         */
        public IicpAudioTranscriptionModel build() {
            return new IicpAudioTranscriptionModel(model("IicpAudioTranscriptionModel"));
        }
    }
}
