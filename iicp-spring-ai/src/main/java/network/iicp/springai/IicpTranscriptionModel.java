package network.iicp.springai;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import network.iicp.IicpClient;
import network.iicp.protocol.transcription.TranscriptionRequest;
import network.iicp.protocol.transcription.TranscriptionResult;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.audio.transcription.AudioTranscription;
import org.springframework.ai.audio.transcription.AudioTranscriptionPrompt;
import org.springframework.ai.audio.transcription.AudioTranscriptionResponse;
import org.springframework.ai.audio.transcription.AudioTranscriptionResponseMetadata;
import org.springframework.ai.audio.transcription.TranscriptionModel;
import org.springframework.core.io.Resource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A transcription model that is whichever node of the mesh can serve it now. Where the text came from is in the metadata of the response
 * under the names of {@link IicpMetadata}. Recordings travel inside the task; nodes of other implementations take about 570 kB.
 *
 * <p>Takes any {@code AudioTranscriptionOptions}: what they set goes over the defaults given to the builder;
 * {@link IicpTranscriptionOptions} adds language, prompt and temperature. Failures are
 * {@link network.iicp.protocol.IicpException}s. There is no retry here, since the client fails over already.
 *
 * <p>Thread-safe. The client is not closed with the model.
 */
public final class IicpTranscriptionModel implements TranscriptionModel {

    /** Largest recording that is read: 32 MiB. Nodes usually take less. */
    public static final int MAX_RECORDING_BYTES = 32 << 20;

    private final IicpClient client;
    private final IicpTranscriptionOptions options;

    private IicpTranscriptionModel(IicpClient client, IicpTranscriptionOptions options) {
        this.client = client;
        this.options = options;
    }

    /** Returns a builder; only the client is needed. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns the options that those of a call go over. */
    public IicpTranscriptionOptions getOptions() {
        return options;
    }

    /**
     * Writes down a recording. The name of the resource tells engines its format.
     *
     * @throws network.iicp.protocol.IicpException if no node answers inside the time limit
     * @throws IllegalArgumentException if the recording is empty or larger than {@link #MAX_RECORDING_BYTES}
     * @throws UncheckedIOException if it cannot be read
     */
    @Override
    public AudioTranscriptionResponse call(AudioTranscriptionPrompt prompt) {
        IicpTranscriptionOptions wanted = options.with(prompt.getOptions());
        return response(client.transcribe(request(prompt, wanted), wanted.getRouting()));
    }

    /**
     * Writes down a recording without blocking for the node and delivers the whole text as one part: nodes do not stream transcriptions.
     * Failures come through the stream. Cancelling it stops the node. The recording is read on the thread that subscribes.
     */
    @Override
    public Flux<AudioTranscriptionResponse> stream(AudioTranscriptionPrompt prompt) {
        return Mono.fromFuture(() -> {
                    IicpTranscriptionOptions wanted = options.with(prompt.getOptions());
                    return client.transcribeAsync(request(prompt, wanted), wanted.getRouting());
                })
                .map(IicpTranscriptionModel::response)
                .flux();
    }

    private static TranscriptionRequest request(AudioTranscriptionPrompt prompt, IicpTranscriptionOptions wanted) {
        Resource recording = prompt.getInstructions();
        String name = Mapping.blankToNull(recording.getFilename());
        return wanted.applied(
                TranscriptionRequest.of(bytes(recording), name == null ? TranscriptionRequest.DEFAULT_FILENAME : name));
    }

    private static AudioTranscriptionResponse response(TranscriptionResult result) {
        AudioTranscriptionResponseMetadata metadata = new AudioTranscriptionResponseMetadata();
        IicpMetadata.entries(result.provenance()).forEach(metadata::put);
        return new AudioTranscriptionResponse(new AudioTranscription(result.text()), metadata);
    }

    private static byte[] bytes(Resource recording) {
        try (InputStream in = recording.getInputStream()) {
            byte[] bytes = in.readNBytes(MAX_RECORDING_BYTES + 1);
            if (bytes.length > MAX_RECORDING_BYTES) {
                throw new IllegalArgumentException(
                        "the recording is larger than %d bytes".formatted(MAX_RECORDING_BYTES));
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException("the recording cannot be read", e);
        }
    }

    /** Sets up a model. Not thread-safe. */
    public static final class Builder {
        private @Nullable IicpClient client;
        private IicpTranscriptionOptions options =
                IicpTranscriptionOptions.builder().build();

        private Builder() {}

        /** Sets the client that reaches the mesh. Needed. */
        public Builder client(IicpClient meshClient) {
            this.client = Objects.requireNonNull(meshClient, "meshClient");
            return this;
        }

        /** Sets the options that those of a call go over; nothing set unless given. */
        public Builder options(IicpTranscriptionOptions defaults) {
            this.options = Objects.requireNonNull(defaults, "defaults");
            return this;
        }

        /**
         * Returns the model. No network is touched.
         *
         * @throws IllegalStateException if the client is missing
         */
        public IicpTranscriptionModel build() {
            if (client == null) {
                throw new IllegalStateException(
                        "a transcription model needs a client: IicpTranscriptionModel.builder().client(...)");
            }
            return new IicpTranscriptionModel(client, options);
        }
    }
}
