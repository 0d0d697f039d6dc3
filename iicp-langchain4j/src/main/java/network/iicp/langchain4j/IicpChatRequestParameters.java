package network.iicp.langchain4j;

import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import network.iicp.client.CallOptions;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import org.jspecify.annotations.Nullable;

/**
 * LangChain4j's chat parameters and those of the mesh: which nodes may answer, how long, and what the engine is told besides.
 * Immutable and thread-safe. What is {@code null} is left to the client's settings or to the engine.
 *
 * <p>Only nodes that serve {@link #modelName() the model} are asked; without one any chat model may answer.
 */
public final class IicpChatRequestParameters extends DefaultChatRequestParameters {

    private final CallOptions routing;
    private final @Nullable Long seed;
    private final @Nullable Boolean parallelToolCalls;
    private final @Nullable String user;
    private final Map<String, Object> customParameters;

    private IicpChatRequestParameters(Builder builder) {
        super(builder);
        this.routing = builder.routing;
        this.seed = builder.seed;
        this.parallelToolCalls = builder.parallelToolCalls;
        this.user = builder.user;
        this.customParameters = Collections.unmodifiableMap(new LinkedHashMap<>(builder.customParameters));
    }

    /** Returns a builder with nothing set. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns parameters of the mesh with everything of these; the same object if they already are. */
    static IicpChatRequestParameters of(ChatRequestParameters parameters) {
        return parameters instanceof IicpChatRequestParameters own
                ? own
                : builder().overrideWith(parameters).build();
    }

    /** Returns the region to prefer. */
    public @Nullable String region() {
        return routing.region();
    }

    /** Returns the least reputation of a node, 0 to 1. */
    public @Nullable Double minReputation() {
        return routing.minReputation();
    }

    /** Returns how urgent the request is. */
    public @Nullable Qos qos() {
        return routing.qos();
    }

    /** Returns the rank among tasks that wait at a node. */
    public @Nullable Priority priority() {
        return routing.priority();
    }

    /** Returns the id of the one node to use. */
    public @Nullable String node() {
        return routing.node();
    }

    /** Returns the longest duration of the whole call. */
    public @Nullable Duration timeout() {
        return routing.total();
    }

    /** Returns the longest silence before the first content of a stream. */
    public @Nullable Duration firstEventTimeout() {
        return routing.firstEvent();
    }

    /** Returns how often the request is sent in total. */
    public @Nullable Integer maxAttempts() {
        return routing.maxAttempts();
    }

    /** Returns the seed of sampling. */
    public @Nullable Long seed() {
        return seed;
    }

    /** Returns whether several tool calls may be asked for at once. */
    public @Nullable Boolean parallelToolCalls() {
        return parallelToolCalls;
    }

    /** Returns the opaque name of the end user. */
    public @Nullable String user() {
        return user;
    }

    /** Returns further members of the payload, possibly none. */
    public Map<String, Object> customParameters() {
        return customParameters;
    }

    /** Returns how the call is routed. */
    CallOptions routing() {
        return routing;
    }

    @Override
    public IicpChatRequestParameters overrideWith(ChatRequestParameters stronger) {
        return builder().overrideWith(this).overrideWith(stronger).build();
    }

    @Override
    public IicpChatRequestParameters defaultedBy(ChatRequestParameters weaker) {
        return builder().overrideWith(weaker).overrideWith(this).build();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof IicpChatRequestParameters that
                && super.equals(that)
                && routing.equals(that.routing)
                && Objects.equals(seed, that.seed)
                && Objects.equals(parallelToolCalls, that.parallelToolCalls)
                && Objects.equals(user, that.user)
                && customParameters.equals(that.customParameters);
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), routing, seed, parallelToolCalls, user, customParameters);
    }

    /** Adds the routing to what LangChain4j shows; names the custom parameters without their values. */
    @Override
    public String toString() {
        return "IicpChatRequestParameters{%s, %s, seed=%s, parallelToolCalls=%s, customParameters=%s}"
                .formatted(super.toString(), routing, seed, parallelToolCalls, customParameters.keySet());
    }

    /** Collects parameters step by step; setters check at once. Not thread-safe. */
    public static final class Builder extends DefaultChatRequestParameters.Builder<Builder> {

        private CallOptions routing = CallOptions.DEFAULT;
        private @Nullable Long seed;
        private @Nullable Boolean parallelToolCalls;
        private @Nullable String user;
        private Map<String, Object> customParameters = Map.of();

        private Builder() {}

        /** Takes over everything that the given parameters set. */
        @Override
        public Builder overrideWith(ChatRequestParameters parameters) {
            super.overrideWith(parameters);
            if (parameters instanceof IicpChatRequestParameters own) {
                routing = own.routing.over(routing);
                seed = Overlay.first(own.seed, seed);
                parallelToolCalls = Overlay.first(own.parallelToolCalls, parallelToolCalls);
                user = Overlay.first(own.user, user);
                customParameters = own.customParameters.isEmpty() ? customParameters : own.customParameters;
            }
            return this;
        }

        /** Sets the region to prefer. Default: that of the client. */
        public Builder region(@Nullable String name) {
            routing = routing.withRegion(name);
            return this;
        }

        /**
         * Leaves out nodes of less reputation. Default: none is left out.
         *
         * @throws IllegalArgumentException if it is not between 0 and 1
         */
        public Builder minReputation(@Nullable Double least) {
            routing = routing.withMinReputation(least);
            return this;
        }

        /** Sets how urgent the request is. Default: not said. */
        public Builder qos(@Nullable Qos urgency) {
            routing = routing.withQos(urgency);
            return this;
        }

        /** Sets the rank among tasks that wait at a node. Default: not said. */
        public Builder priority(@Nullable Priority rank) {
            routing = routing.withPriority(rank);
            return this;
        }

        /** Sets the id of the one node to use; no other is tried. Default: any. */
        public Builder node(@Nullable String id) {
            routing = routing.withNode(id);
            return this;
        }

        /** Sets the longest duration of the whole call, 100 ms to 120 s, retries included. Default: that of the client. */
        public Builder timeout(@Nullable Duration total) {
            routing = routing.withTotal(total);
            return this;
        }

        /**
         * Sets the longest silence before the first content of a stream, after which the next node is tried. Default: that of
         * the client.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder firstEventTimeout(@Nullable Duration silence) {
            routing = routing.withFirstEvent(silence);
            return this;
        }

        /**
         * Sets how often the request is sent in total; with 1 nothing is tried again. Default: that of the client.
         *
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder maxAttempts(@Nullable Integer sends) {
            routing = routing.withMaxAttempts(sends);
            return this;
        }

        /** Makes sampling repeatable where the engine can. */
        public Builder seed(@Nullable Long value) {
            seed = value;
            return this;
        }

        /** Says whether several tool calls may be asked for at once. Default: left to the engine. */
        public Builder parallelToolCalls(@Nullable Boolean allowed) {
            parallelToolCalls = allowed;
            return this;
        }

        /** Names the end user for the engine's abuse control. */
        public Builder user(@Nullable String opaqueName) {
            user = opaqueName;
            return this;
        }

        /**
         * Sets further members of the payload for engines that know more than these parameters. They are passed through as
         * they are and never replace a member that a parameter sets.
         *
         * @param members JSON members as plain Java values
         */
        public Builder customParameters(Map<String, Object> members) {
            customParameters = new LinkedHashMap<>(members);
            return this;
        }

        /** Returns the parameters. */
        @Override
        public IicpChatRequestParameters build() {
            return new IicpChatRequestParameters(this);
        }
    }
}
