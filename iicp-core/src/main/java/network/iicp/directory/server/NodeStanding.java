package network.iicp.directory.server;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import network.iicp.protocol.registration.HeartbeatMetrics;
import org.jspecify.annotations.Nullable;

/**
 * What a node earned, by the reputation model {@value #MODEL}. Immutable.
 *
 * <p>A batch of {@code s} successes and {@code f} failures moves the reputation by {@code 0.01 s - 0.05 f}. A gain is at
 * most 0.10 for a batch, and 0.20 for a window that opens with its first gain and lasts an hour; a loss neither uses nor
 * refunds that budget. The result stays between 0 and 1. Latency never lowers it. Source: IICP directory, reputation.
 *
 * @param reputation 0 to 1
 * @param epoch names the life of this reputation
 * @param windowStart when the present window of gains opened, or {@code null} before the first gain
 * @param windowGain what was gained in it
 * @param tasksSucceeded tasks answered so far
 * @param tasksFailed tasks failed so far
 * @param lastBatch id of the last batch that counted, or {@code null}
 * @param latencyMillis running mean of the latency the node reports, or {@code null}
 */
public record NodeStanding(
        double reputation,
        String epoch,
        @Nullable Instant windowStart,
        double windowGain,
        long tasksSucceeded,
        long tasksFailed,
        @Nullable String lastBatch,
        @Nullable Double latencyMillis) {

    /** Name of the reputation model. */
    public static final String MODEL = "outcome-v2";

    /** Reputation of a node nobody knows. */
    public static final double INITIAL_REPUTATION = 0.5;

    private static final double GAIN_PER_SUCCESS = 0.01;
    private static final double LOSS_PER_FAILURE = 0.05;
    private static final double MOST_GAIN_PER_BATCH = 0.10;
    private static final double MOST_GAIN_PER_WINDOW = 0.20;
    private static final int MOST_SUCCESSES_PER_BATCH = 300;
    private static final Duration WINDOW = Duration.ofHours(1);
    private static final double LATENCY_WEIGHT = 0.1;

    /** Sums of hundredths are not exact in binary; without rounding 0.29 would be shown after 29 gains of 0.01. */
    private static final double STEP = 1e9;

    /** Checks that nothing required is missing. */
    public NodeStanding {
        Objects.requireNonNull(epoch, "epoch");
    }

    /** Returns the standing of a node nobody knows. */
    public static NodeStanding initial(String epoch) {
        return new NodeStanding(INITIAL_REPUTATION, epoch, null, 0, 0, 0, null, null);
    }

    /** Returns how many tasks the node is known to have answered or failed. */
    public long tasks() {
        return tasksSucceeded + tasksFailed;
    }

    /** Returns whether a batch with this id was the last that counted. */
    boolean hasCounted(String batchId) {
        return batchId.equals(lastBatch);
    }

    /** Returns the standing after a batch without id, see {@link #after(HeartbeatMetrics, Instant)}. */
    NodeStanding afterUnnamed(int succeeded, int failed, double latency, Instant now) {
        return counted(succeeded, failed, latency, now, lastBatch);
    }

    /** Returns the standing after a batch; the same standing when the batch counted already. */
    NodeStanding after(HeartbeatMetrics batch, Instant now) {
        if (hasCounted(batch.batchId())) {
            return this;
        }
        return counted(batch.tasksSuccess(), batch.tasksFailed(), batch.averageLatencyMillis(), now, batch.batchId());
    }

    private NodeStanding counted(int succeeded, int failed, double latency, Instant now, @Nullable String batchId) {
        double change = GAIN_PER_SUCCESS * Math.min(succeeded, MOST_SUCCESSES_PER_BATCH) - LOSS_PER_FAILURE * failed;
        Instant start = windowStart;
        double gained = windowGain;
        if (change > 0) {
            if (start == null || !now.isBefore(start.plus(WINDOW))) {
                start = now;
                gained = 0;
            }
            change = Math.min(change, Math.min(MOST_GAIN_PER_BATCH, Math.max(0, MOST_GAIN_PER_WINDOW - gained)));
            gained = rounded(gained + change);
        }
        return new NodeStanding(
                rounded(Math.max(0, Math.min(1, reputation + change))),
                epoch,
                start,
                gained,
                tasksSucceeded + succeeded,
                tasksFailed + failed,
                batchId,
                succeeded + failed == 0 ? latencyMillis : averaged(latency));
    }

    private Double averaged(double sample) {
        return latencyMillis == null ? sample : latencyMillis + LATENCY_WEIGHT * (sample - latencyMillis);
    }

    private static double rounded(double value) {
        return Math.round(value * STEP) / STEP;
    }
}
