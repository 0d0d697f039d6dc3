package network.iicp.springai;

import java.time.Duration;
import java.util.Objects;
import network.iicp.client.CallOptions;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.embedding.EmbeddingOptions;

/**
 * Options of embeddings through the mesh. Immutable and thread-safe; what is {@code null} is left to the engine, or to
 * the settings of the client. Name the model when vectors are stored: vectors of different models cannot be compared.
 */
public final class IicpEmbeddingOptions implements EmbeddingOptions {

    private final @Nullable String model;
    private final @Nullable Integer dimensions;
    private final CallOptions routing;

    private IicpEmbeddingOptions(Builder from) {
        this.model = from.model;
        this.dimensions = from.dimensions;
        this.routing = from.routing;
    }

    /** Returns a builder with nothing set. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns a builder that starts with everything of these options. */
    public Builder mutate() {
        return new Builder().model(model).dimensions(dimensions).routing(routing);
    }

    /** Returns how the call is routed. */
    CallOptions routing() {
        return routing;
    }

    /** Returns the model wanted; only nodes that serve it are asked. */
    @Override
    public @Nullable String getModel() {
        return model;
    }

    /** Returns the length of the vectors wanted. */
    @Override
    public @Nullable Integer getDimensions() {
        return dimensions;
    }

    /** Returns the region to prefer. */
    public @Nullable String getRegion() {
        return routing.region();
    }

    /** Returns the least reputation of a node, 0 to 1. */
    public @Nullable Double getMinReputation() {
        return routing.minReputation();
    }

    /** Returns how urgent the call is. */
    public @Nullable Qos getQos() {
        return routing.qos();
    }

    /** Returns the rank among tasks that wait at a node. */
    public @Nullable Priority getPriority() {
        return routing.priority();
    }

    /** Returns the id of the one node to use. */
    public @Nullable String getNode() {
        return routing.node();
    }

    /** Returns how often the call is sent in total. */
    public @Nullable Integer getMaxAttempts() {
        return routing.maxAttempts();
    }

    /** Returns the longest duration of the call, fail-over included. */
    public @Nullable Duration getTotalTimeout() {
        return routing.total();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof IicpEmbeddingOptions that
                && Objects.equals(model, that.model)
                && Objects.equals(dimensions, that.dimensions)
                && routing.equals(that.routing);
    }

    @Override
    public int hashCode() {
        return Objects.hash(model, dimensions, routing);
    }

    @Override
    public String toString() {
        return "IicpEmbeddingOptions[model %s, dimensions %s]".formatted(model, dimensions);
    }

    /** Collects options; every method checks its value at once. Not thread-safe. */
    public static final class Builder implements EmbeddingOptions.Builder {

        private @Nullable String model;
        private @Nullable Integer dimensions;
        private CallOptions routing = CallOptions.DEFAULT;

        private Builder() {}

        /** Sets the model wanted; only nodes that serve it are asked. */
        @Override
        public Builder model(@Nullable String name) {
            this.model = name;
            return this;
        }

        /**
         * Sets the length of the vectors wanted; only some models can choose.
         *
         * @throws IllegalArgumentException if it is less than 1
         */
        @Override
        public Builder dimensions(@Nullable Integer length) {
            if (length != null && length < 1) {
                throw new IllegalArgumentException("dimensions must be at least 1, was " + length);
            }
            this.dimensions = length;
            return this;
        }

        /** Sets the region to prefer. */
        public Builder region(@Nullable String region) {
            return routing(routing.withRegion(region));
        }

        /**
         * Sets the least reputation of a node, 0 to 1.
         *
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder minReputation(@Nullable Double least) {
            return routing(routing.withMinReputation(least));
        }

        /**
         * Sets how urgent the call is. Official directories hide young nodes from urgent ones, so it is left out unless
         * set.
         */
        public Builder qos(@Nullable Qos qos) {
            return routing(routing.withQos(qos));
        }

        /** Sets the rank among tasks that wait at a node. */
        public Builder priority(@Nullable Priority priority) {
            return routing(routing.withPriority(priority));
        }

        /** Sets the one node to use, by its id; no other is tried. */
        public Builder node(@Nullable String id) {
            return routing(routing.withNode(id));
        }

        /**
         * Sets how often the call is sent in total, at least 1; with 1 nothing is tried again.
         *
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder maxAttempts(@Nullable Integer sends) {
            return routing(routing.withMaxAttempts(sends));
        }

        /**
         * Sets the longest duration of the call, fail-over included, 100 ms to 120 s.
         *
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder totalTimeout(@Nullable Duration limit) {
            return routing(Mapping.withTotal(routing, limit));
        }

        Builder routing(CallOptions changed) {
            this.routing = changed;
            return this;
        }

        @Override
        public IicpEmbeddingOptions build() {
            return new IicpEmbeddingOptions(this);
        }
    }
}
