package network.iicp.protocol;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a node knows of one of its models: what its engine says, and what was measured on real tasks. What is not known is
 * {@code null}. Immutable.
 *
 * @param model the name the model is served under
 * @param loaded whether it is in the engine's memory now; a model that is not is loaded by the first task, which then waits
 * @param contextLength tokens that prompt and answer may have together, from 1
 * @param tokensPerSecond tokens of an answer made in a second, a moving average, from streams where there were any
 * @param firstTokenMillis time from the start of a streamed task to its first part in milliseconds, a moving average
 * @param measuredTasks how many tasks the averages are from, since the node started; 0 if there are none
 */
public record ModelReport(
        String model,
        @Nullable Boolean loaded,
        @Nullable Integer contextLength,
        @Nullable Double tokensPerSecond,
        @Nullable Double firstTokenMillis,
        int measuredTasks) {

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a number is out of range
     */
    public ModelReport {
        Objects.requireNonNull(model, "model");
        if (contextLength != null && contextLength < 1) {
            throw new IllegalArgumentException("contextLength must be at least 1, was " + contextLength);
        }
        requireNotNegative(tokensPerSecond, "tokensPerSecond");
        requireNotNegative(firstTokenMillis, "firstTokenMillis");
        requireNotNegative((double) measuredTasks, "measuredTasks");
    }

    private static void requireNotNegative(@Nullable Double value, String name) {
        if (value != null && !(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("%s must not be negative, was %s".formatted(name, value));
        }
    }

    /** Returns a report of what an engine says of a model, without measurements. */
    public static ModelReport of(String model, @Nullable Boolean loaded, @Nullable Integer contextLength) {
        return new ModelReport(model, loaded, contextLength, null, null, 0);
    }

    /** Returns this report with measurements. */
    public ModelReport measured(@Nullable Double newTokensPerSecond, @Nullable Double newFirstTokenMillis, int tasks) {
        return new ModelReport(model, loaded, contextLength, newTokensPerSecond, newFirstTokenMillis, tasks);
    }

    /** Returns whether it says anything beyond the name. */
    public boolean saysAnything() {
        return loaded != null || contextLength != null || measuredTasks > 0;
    }
}
