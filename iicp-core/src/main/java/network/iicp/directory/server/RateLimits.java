package network.iicp.directory.server;

/**
 * How often one caller may call. A window is one minute; 0 switches a limit off.
 *
 * @param registrationsPerMinute registrations of one source address; a deregistration gives one back
 * @param heartbeatsPerMinute heartbeats of one node
 * @param readsPerMinute calls of one source address to each reading endpoint
 */
public record RateLimits(int registrationsPerMinute, int heartbeatsPerMinute, int readsPerMinute) {

    /** 60 of each: the values of the public directories. */
    public static final RateLimits OFFICIAL = new RateLimits(60, 60, 60);

    /** No limits. */
    public static final RateLimits OFF = new RateLimits(0, 0, 0);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a limit is negative
     */
    public RateLimits {
        if (registrationsPerMinute < 0 || heartbeatsPerMinute < 0 || readsPerMinute < 0) {
            throw new IllegalArgumentException("a rate limit must not be negative; 0 switches it off");
        }
    }
}
