package network.iicp.springai;

import io.micrometer.observation.ObservationRegistry;
import java.util.Objects;
import network.iicp.IicpClient;
import network.iicp.protocol.embedding.EmbeddingResult;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.document.Document;
import org.springframework.ai.document.MetadataMode;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.embedding.observation.DefaultEmbeddingModelObservationConvention;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationContext;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationConvention;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationDocumentation;

/**
 * An embedding model that is whichever node of the mesh can serve the texts now. Vectors of different models cannot be
 * compared, so name the model in the options when vectors are stored; only nodes that serve it are asked then.
 *
 * <p>Takes any {@code EmbeddingOptions}: what they set goes over the defaults given to the builder. Failures are
 * {@link network.iicp.protocol.IicpException}s; an empty list of texts is an {@link IllegalArgumentException}. There is
 * no retry here, since the client fails over already.
 *
 * <p>Thread-safe. The client is not closed with the model.
 */
public final class IicpEmbeddingModel implements EmbeddingModel {

    private static final EmbeddingModelObservationConvention DEFAULT_CONVENTION =
            new DefaultEmbeddingModelObservationConvention();

    private final IicpClient client;
    private final IicpEmbeddingOptions options;
    private final MetadataMode metadataMode;
    private final ObservationRegistry observations;
    private final EmbeddingModelObservationConvention convention;
    /** Length of the vectors the default options yield, once seen; 0 before. */
    private volatile int seenDimensions;

    private IicpEmbeddingModel(Builder from, IicpClient client) {
        this.client = client;
        this.options = from.options;
        this.metadataMode = from.metadataMode;
        this.observations = from.observations;
        this.convention = from.convention;
    }

    /** Returns a builder; only the client is needed. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns the options that those of a call go over. */
    public IicpEmbeddingOptions getOptions() {
        return options;
    }

    /**
     * Turns texts into vectors, one for each text, in the order of the texts.
     *
     * @throws network.iicp.protocol.IicpException if no node answers inside the time limit
     * @throws IllegalArgumentException if there is no text
     */
    @Override
    public EmbeddingResponse call(EmbeddingRequest request) {
        IicpEmbeddingOptions wanted = Mapping.options(request.getOptions(), options);
        network.iicp.protocol.embedding.EmbeddingRequest texts =
                Mapping.embeddingRequest(request.getInstructions(), wanted);
        EmbeddingModelObservationContext observed = EmbeddingModelObservationContext.builder()
                .embeddingRequest(new EmbeddingRequest(request.getInstructions(), wanted))
                .provider(IicpChatModel.PROVIDER)
                .build();
        return Objects.requireNonNull(EmbeddingModelObservationDocumentation.EMBEDDING_MODEL_OPERATION
                .observation(convention, DEFAULT_CONVENTION, () -> observed, observations)
                .observe(() -> {
                    EmbeddingResult result = client.embed(texts, wanted.routing());
                    if (wanted.equals(options)) {
                        seenDimensions = result.vector().length;
                    }
                    EmbeddingResponse response = Mapping.response(result);
                    observed.setResponse(response);
                    return response;
                }));
    }

    /**
     * Turns a document into a vector.
     *
     * @throws IllegalArgumentException if the document has no text
     */
    @Override
    public float[] embed(Document document) {
        return embed(getEmbeddingContent(document));
    }

    /** Returns the text of a document, with the metadata that the mode of this model includes. */
    @Override
    public String getEmbeddingContent(Document document) {
        String text = document.getText();
        if (text == null) {
            throw new IllegalArgumentException(
                    "document %s has no text; media cannot be embedded".formatted(document.getId()));
        }
        // The usual formatter would put empty lines, where the metadata had been, in front of the text.
        boolean bare =
                metadataMode == MetadataMode.NONE || document.getMetadata().isEmpty();
        return bare ? text : document.getFormattedContent(metadataMode);
    }

    /**
     * Returns the length of the vectors: as set in the default options, else as seen in an answer, else by asking once
     * with a short text.
     */
    @Override
    public int dimensions() {
        Integer set = options.getDimensions();
        if (set != null) {
            return set;
        }
        int seen = seenDimensions;
        return seen > 0 ? seen : embed("dimensions").length;
    }

    /** Sets up a model. Not thread-safe. */
    public static final class Builder {
        private @Nullable IicpClient client;
        private IicpEmbeddingOptions options = IicpEmbeddingOptions.builder().build();
        private MetadataMode metadataMode = MetadataMode.EMBED;
        private ObservationRegistry observations = ObservationRegistry.NOOP;
        private EmbeddingModelObservationConvention convention = DEFAULT_CONVENTION;

        private Builder() {}

        /** Sets the client that reaches the mesh. Needed. */
        public Builder client(IicpClient meshClient) {
            this.client = Objects.requireNonNull(meshClient, "meshClient");
            return this;
        }

        /** Sets the options that those of a call go over; nothing set unless given. */
        public Builder options(IicpEmbeddingOptions defaults) {
            this.options = Objects.requireNonNull(defaults, "defaults");
            return this;
        }

        /** Sets which metadata of a document is embedded with its text; {@link MetadataMode#EMBED} unless given. */
        public Builder metadataMode(MetadataMode mode) {
            this.metadataMode = Objects.requireNonNull(mode, "mode");
            return this;
        }

        /** Sets where calls are observed; nowhere unless given. */
        public Builder observationRegistry(ObservationRegistry registry) {
            this.observations = Objects.requireNonNull(registry, "registry");
            return this;
        }

        /** Sets how observations are named and tagged; as Spring AI does unless given. */
        public Builder observationConvention(EmbeddingModelObservationConvention naming) {
            this.convention = Objects.requireNonNull(naming, "naming");
            return this;
        }

        /**
         * Returns the model. No network is touched.
         *
         * @throws IllegalStateException if the client is missing
         */
        public IicpEmbeddingModel build() {
            if (client == null) {
                throw new IllegalStateException(
                        "an embedding model needs a client: IicpEmbeddingModel.builder().client(...)");
            }
            return new IicpEmbeddingModel(this, client);
        }
    }
}
