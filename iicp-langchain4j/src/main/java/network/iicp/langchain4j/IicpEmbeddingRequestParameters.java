package network.iicp.langchain4j;

import dev.langchain4j.model.embedding.request.DefaultEmbeddingRequestParameters;
import dev.langchain4j.model.embedding.request.EmbeddingParameter;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import java.time.Duration;
import java.util.Set;
import network.iicp.client.CallOptions;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import org.jspecify.annotations.Nullable;

/**
 * LangChain4j's embedding parameters and those of the mesh: which nodes may answer and how long they may take. Immutable and
 * thread-safe. What is not set is left to the client's settings.
 */
public final class IicpEmbeddingRequestParameters extends DefaultEmbeddingRequestParameters {

    /** The region to prefer. */
    public static final EmbeddingParameter<String> REGION = new EmbeddingParameter<>("iicp.region", String.class);

    /** The least reputation of a node, 0 to 1. */
    public static final EmbeddingParameter<Double> MIN_REPUTATION =
            new EmbeddingParameter<>("iicp.minReputation", Double.class);

    /** How urgent the request is. */
    public static final EmbeddingParameter<Qos> QOS = new EmbeddingParameter<>("iicp.qos", Qos.class);

    /** The rank among tasks that wait at a node. */
    public static final EmbeddingParameter<Priority> PRIORITY =
            new EmbeddingParameter<>("iicp.priority", Priority.class);

    /** The id of the one node to use. */
    public static final EmbeddingParameter<String> NODE = new EmbeddingParameter<>("iicp.node", String.class);

    /** The longest duration of a call, 100 ms to 120 s. A request of several batches makes one call for each. */
    public static final EmbeddingParameter<Duration> TIMEOUT = new EmbeddingParameter<>("iicp.timeout", Duration.class);

    /** How often a call is sent in total, at least 1. */
    public static final EmbeddingParameter<Integer> MAX_ATTEMPTS =
            new EmbeddingParameter<>("iicp.maxAttempts", Integer.class);

    /** Everything a request may set. */
    static final Set<EmbeddingParameter<?>> SUPPORTED = Set.of(
            EmbeddingRequestParameters.MODEL_NAME,
            EmbeddingRequestParameters.DIMENSIONS,
            REGION,
            MIN_REPUTATION,
            QOS,
            PRIORITY,
            NODE,
            TIMEOUT,
            MAX_ATTEMPTS);

    private IicpEmbeddingRequestParameters(Builder builder) {
        super(builder);
    }

    /** Returns a builder with nothing set. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns how a call with these parameters is routed.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    static CallOptions routing(EmbeddingRequestParameters parameters) {
        return CallOptions.builder()
                .total(parameters.parameter(TIMEOUT))
                .region(parameters.parameter(REGION))
                .qos(parameters.parameter(QOS))
                .priority(parameters.parameter(PRIORITY))
                .minReputation(parameters.parameter(MIN_REPUTATION))
                .node(parameters.parameter(NODE))
                .maxAttempts(parameters.parameter(MAX_ATTEMPTS))
                .build();
    }

    /** Collects parameters step by step. Not thread-safe. */
    public static final class Builder extends DefaultEmbeddingRequestParameters.Builder<Builder> {

        private Builder() {}

        /** Sets the region to prefer. Default: that of the client. */
        public Builder region(@Nullable String name) {
            return set(REGION, name);
        }

        /** Leaves out nodes of less reputation, 0 to 1. Default: none is left out. */
        public Builder minReputation(@Nullable Double least) {
            return set(MIN_REPUTATION, least);
        }

        /** Sets how urgent the request is. Default: not said. */
        public Builder qos(@Nullable Qos urgency) {
            return set(QOS, urgency);
        }

        /** Sets the rank among tasks that wait at a node. Default: not said. */
        public Builder priority(@Nullable Priority rank) {
            return set(PRIORITY, rank);
        }

        /** Sets the id of the one node to use; no other is tried. Default: any. */
        public Builder node(@Nullable String id) {
            return set(NODE, id);
        }

        /** Sets the longest duration of a call, 100 ms to 120 s, retries included. Default: that of the client. */
        public Builder timeout(@Nullable Duration total) {
            return set(TIMEOUT, total);
        }

        /** Sets how often a call is sent in total, at least 1. Default: that of the client. */
        public Builder maxAttempts(@Nullable Integer sends) {
            return set(MAX_ATTEMPTS, sends);
        }

        /**
         * Returns the parameters.
         *
         * @throws IllegalArgumentException if a value is out of range; the message names it
         */
        @Override
        public IicpEmbeddingRequestParameters build() {
            IicpEmbeddingRequestParameters parameters = new IicpEmbeddingRequestParameters(this);
            CallOptions unused = routing(parameters);
            return parameters;
        }
    }
}
