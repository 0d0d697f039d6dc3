package network.iicp.protocol.registration;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A sign of life with the state of a node. Immutable.
 *
 * @param available whether the node takes tasks; {@code false} hides it until the next heartbeat
 * @param load share of its slots in use, 0 to 1, or {@code null} for unchanged
 * @param activeJobs tasks running, or {@code null} for unchanged
 * @param maxConcurrent slots in effect now, or {@code null}; official directories ignore it
 * @param metrics what it did since the last accepted batch, or {@code null} for nothing
 * @param healthModels models its engine serves now; empty hides the node, {@code null} says nothing new
 * @param stability how its engine is, or {@code null} for unchanged
 * @param challengeResponse answer to the challenge of the last reply, or {@code null}
 */
public record Heartbeat(
        boolean available,
        @Nullable Double load,
        @Nullable Integer activeJobs,
        @Nullable Integer maxConcurrent,
        @Nullable HeartbeatMetrics metrics,
        @Nullable List<String> healthModels,
        @Nullable BackendStability stability,
        @Nullable String challengeResponse) {

    /**
     * Clamps the load to 0 to 1 and copies the models.
     *
     * @throws IllegalArgumentException if {@code activeJobs} is negative
     */
    public Heartbeat {
        if (load != null) {
            load = Double.isNaN(load) ? 1.0 : Math.max(0.0, Math.min(1.0, load));
        }
        if (activeJobs != null && activeJobs < 0) {
            throw new IllegalArgumentException("activeJobs must not be negative, was " + activeJobs);
        }
        healthModels = healthModels == null ? null : List.copyOf(healthModels);
    }

    /** Returns a heartbeat of an available node that says nothing else. */
    public static Heartbeat alive() {
        return builder().build();
    }

    /** Returns a builder of an available node. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects a heartbeat step by step. Not thread-safe. */
    public static final class Builder {
        private boolean available = true;
        private @Nullable Double load;
        private @Nullable Integer activeJobs;
        private @Nullable Integer maxConcurrent;
        private @Nullable HeartbeatMetrics metrics;
        private @Nullable List<String> healthModels;
        private @Nullable BackendStability stability;
        private @Nullable String challengeResponse;

        private Builder() {}

        /** Says whether the node takes tasks; it does unless this is called. */
        public Builder available(boolean takesTasks) {
            available = takesTasks;
            return this;
        }

        /** Sets the tasks running out of the slots in effect; load follows from both. */
        public Builder slots(int active, int slots) {
            activeJobs = active;
            maxConcurrent = slots;
            load = slots < 1 ? 1.0 : (double) active / slots;
            return this;
        }

        /** Sets what the node did since the last accepted batch. */
        public Builder metrics(@Nullable HeartbeatMetrics batch) {
            metrics = batch;
            return this;
        }

        /** Sets the models its engine serves now; {@code null} when that could not be found out. */
        public Builder healthModels(@Nullable List<String> models) {
            healthModels = models;
            return this;
        }

        /** Sets how its engine is. */
        public Builder stability(@Nullable BackendStability report) {
            stability = report;
            return this;
        }

        /** Sets the answer to the challenge of the last reply. */
        public Builder challengeResponse(@Nullable String answer) {
            challengeResponse = answer;
            return this;
        }

        /** Returns the heartbeat. */
        public Heartbeat build() {
            return new Heartbeat(
                    available, load, activeJobs, maxConcurrent, metrics, healthModels, stability, challengeResponse);
        }
    }
}
