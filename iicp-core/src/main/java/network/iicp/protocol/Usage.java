package network.iicp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * Tokens counted by the engine. A count the engine did not report is {@code null}, never 0.
 *
 * @param promptTokens tokens of the input
 * @param completionTokens tokens of the output
 * @param totalTokens both
 */
public record Usage(
        @Nullable Integer promptTokens,
        @Nullable Integer completionTokens,
        @Nullable Integer totalTokens) {

    /** Nothing was reported. */
    public static final Usage UNKNOWN = new Usage(null, null, null);

    /** Checks that no count is negative, and adds the total when both parts are known. */
    public Usage {
        requireNotNegative(promptTokens, "promptTokens");
        requireNotNegative(completionTokens, "completionTokens");
        requireNotNegative(totalTokens, "totalTokens");
        if (totalTokens == null && promptTokens != null && completionTokens != null) {
            totalTokens = promptTokens + completionTokens;
        }
    }

    private static void requireNotNegative(@Nullable Integer count, String name) {
        if (count != null && count < 0) {
            throw new IllegalArgumentException(name + " must not be negative, was " + count);
        }
    }

    /** Returns a usage with both parts and their sum. */
    public static Usage of(int promptTokens, int completionTokens) {
        return new Usage(promptTokens, completionTokens, promptTokens + completionTokens);
    }

    /** Returns whether any count is known. */
    public boolean isKnown() {
        return promptTokens != null || completionTokens != null || totalTokens != null;
    }
}
