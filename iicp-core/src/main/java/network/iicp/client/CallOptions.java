package network.iicp.client;

import java.time.Duration;
import java.util.Objects;
import network.iicp.client.selection.RoutingPolicy;
import network.iicp.protocol.Modality;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import network.iicp.transport.TraceContext;
import org.jspecify.annotations.Nullable;

/** What one call wants differently from the client's settings. Immutable; an option that is {@code null} keeps the setting. */
public final class CallOptions {

    /** Nothing different. */
    public static final CallOptions DEFAULT = builder().build();

    private final @Nullable Duration total;
    private final @Nullable Duration connect;
    private final @Nullable Duration firstEvent;
    private final @Nullable Duration idle;
    private final @Nullable Boolean continueInterrupted;
    private final @Nullable String region;
    private final @Nullable Qos qos;
    private final @Nullable Priority priority;
    private final @Nullable Double minReputation;
    private final @Nullable String node;
    private final @Nullable Integer maxAttempts;
    private final @Nullable Boolean strict;
    private final @Nullable Boolean idempotent;
    private final @Nullable RoutingPolicy routingPolicy;
    private final @Nullable Modality modality;
    private final @Nullable Hedging hedging;
    private final @Nullable Consensus consensus;
    private final @Nullable TraceContext trace;
    private final @Nullable RuntimeIdentity runtimeIdentity;

    private CallOptions(Builder values) {
        this.total = values.total;
        this.connect = values.connect;
        this.firstEvent = values.firstEvent;
        this.idle = values.idle;
        this.continueInterrupted = values.continueInterrupted;
        this.region = values.region;
        this.qos = values.qos;
        this.priority = values.priority;
        this.minReputation = values.minReputation;
        this.node = values.node;
        this.maxAttempts = values.maxAttempts;
        this.strict = values.strict;
        this.idempotent = values.idempotent;
        this.routingPolicy = values.routingPolicy;
        this.modality = values.modality;
        this.hedging = values.hedging;
        this.consensus = values.consensus;
        this.trace = values.trace;
        this.runtimeIdentity = values.runtimeIdentity;
    }

    /** Returns a builder with nothing different. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns a builder with these options. */
    public Builder toBuilder() {
        Builder copy = new Builder();
        copy.total = total;
        copy.connect = connect;
        copy.firstEvent = firstEvent;
        copy.idle = idle;
        copy.continueInterrupted = continueInterrupted;
        copy.region = region;
        copy.qos = qos;
        copy.priority = priority;
        copy.minReputation = minReputation;
        copy.node = node;
        copy.maxAttempts = maxAttempts;
        copy.strict = strict;
        copy.idempotent = idempotent;
        copy.routingPolicy = routingPolicy;
        copy.modality = modality;
        copy.hedging = hedging;
        copy.consensus = consensus;
        copy.trace = trace;
        copy.runtimeIdentity = runtimeIdentity;
        return copy;
    }

    /** Returns these options, with those of {@code weaker} where these say nothing. */
    public CallOptions over(CallOptions weaker) {
        Builder merged = new Builder();
        merged.total = first(total, weaker.total);
        merged.connect = first(connect, weaker.connect);
        merged.firstEvent = first(firstEvent, weaker.firstEvent);
        merged.idle = first(idle, weaker.idle);
        merged.continueInterrupted = first(continueInterrupted, weaker.continueInterrupted);
        merged.region = first(region, weaker.region);
        merged.qos = first(qos, weaker.qos);
        merged.priority = first(priority, weaker.priority);
        merged.minReputation = first(minReputation, weaker.minReputation);
        merged.node = first(node, weaker.node);
        merged.maxAttempts = first(maxAttempts, weaker.maxAttempts);
        merged.strict = first(strict, weaker.strict);
        merged.idempotent = first(idempotent, weaker.idempotent);
        merged.routingPolicy = first(routingPolicy, weaker.routingPolicy);
        merged.modality = first(modality, weaker.modality);
        merged.hedging = first(hedging, weaker.hedging);
        merged.consensus = first(consensus, weaker.consensus);
        merged.trace = first(trace, weaker.trace);
        merged.runtimeIdentity = first(runtimeIdentity, weaker.runtimeIdentity);
        return merged.build();
    }

    /**
     * Returns the limits of the call: those of these options, and the given ones where these say nothing.
     *
     * @throws network.iicp.protocol.ConfigurationException if the total is out of range
     */
    TimeLimits over(TimeLimits settings) {
        TimeLimits limits = connect == null ? settings : settings.withConnect(connect);
        limits = firstEvent == null ? limits : limits.withFirstEvent(firstEvent);
        limits = idle == null ? limits : limits.withIdle(idle);
        return total == null ? limits : limits.withTotal(total);
    }

