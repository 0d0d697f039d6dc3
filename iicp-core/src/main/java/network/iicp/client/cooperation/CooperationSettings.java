package network.iicp.client.cooperation;

import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskResult;
import network.iicp.spi.AnswerEquality;
import org.jspecify.annotations.Nullable;

/** Whether and how a client may ask several workers at once. Immutable. Off by default: every replica costs what one answer costs. */
public final class CooperationSettings {

    /** Nothing cooperates. */
    public static final CooperationSettings OFF = builder().build();

    /** Whether an application that can answer itself should rather do that. */
    public enum Strategy {
        /** An answer of the application's own goes first; workers are asked when it has none. */
        LOCAL_FIRST,
        /** Workers go first. */
        REMOTE_FIRST,
        /** Workers go first, and the application answers when they do not. */
        BALANCED
    }

    private final boolean enabled;
    private final Strategy strategy;
    private final double maxCreditsPerTask;
    private final @Nullable Double sessionCreditBudget;
    private final double minReputation;
    private final Set<String> trustedPeers;
    private final boolean sendSensitivePrompts;
    private final int maxReplicas;
    private final @Nullable Function<Task, CompletableFuture<TaskResult>> localAnswer;
    private final @Nullable AnswerEquality equality;
    private final @Nullable String settlementCredential;

    private CooperationSettings(Builder values) {
        this.enabled = values.enabled;
        this.strategy = values.strategy;
        this.maxCreditsPerTask = values.maxCreditsPerTask;
        this.sessionCreditBudget = values.sessionCreditBudget;
        this.minReputation = values.minReputation;
        this.trustedPeers = Set.copyOf(values.trustedPeers);
        this.sendSensitivePrompts = values.sendSensitivePrompts;
        this.maxReplicas = values.maxReplicas;
        this.localAnswer = values.localAnswer;
        this.equality = values.equality;
        this.settlementCredential = values.settlementCredential;
    }

    /** Returns a builder with the defaults: off. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns whether calls may cooperate. */
    public boolean enabled() {
        return enabled;
    }

    /** Returns who goes first. */
    public Strategy strategy() {
        return strategy;
    }

    /** Returns the most credits that one call may cost, all workers together. */
    public double maxCreditsPerTask() {
        return maxCreditsPerTask;
    }

    /** Returns the most credits that all calls of this client may cost, or {@code null} for no bound. */
    public @Nullable Double sessionCreditBudget() {
        return sessionCreditBudget;
    }

    /** Returns the least reputation of a worker, 0 to 1. */
    public double minReputation() {
        return minReputation;
    }

    /** Returns ids of the only nodes that may be workers; empty for all. */
    public Set<String> trustedPeers() {
        return trustedPeers;
    }

    /** Returns whether sensitive questions may leave this process. */
    public boolean sendSensitivePrompts() {
        return sendSensitivePrompts;
    }

    /** Returns the most workers of one call, 1 to 10. */
    public int maxReplicas() {
        return maxReplicas;
    }

    /** Returns how the application answers itself, or {@code null} when it does not. */
    public @Nullable Function<Task, CompletableFuture<TaskResult>> localAnswer() {
        return localAnswer;
    }

    /** Returns when two answers of a vote are the same, or {@code null} to compare their first 512 characters. */
    public @Nullable AnswerEquality equality() {
        return equality;
    }

    /** Returns the credential with which the directory is told of workers' receipts, or {@code null} when it is not. */
    public @Nullable String settlementCredential() {
        return settlementCredential;
    }

    /** Leaves the credential out. */
    @Override
    public String toString() {
        return "CooperationSettings[%s, %s, at most %d workers and %s credits]"
                .formatted(enabled ? "on" : "off", strategy, maxReplicas, maxCreditsPerTask);
    }

    /** Collects settings. Setters check at once. Not thread-safe. */
    public static final class Builder {
        private boolean enabled;
        private Strategy strategy = Strategy.LOCAL_FIRST;
        private double maxCreditsPerTask = 10;
        private @Nullable Double sessionCreditBudget;
        private double minReputation;
        private Set<String> trustedPeers = Set.of();
        private boolean sendSensitivePrompts;
        private int maxReplicas = 5;
        private @Nullable Function<Task, CompletableFuture<TaskResult>> localAnswer;
        private @Nullable AnswerEquality equality;
        private @Nullable String settlementCredential;

        private Builder() {}

        /** Sets whether calls may cooperate; default false. */
        public Builder enabled(boolean on) {
            this.enabled = on;
            return this;
        }

        /** Sets who goes first; default {@link Strategy#LOCAL_FIRST}. */
        public Builder strategy(Strategy order) {
            this.strategy = Objects.requireNonNull(order, "order");
            return this;
        }

        /** Sets the most credits that one call may cost, at least 0; default 10. */
        public Builder maxCreditsPerTask(double credits) {
            require(
                    credits >= 0 && credits < Double.POSITIVE_INFINITY,
                    "max-credits-per-task is %s".formatted(credits));
            this.maxCreditsPerTask = credits;
            return this;
        }

        /** Sets the most credits that all calls of the client may cost, at least 0; default no bound. */
        public Builder sessionCreditBudget(@Nullable Double credits) {
            require(
                    credits == null || (credits >= 0 && credits < Double.POSITIVE_INFINITY),
                    "session-credit-budget is %s".formatted(credits));
            this.sessionCreditBudget = credits;
            return this;
        }

        /** Sets the least reputation of a worker, 0 to 1; default 0. */
        public Builder minReputation(double least) {
            require(least >= 0 && least <= 1, "min-reputation is %s".formatted(least));
            this.minReputation = least;
            return this;
        }

        /** Sets ids of the only nodes that may be workers; default all. */
        public Builder trustedPeers(Set<String> nodeIds) {
            this.trustedPeers = Set.copyOf(nodeIds);
            return this;
        }

        /** Sets whether sensitive questions may leave this process; default false. */
        public Builder sendSensitivePrompts(boolean allowed) {
            this.sendSensitivePrompts = allowed;
            return this;
        }

        /** Sets the most workers of one call, 1 to 10; default 5. */
        public Builder maxReplicas(int workers) {
            require(
                    workers >= 1 && workers <= CooperationRequest.MAX_REPLICAS,
                    "max-replicas is %d".formatted(workers));
            this.maxReplicas = workers;
            return this;
        }

        /** Sets how the application answers itself; default not at all. Called on threads of the client; must not block. */
        public Builder localAnswer(@Nullable Function<Task, CompletableFuture<TaskResult>> answering) {
            this.localAnswer = answering;
            return this;
        }

        /** Sets when two answers of a vote are the same; default when their first 512 characters are. */
        public Builder equality(@Nullable AnswerEquality rule) {
            this.equality = rule;
            return this;
        }

        /** Sets the credential with which the directory is told of workers' receipts; default none: it is not told. */
        public Builder settlementCredential(@Nullable String nodeToken) {
            this.settlementCredential = nodeToken;
            return this;
        }

        private static void require(boolean inRange, String problem) {
            if (!inRange) {
                throw new ConfigurationException(IicpError.of(
                        ErrorCode.INVALID_CONFIG,
                        ErrorComponent.CLIENT,
                        "cooperation: " + problem + ", which is out of range"));
            }
        }

        /** Returns the settings. */
        public CooperationSettings build() {
            return new CooperationSettings(this);
        }
    }
}
