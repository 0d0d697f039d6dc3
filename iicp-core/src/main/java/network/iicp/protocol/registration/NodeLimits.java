package network.iicp.protocol.registration;

/**
 * How much a node takes. Source: IICP directory, registration.
 *
 * @param maxConcurrent most tasks at the same time, 1 to 256
 * @param tokensPerMinute most tokens in a minute, at least 1
 */
public record NodeLimits(int maxConcurrent, int tokensPerMinute) {

    /** Most tasks a directory lets a node announce. */
    public static final int MAX_CONCURRENT = 256;

    /** Four tasks at once, 10 000 tokens a minute: what official nodes announce when nothing is configured. */
    public static final NodeLimits DEFAULT = new NodeLimits(4, 10_000);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public NodeLimits {
        if (maxConcurrent < 1 || maxConcurrent > MAX_CONCURRENT) {
            throw new IllegalArgumentException(
                    "maxConcurrent must be between 1 and %d, was %d".formatted(MAX_CONCURRENT, maxConcurrent));
        }
        if (tokensPerMinute < 1) {
            throw new IllegalArgumentException("tokensPerMinute must be at least 1, was " + tokensPerMinute);
        }
    }

    /** Returns a copy with another number of tasks at the same time. */
    public NodeLimits withMaxConcurrent(int tasks) {
        return new NodeLimits(tasks, tokensPerMinute);
    }
}