    private static <T> @Nullable T first(@Nullable T stronger, @Nullable T weaker) {
        return stronger != null ? stronger : weaker;
    }

    /** Returns the longest duration of the call. */
    public @Nullable Duration total() {
        return total;
    }

    /** Returns the longest wait for a connection. */
    public @Nullable Duration connect() {
        return connect;
    }

    /** Returns the longest silence between two events of a stream. */
    public @Nullable Duration idle() {
        return idle;
    }

    /** Returns whether another node goes on where a stream was cut off. */
    public @Nullable Boolean continueInterrupted() {
        return continueInterrupted;
    }

    /** Returns the longest silence before the first content of a stream. */
    public @Nullable Duration firstEvent() {
        return firstEvent;
    }

    /** Returns the region to prefer. */
    public @Nullable String region() {
        return region;
    }

    /** Returns how urgent the task is. */
    public @Nullable Qos qos() {
        return qos;
    }

    /** Returns the rank among tasks that wait at a node. */
    public @Nullable Priority priority() {
        return priority;
    }

    /** Returns the least reputation of a node, 0 to 1. */
    public @Nullable Double minReputation() {
        return minReputation;
    }

    /** Returns the id of the one node to use; no other is tried. */
    public @Nullable String node() {
        return node;
    }

    /** Returns the sends in total. */
    public @Nullable Integer maxAttempts() {
        return maxAttempts;
    }

    /** Returns whether only the node and the model that the call names may serve it, without any fallback. */
    public @Nullable Boolean strict() {
        return strict;
    }

    /** Returns whether the task may run on more than one node when an attempt fails after it began. */
    public @Nullable Boolean idempotent() {
        return idempotent;
    }

    /** Returns which nodes may see the task. */
    public @Nullable RoutingPolicy routingPolicy() {
        return routingPolicy;
    }

    /** Returns what the model must take besides text. */
    public @Nullable Modality modality() {
        return modality;
    }

    /** Returns whether a second node is asked when the first takes long. */
    public @Nullable Hedging hedging() {
        return hedging;
    }

    /** Returns how several nodes are asked at once. */
    public @Nullable Consensus consensus() {
        return consensus;
    }

    /** Returns the trace that the call continues. */
    public @Nullable TraceContext trace() {
        return trace;
    }

    /** Returns whether a chat tells the model that it came over IICP. */
    public @Nullable RuntimeIdentity runtimeIdentity() {
        return runtimeIdentity;
    }

    /** Returns a copy with another longest duration of the call. */
    public CallOptions withTotal(@Nullable Duration limit) {
        return toBuilder().total(limit).build();
    }

    /** Returns a copy with another longest wait for a connection. */
    public CallOptions withConnect(@Nullable Duration limit) {
        return toBuilder().connect(limit).build();
    }

    /** Returns a copy with another longest silence between two events of a stream. */
    public CallOptions withIdle(@Nullable Duration limit) {
        return toBuilder().idle(limit).build();
    }

    /** Returns a copy that says whether another node goes on where a stream was cut off. */
    public CallOptions withContinueInterrupted(@Nullable Boolean allowed) {
        return toBuilder().continueInterrupted(allowed).build();
    }

    /** Returns a copy with another longest silence before the first content. */
    public CallOptions withFirstEvent(@Nullable Duration limit) {
        return toBuilder().firstEvent(limit).build();
    }

    /** Returns a copy that prefers this region. */
    public CallOptions withRegion(@Nullable String name) {
        return toBuilder().region(name).build();
    }

    /** Returns a copy with this urgency. */
    public CallOptions withQos(@Nullable Qos urgency) {
        return toBuilder().qos(urgency).build();
    }

    /** Returns a copy with this rank. */
    public CallOptions withPriority(@Nullable Priority rank) {
        return toBuilder().priority(rank).build();
    }

    /** Returns a copy that leaves out nodes of less reputation. */
    public CallOptions withMinReputation(@Nullable Double least) {
        return toBuilder().minReputation(least).build();
    }

    /** Returns a copy that uses this node and no other. */
    public CallOptions withNode(@Nullable String id) {
        return toBuilder().node(id).build();
    }

    /** Returns a copy with another number of sends in total. */
    public CallOptions withMaxAttempts(@Nullable Integer sends) {
        return toBuilder().maxAttempts(sends).build();
    }

