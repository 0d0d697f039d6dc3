package network.iicp.protocol.registration;

import java.util.List;
import java.util.Objects;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Intent;
import network.iicp.protocol.InvalidRequestException;
import network.iicp.protocol.Modality;
import network.iicp.protocol.Qos;
import network.iicp.protocol.Quoted;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer asks a directory for. Immutable; absent filters are {@code null} and stay off the wire.
 * Never holds anything of a prompt. Source: IICP directory, discover.
 *
 * @param intent what must be served
 * @param limit most nodes in the answer, 1 to 50
 * @param qos urgency, or {@code null}; official directories hide young nodes from {@code interactive} and {@code realtime}
 * @param region where the caller would like them; ranks, never filters. At most 64 characters, or {@code null}
 * @param models names of which a node must serve at least one; empty for any. At most 128 characters in all
 * @param minReputation 0 to 1, or {@code null}
 * @param maxMultiplier most credits as a factor on the usual price, not negative, or {@code null}
 * @param minScore least score, 0 to 1, or {@code null}
 * @param modality what the model must take, or {@code null} for text
 * @param nodeClasses classes of nodes the query is narrowed or widened to
 */
public record DiscoverQuery(
        Intent intent,
        int limit,
        @Nullable Qos qos,
        @Nullable String region,
        List<String> models,
        @Nullable Double minReputation,
        @Nullable Double maxMultiplier,
        @Nullable Double minScore,
        @Nullable Modality modality,
        List<NodeClass> nodeClasses) {

    /** Classes of nodes that a query can be narrowed or widened to. */
    public enum NodeClass {
        /** Only nodes that take sub-tasks of cooperative inference. */
        CIP_CAPABLE,
        /** Only nodes that relay for others. */
        RELAY_CAPABLE,
        /** Also nodes that the directory could not reach itself. */
        INTERNAL
    }

    /** Nodes asked for when nothing is said. */
    public static final int DEFAULT_LIMIT = 10;

    /** Most nodes a directory names at once. */
    public static final int MAX_LIMIT = 50;

    private static final int MAX_REGION_LENGTH = 64;
    private static final int MAX_MODELS_LENGTH = 128;

    /**
     * Checks the ranges and copies the lists.
     *
     * @throws InvalidRequestException if a value is out of range; the message names it
     */
    public DiscoverQuery {
        Objects.requireNonNull(intent, "intent");
        models = List.copyOf(models);
        nodeClasses = List.copyOf(nodeClasses);
        require(limit >= 1 && limit <= MAX_LIMIT, "limit is %d; it must be between 1 and 50".formatted(limit));
        require(
                region == null || (!region.isBlank() && region.length() <= MAX_REGION_LENGTH),
                "region %s must have 1 to 64 characters".formatted(Quoted.of(String.valueOf(region))));
        require(
                models.stream().noneMatch(m -> m.isBlank() || m.indexOf(',') >= 0),
                "a model name must not be blank or contain a comma");
        require(
                String.join(",", models).length() <= MAX_MODELS_LENGTH,
                "the model names must have at most 128 characters in all");
        requireShare(minReputation, "min_reputation");
        requireShare(minScore, "min_quality_score");
        require(
                maxMultiplier == null || (maxMultiplier >= 0 && maxMultiplier < Double.POSITIVE_INFINITY),
                "max_multiplier is %s; it must not be negative".formatted(maxMultiplier));
    }

    private static void requireShare(@Nullable Double value, String name) {
        require(
                value == null || (value >= 0 && value <= 1),
                "%s is %s; it must be between 0 and 1".formatted(name, value));
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new InvalidRequestException(IicpError.of(ErrorCode.VALIDATION_ERROR, ErrorComponent.CLIENT, message));
        }
    }

    /** Returns a query for an intent, without filters. */
    public static DiscoverQuery of(Intent intent) {
        return builder(intent).build();
    }

    /** Returns a builder for an intent. */
    public static Builder builder(Intent intent) {
        return new Builder(intent);
    }

    /** Returns a copy without urgency, for meshes of young nodes. */
    public DiscoverQuery withoutQos() {
        return new DiscoverQuery(
                intent, limit, null, region, models, minReputation, maxMultiplier, minScore, modality, nodeClasses);
    }

    /** Collects a query step by step. Not thread-safe. */
    public static final class Builder {
        private final Intent intent;
        private int limit = DEFAULT_LIMIT;
        private @Nullable Qos qos;
        private @Nullable String region;
        private List<String> models = List.of();
        private @Nullable Double minReputation;
        private @Nullable Double maxMultiplier;
        private @Nullable Double minScore;
        private @Nullable Modality modality;
        private List<NodeClass> nodeClasses = List.of();

        private Builder(Intent intent) {
            this.intent = intent;
        }

        /** Sets the most nodes in the answer, 1 to 50. */
        public Builder limit(int nodes) {
            limit = nodes;
            return this;
        }

        /** Sets the urgency. */
        public Builder qos(@Nullable Qos urgency) {
            qos = urgency;
            return this;
        }

        /** Sets the region that ranks higher. */
        public Builder region(@Nullable String name) {
            region = name;
            return this;
        }

        /** Asks for nodes that serve this model; {@code null} for any. */
        public Builder model(@Nullable String name) {
            models = name == null ? List.of() : List.of(name);
            return this;
        }

        /** Asks for nodes that serve one of these models; empty for any. */
        public Builder models(List<String> names) {
            models = names;
            return this;
        }

        /** Sets the least reputation. */
        public Builder minReputation(@Nullable Double share) {
            minReputation = share;
            return this;
        }

        /** Sets the highest factor on the usual price. */
        public Builder maxMultiplier(@Nullable Double factor) {
            maxMultiplier = factor;
            return this;
        }

        /** Sets the least score. */
        public Builder minScore(@Nullable Double share) {
            minScore = share;
            return this;
        }

        /** Sets what the model must take. */
        public Builder modality(@Nullable Modality input) {
            modality = input;
            return this;
        }

        /** Narrows or widens the query to classes of nodes. */
        public Builder nodeClasses(NodeClass... classes) {
            nodeClasses = List.of(classes);
            return this;
        }

        /**
         * Returns the query.
         *
         * @throws InvalidRequestException if a value is out of range
         */
        public DiscoverQuery build() {
            return new DiscoverQuery(
                    intent, limit, qos, region, models, minReputation, maxMultiplier, minScore, modality, nodeClasses);
        }
    }
}
