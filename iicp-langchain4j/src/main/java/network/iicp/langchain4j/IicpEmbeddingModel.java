package network.iicp.langchain4j;

import dev.langchain4j.data.message.ContentType;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.embedding.request.EmbeddingParameter;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.spi.ServiceHelper;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import network.iicp.langchain4j.spi.IicpEmbeddingModelBuilderFactory;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An embedding model that is whichever node of the mesh can answer now.
 *
 * <p>Vectors of different models cannot be compared: set {@code modelName} when vectors are stored, so that every node that
 * answers runs the same model. Answers carry {@link IicpEmbeddingResponseMetadata}, requests may carry
 * {@link IicpEmbeddingRequestParameters}. Only text is embedded; LangChain4j's input type is not supported.
 *
 * <p>Thread-safe. Close it if it was built with a directory URL; a shared client stays open.
 */
public final class IicpEmbeddingModel implements EmbeddingModel, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(IicpEmbeddingModel.class);

    /** Most segments that are sent in one call unless another number is set. */
    public static final int DEFAULT_MAX_SEGMENTS_PER_BATCH = 100;

    private final ClientLease lease;
    private final EmbeddingRequestParameters defaults;
    private final List<EmbeddingModelListener> listeners;
    private final int maxSegmentsPerBatch;
    private volatile int knownDimension;

    private IicpEmbeddingModel(Builder builder, ClientLease lease, EmbeddingRequestParameters defaults) {
        this.lease = lease;
        this.defaults = defaults;
        this.listeners = builder.listeners;
        this.maxSegmentsPerBatch = builder.maxSegmentsPerBatch;
    }

    /** Returns a builder with nothing set, or the one that a {@link IicpEmbeddingModelBuilderFactory} on the class path gives. */
    public static Builder builder() {
        for (IicpEmbeddingModelBuilderFactory factory :
                ServiceHelper.loadFactories(IicpEmbeddingModelBuilderFactory.class)) {
            return factory.get();
        }
        return new Builder();
    }

    /**
     * Embeds the inputs of a request whose defaults have been applied, batch by batch, and waits for the vectors.
     *
     * @throws dev.langchain4j.exception.LangChain4jException if the mesh gives no answer; the cause is the
     *     {@link IicpException}
     */
    @Override
    public EmbeddingResponse doEmbed(EmbeddingRequest request) {
        EmbeddingCall call = EmbeddingCall.of(request, maxSegmentsPerBatch);
        try {
            return remembered(request, EmbeddingCall.response(lease.client().embed(call.request(), call.options())));
        } catch (IicpException e) {
            throw MeshErrors.translate(e, call.model());
        }
    }

    /**
     * Embeds the inputs of a request whose defaults have been applied, without blocking. All failures come through the future;
     * cancelling it aborts the call that is running.
     */
    @Override
    public CompletableFuture<EmbeddingResponse> doEmbedAsync(EmbeddingRequest request) {
        EmbeddingCall call;
        try {
            call = EmbeddingCall.of(request, maxSegmentsPerBatch);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        return Futures.mapped(
                lease.client().embedAsync(call.request(), call.options()),
                result -> remembered(request, EmbeddingCall.response(result)),
                call.model());
    }

    /** Only a named model has one dimension: without a name the next node may run another model. */
    private EmbeddingResponse remembered(EmbeddingRequest request, EmbeddingResponse response) {
        if (defaults.modelName() != null
                && defaults.modelName().equals(request.modelName())
                && Objects.equals(defaults.dimensions(), request.dimensions())) {
            knownDimension = response.embeddings().get(0).dimension();
        }
        return response;
    }

    /** Returns the length of the vectors: the one asked for, else the one seen, else that of a word embedded for this purpose. */
    @Override
    public int dimension() {
        if (defaults.dimensions() != null) {
            return defaults.dimensions();
        }
        return knownDimension > 0 ? knownDimension : EmbeddingModel.super.dimension();
    }

    /** Returns the model that is asked for, or {@code unknown}. */
    @Override
    public String modelName() {
        return defaults.modelName() == null ? EmbeddingModel.super.modelName() : defaults.modelName();
    }

    @Override
    public EmbeddingRequestParameters defaultRequestParameters() {
        return defaults;
    }

    /** Returns LangChain4j's model name and dimensions, and the parameters of {@link IicpEmbeddingRequestParameters}. */
    @Override
    public Set<EmbeddingParameter<?>> supportedParameters() {
        return IicpEmbeddingRequestParameters.SUPPORTED;
    }

    /** Returns text. */
    @Override
    public Set<ContentType> supportedContentTypes() {
        return Set.of(ContentType.TEXT);
    }

    @Override
    public List<EmbeddingModelListener> listeners() {
        return listeners;
    }

    /** Returns {@link ModelProvider#OTHER}. */
    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    /** Closes the client if it is the model's own. Safe to call twice. */
    @Override
    public void close() {
        lease.close();
    }

    /** Names the model that is asked for. */
    @Override
    public String toString() {
        return "IicpEmbeddingModel[%s]".formatted(defaults.modelName());
    }

    /** Sets up a model. Can be extended, so that frameworks can add to it. Not thread-safe. */
    public static class Builder extends ClientBuilder<Builder> {

        private final IicpEmbeddingRequestParameters.Builder explicit = IicpEmbeddingRequestParameters.builder();
        private @Nullable EmbeddingRequestParameters defaults;
        private List<EmbeddingModelListener> listeners = List.of();
        private int maxSegmentsPerBatch = DEFAULT_MAX_SEGMENTS_PER_BATCH;

        /** Creates a builder with nothing set. */
        public Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /** Sets the model to ask for; only nodes that serve it are asked. Default: any embedding model. */
        public Builder modelName(@Nullable String name) {
            explicit.modelName(name);
            return this;
        }

        /** Sets the length of vectors, at least 1; only some models can choose. Default: the model's. */
        public Builder dimensions(@Nullable Integer length) {
            explicit.dimensions(length);
            return this;
        }

        /** Sets the region to prefer. Default: the client's. */
        public Builder region(@Nullable String name) {
            explicit.region(name);
            return this;
        }

        /** Leaves out nodes of less reputation, 0 to 1. Default: none is left out. */
        public Builder minReputation(@Nullable Double least) {
            explicit.minReputation(least);
            return this;
        }

        /** Sets how urgent requests are. Default: not said. */
        public Builder qos(@Nullable Qos urgency) {
            explicit.qos(urgency);
            return this;
        }

        /** Sets the rank of requests among tasks that wait at a node. Default: not said. */
        public Builder priority(@Nullable Priority rank) {
            explicit.priority(rank);
            return this;
        }

        /** Sets the id of the one node to use; no other is tried. Default: any. */
        public Builder node(@Nullable String id) {
            explicit.node(id);
            return this;
        }

        /** Sets the longest duration of the call of one batch, 100 ms to 120 s, retries included. Default: the client's. */
        public Builder timeout(@Nullable Duration total) {
            explicit.timeout(total);
            return this;
        }

        /** Sets how often a call is sent in total, at least 1. Default: the client's. */
        public Builder maxAttempts(@Nullable Integer sends) {
            explicit.maxAttempts(sends);
            return this;
        }

        /**
         * Sets the most segments that are sent in one call; larger requests become several. Default:
         * {@value IicpEmbeddingModel#DEFAULT_MAX_SEGMENTS_PER_BATCH}.
         *
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder maxSegmentsPerBatch(int segments) {
            if (segments < 1) {
                throw new IllegalArgumentException("maxSegmentsPerBatch must be at least 1, was " + segments);
            }
            maxSegmentsPerBatch = segments;
            return this;
        }

        /** Sets who hears of requests, responses and errors. Default: nobody. */
        public Builder listeners(@Nullable List<EmbeddingModelListener> hearers) {
            listeners = hearers == null ? List.of() : List.copyOf(hearers);
            return this;
        }

        /** Sets who hears of requests, responses and errors. Default: nobody. */
        public Builder listeners(EmbeddingModelListener... hearers) {
            return listeners(List.of(hearers));
        }

        /**
         * Sets parameters for all requests that do not set them themselves. What another setter of this builder sets wins over
         * them.
         */
        public Builder defaultRequestParameters(@Nullable EmbeddingRequestParameters parameters) {
            defaults = parameters;
            return this;
        }

        /**
         * Returns the model. No network is touched.
         *
         * @throws IllegalArgumentException if there is neither a client nor a directory URL, or a value is out of range
         * @throws UnsupportedFeatureException if a default parameter is not supported
         */
        public IicpEmbeddingModel build() {
            IicpEmbeddingRequestParameters parameters = IicpEmbeddingRequestParameters.builder()
                    .overrideWith(defaults)
                    .overrideWith(explicit.build())
                    .build();
            check(parameters);
            ClientLease lease = lease("IicpEmbeddingModel");
            lease.checkTimeout(parameters.parameter(IicpEmbeddingRequestParameters.TIMEOUT));
            if (parameters.modelName() == null) {
                log.warn("An IicpEmbeddingModel without modelName takes vectors of any model the mesh offers;"
                        + " name one if vectors are stored or compared");
            }
            return new IicpEmbeddingModel(this, lease, parameters);
        }

        private static void check(EmbeddingRequestParameters parameters) {
            Set<EmbeddingParameter<?>> unsupported = new LinkedHashSet<>(parameters.presentParameters());
            unsupported.removeAll(IicpEmbeddingRequestParameters.SUPPORTED);
            if (!unsupported.isEmpty()) {
                throw new UnsupportedFeatureException(
                        "parameters %s are not supported by this model provider".formatted(unsupported));
            }
            Integer length = parameters.dimensions();
            if (length != null && length < 1) {
                throw new IllegalArgumentException("dimensions must be at least 1, was " + length);
            }
        }
    }
}
