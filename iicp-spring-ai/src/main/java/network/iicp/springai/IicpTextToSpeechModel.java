package network.iicp.springai;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import network.iicp.IicpClient;
import network.iicp.protocol.speech.SpeechResult;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.audio.tts.Speech;
import org.springframework.ai.audio.tts.TextToSpeechModel;
import org.springframework.ai.audio.tts.TextToSpeechPrompt;
import org.springframework.ai.audio.tts.TextToSpeechResponse;
import org.springframework.ai.audio.tts.TextToSpeechResponseMetadata;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A speech model that is whichever node of the mesh can serve it now. Where the sound came from is in the metadata of the response under
 * the names of {@link IicpMetadata}, its media type under {@value #CONTENT_TYPE}.
 *
 * <p>Takes any {@code TextToSpeechOptions}: what they set goes over the defaults given to the builder. Failures are
 * {@link network.iicp.protocol.IicpException}s. There is no retry here, since the client fails over already.
 *
 * <p>Thread-safe. The client is not closed with the model.
 */
public final class IicpTextToSpeechModel implements TextToSpeechModel {

    /** Name of the media type in the metadata of a response; a {@code String}. */
    public static final String CONTENT_TYPE = "iicp.content-type";

    private final IicpClient client;
    private final IicpTextToSpeechOptions options;

    private IicpTextToSpeechModel(IicpClient client, IicpTextToSpeechOptions options) {
        this.client = client;
        this.options = options;
    }

    /** Returns a builder; only the client is needed. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Speaks a text.
     *
     * @throws network.iicp.protocol.IicpException if no node answers inside the time limit
     * @throws IllegalArgumentException if there is no text, or an option is out of range
     */
    @Override
    public TextToSpeechResponse call(TextToSpeechPrompt prompt) {
        IicpTextToSpeechOptions wanted = options.with(prompt.getOptions());
        return response(client.speak(wanted.request(prompt.getInstructions().getText()), wanted.getRouting()));
    }

    /**
     * Speaks a text without blocking and delivers the whole sound as one part: nodes do not stream sound. Failures, those of options
     * included, come through the stream. Cancelling it stops the node.
     */
    @Override
    public Flux<TextToSpeechResponse> stream(TextToSpeechPrompt prompt) {
        return Mono.fromFuture(() -> spoken(prompt))
                .map(IicpTextToSpeechModel::response)
                .flux();
    }

    /** Returns the options that those of a call go over. */
    @Override
    public IicpTextToSpeechOptions getOptions() {
        return options;
    }

    private CompletableFuture<SpeechResult> spoken(TextToSpeechPrompt prompt) {
        IicpTextToSpeechOptions wanted = options.with(prompt.getOptions());
        return client.speakAsync(wanted.request(prompt.getInstructions().getText()), wanted.getRouting());
    }

    private static TextToSpeechResponse response(SpeechResult result) {
        TextToSpeechResponseMetadata metadata = new TextToSpeechResponseMetadata();
        IicpMetadata.entries(result.provenance()).forEach(metadata::put);
        metadata.put(CONTENT_TYPE, result.contentType());
        return new TextToSpeechResponse(List.of(new Speech(result.audio())), metadata);
    }

    /** Sets up a model. Not thread-safe. */
    public static final class Builder {
        private @Nullable IicpClient client;
        private IicpTextToSpeechOptions options =
                IicpTextToSpeechOptions.builder().build();

        private Builder() {}

        /** Sets the client that reaches the mesh. Needed. */
        public Builder client(IicpClient meshClient) {
            this.client = Objects.requireNonNull(meshClient, "meshClient");
            return this;
        }

        /** Sets the options that those of a call go over; nothing set unless given. */
        public Builder options(IicpTextToSpeechOptions defaults) {
            this.options = Objects.requireNonNull(defaults, "defaults");
            return this;
        }

        /**
         * Returns the model. No network is touched.
         *
         * @throws IllegalStateException if the client is missing
         */
        public IicpTextToSpeechModel build() {
            if (client == null) {
                throw new IllegalStateException(
                        "a speech model needs a client: IicpTextToSpeechModel.builder().client(...)");
            }
            return new IicpTextToSpeechModel(client, options);
        }
    }
}