    /** Returns a copy that allows no fallback, or does. */
    public CallOptions withStrict(@Nullable Boolean noFallback) {
        return toBuilder().strict(noFallback).build();
    }

    /** Returns a copy that says whether the task may run twice. */
    public CallOptions withIdempotent(@Nullable Boolean mayRunTwice) {
        return toBuilder().idempotent(mayRunTwice).build();
    }

    /** Returns a copy with this routing policy. */
    public CallOptions withRoutingPolicy(@Nullable RoutingPolicy policy) {
        return toBuilder().routingPolicy(policy).build();
    }

    /** Returns a copy that needs a model which takes this. */
    public CallOptions withModality(@Nullable Modality kind) {
        return toBuilder().modality(kind).build();
    }

    /** Returns a copy with this hedging. */
    public CallOptions withHedging(@Nullable Hedging wish) {
        return toBuilder().hedging(wish).build();
    }

    /** Returns a copy that asks several nodes at once. */
    public CallOptions withConsensus(@Nullable Consensus wish) {
        return toBuilder().consensus(wish).build();
    }

    /** Returns a copy that continues this trace. */
    public CallOptions withTrace(@Nullable TraceContext continued) {
        return toBuilder().trace(continued).build();
    }

    /** Returns a copy that says whether a chat tells the model that it came over IICP. */
    public CallOptions withRuntimeIdentity(@Nullable RuntimeIdentity mode) {
        return toBuilder().runtimeIdentity(mode).build();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CallOptions that
                && Objects.equals(total, that.total)
                && Objects.equals(connect, that.connect)
                && Objects.equals(firstEvent, that.firstEvent)
                && Objects.equals(idle, that.idle)
                && Objects.equals(continueInterrupted, that.continueInterrupted)
                && Objects.equals(region, that.region)
                && qos == that.qos
                && priority == that.priority
                && Objects.equals(minReputation, that.minReputation)
                && Objects.equals(node, that.node)
                && Objects.equals(maxAttempts, that.maxAttempts)
                && Objects.equals(strict, that.strict)
                && Objects.equals(idempotent, that.idempotent)
                && Objects.equals(routingPolicy, that.routingPolicy)
                && Objects.equals(modality, that.modality)
                && Objects.equals(hedging, that.hedging)
                && Objects.equals(consensus, that.consensus)
                && Objects.equals(trace, that.trace)
                && runtimeIdentity == that.runtimeIdentity;
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                total,
                connect,
                firstEvent,
                idle,
                continueInterrupted,
                region,
                qos,
                priority,
                minReputation,
                node,
                maxAttempts,
                strict,
                routingPolicy,
                trace,
                runtimeIdentity);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("CallOptions[");
        append(text, "total", total);
        append(text, "connect", connect);
        append(text, "firstEvent", firstEvent);
        append(text, "idle", idle);
        append(text, "continueInterrupted", continueInterrupted);
        append(text, "region", region);
        append(text, "qos", qos);
        append(text, "priority", priority);
        append(text, "minReputation", minReputation);
        append(text, "node", node);
        append(text, "maxAttempts", maxAttempts);
        append(text, "strict", strict);
        append(text, "idempotent", idempotent);
        append(text, "routingPolicy", routingPolicy);
        append(text, "modality", modality);
        append(text, "hedging", hedging);
        append(text, "consensus", consensus);
        append(text, "runtimeIdentity", runtimeIdentity);
        return text.append(']').toString();
    }

    private static void append(StringBuilder text, String name, @Nullable Object value) {
        if (value != null) {
            text.append(text.charAt(text.length() - 1) == '[' ? "" : ", ")
                    .append(name)
                    .append('=')
                    .append(value);
        }
    }

    /** Collects options. Setters check at once; {@code null} keeps the client's setting. Not thread-safe. */
    public static final class Builder {
        private @Nullable Duration total;
        private @Nullable Duration connect;
        private @Nullable Duration firstEvent;
        private @Nullable Duration idle;
        private @Nullable Boolean continueInterrupted;
        private @Nullable String region;
        private @Nullable Qos qos;
        private @Nullable Priority priority;
        private @Nullable Double minReputation;
        private @Nullable String node;
        private @Nullable Integer maxAttempts;
        private @Nullable Boolean strict;
        private @Nullable Boolean idempotent;
        private @Nullable RoutingPolicy routingPolicy;
        private @Nullable Modality modality;
        private @Nullable Hedging hedging;
        private @Nullable Consensus consensus;
        private @Nullable TraceContext trace;
        private @Nullable RuntimeIdentity runtimeIdentity;

        private Builder() {}

        /** Sets the longest duration of the call, 100 ms to 120 s; checked when the call starts. */
        public Builder total(@Nullable Duration limit) {
            this.total = limit;
            return this;
        }

        /**
         * Sets the longest wait for a connection, TLS included.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder connect(@Nullable Duration limit) {
            this.connect = positive("connect", limit);
            return this;
        }

        /**
         * Sets the longest silence before the first content of a stream.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder firstEvent(@Nullable Duration limit) {
            this.firstEvent = positive("firstEvent", limit);
            return this;
        }

        /**
         * Sets the longest silence between two events of a stream.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder idle(@Nullable Duration limit) {
            this.idle = positive("idle", limit);
            return this;
        }

        private static @Nullable Duration positive(String name, @Nullable Duration limit) {
            if (limit != null && (limit.isNegative() || limit.isZero())) {
                throw new IllegalArgumentException("%s must be positive, was %s".formatted(name, limit));
            }
            return limit;
        }

        /**
         * Sets whether a stream that was cut off is continued by another node, which is given the text so far. See {@code docs/consumer.md}
         * for what that cannot promise.
         */
        public Builder continueInterrupted(@Nullable Boolean allowed) {
            this.continueInterrupted = allowed;
            return this;
        }

        /** Sets the region to prefer. */
        public Builder region(@Nullable String name) {
            this.region = name;
            return this;
        }

        /** Sets how urgent the task is. */
        public Builder qos(@Nullable Qos urgency) {
            this.qos = urgency;
            return this;
        }

        /** Sets the rank among tasks that wait at a node. */
        public Builder priority(@Nullable Priority rank) {
            this.priority = rank;
            return this;
        }

        /**
         * Sets the least reputation of a node.
         *
         * @throws IllegalArgumentException if it is not between 0 and 1
         */
        public Builder minReputation(@Nullable Double least) {
            if (least != null && !(least >= 0 && least <= 1)) {
                throw new IllegalArgumentException("minReputation must be between 0 and 1, was " + least);
            }
            this.minReputation = least;
            return this;
        }

        /** Sets the id of the one node to use; no other is tried. */
        public Builder node(@Nullable String id) {
            this.node = id;
            return this;
        }

        /**
         * Sets the sends in total.
         *
         * @throws IllegalArgumentException if it is below 1
         */
        public Builder maxAttempts(@Nullable Integer sends) {
            if (sends != null && sends < 1) {
                throw new IllegalArgumentException("maxAttempts must be at least 1, was " + sends);
            }
            this.maxAttempts = sends;
            return this;
        }

        /**
         * Sets whether only the node and the model that the call names may serve it; default false. Nodes that do not list the model
         * are left out, the first node chosen is the only one, an answer of another model is a failure, and nothing is hedged.
         * The same node may be asked twice.
         */
        public Builder strict(@Nullable Boolean noFallback) {
            this.strict = noFallback;
            return this;
        }

        /**
         * Sets whether the task may run more than once; default true. With false an attempt is repeated only when it failed before
         * the task was sent.
         */
        public Builder idempotent(@Nullable Boolean mayRunTwice) {
            this.idempotent = mayRunTwice;
            return this;
        }

        /** Sets which nodes may see the task. */
        public Builder routingPolicy(@Nullable RoutingPolicy policy) {
            this.routingPolicy = policy;
            return this;
        }

        /** Sets what the model must take besides text. */
        public Builder modality(@Nullable Modality kind) {
            this.modality = kind;
            return this;
        }

        /** Sets whether a second node is asked when the first takes long. Streams are never hedged. */
        public Builder hedging(@Nullable Hedging wish) {
            this.hedging = wish;
            return this;
        }

        /** Sets how several nodes are asked at once. Not for streams, strict calls, one named node, or tasks that must not run twice. */
        public Builder consensus(@Nullable Consensus wish) {
            this.consensus = wish;
            return this;
        }

        /**
         * Continues this trace, such as that of a request the application answers: the call keeps its trace id and flag and gets a parent
         * id of its own. A {@link network.iicp.spi.TraceSource} that knows the call goes before it.
         */
        public Builder trace(@Nullable TraceContext continued) {
            this.trace = continued;
            return this;
        }

        /**
         * Sets whether the chat tells the model that it came over IICP. Only {@code chat} and {@code chatStream} of a client look at it:
         * tasks that are submitted as they are, and other intents, never change.
         */
        public Builder runtimeIdentity(@Nullable RuntimeIdentity mode) {
            this.runtimeIdentity = mode;
            return this;
        }

        /** Returns the options. */
        public CallOptions build() {
            return new CallOptions(this);
        }
    }
}
