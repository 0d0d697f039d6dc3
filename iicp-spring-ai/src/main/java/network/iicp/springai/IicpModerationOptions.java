package network.iicp.springai;

import java.util.Objects;
import network.iicp.client.CallOptions;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.moderation.ModerationOptions;

/** Options of moderations through the mesh. Immutable and thread-safe; what is {@code null} is left to the node or the client. */
public final class IicpModerationOptions implements ModerationOptions {

    private final @Nullable String model;
    private final CallOptions routing;

    private IicpModerationOptions(Builder from) {
        this.model = from.model;
        this.routing = from.routing;
    }

    /** Returns a builder with nothing set. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns the options of a call: what is given where it says something, these where it does not. */
    IicpModerationOptions with(@Nullable ModerationOptions given) {
        if (given == null) {
            return this;
        }
        return builder()
                .model(Mapping.first(Mapping.blankToNull(given.getModel()), model))
                .routing(given instanceof IicpModerationOptions own ? own.routing.over(routing) : routing)
                .build();
    }

    /** Returns the model wanted; only nodes that serve it are asked. */
    @Override
    public @Nullable String getModel() {
        return model;
    }

    /** Returns which nodes may answer and how long they may take. */
    public CallOptions getRouting() {
        return routing;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof IicpModerationOptions that
                && Objects.equals(model, that.model)
                && routing.equals(that.routing);
    }

    @Override
    public int hashCode() {
        return Objects.hash(model, routing);
    }

    @Override
    public String toString() {
        return "IicpModerationOptions[model %s]".formatted(model);
    }

    /** Collects options; every method checks its value at once. Not thread-safe. */
    public static final class Builder {

        private @Nullable String model;
        private CallOptions routing = CallOptions.DEFAULT;

        private Builder() {}

        /** Sets the model wanted; only nodes that serve it are asked. */
        public Builder model(@Nullable String name) {
            this.model = name;
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
        public IicpModerationOptions build() {
            return new IicpModerationOptions(this);
        }
    }
}
