package network.iicp.node;

import java.time.Duration;

/** An amount for each minute that refills evenly. May go into debt. Not thread-safe. */
final class Bucket {

    private static final long MINUTE_NANOS = Duration.ofSeconds(60).toNanos();

    private final int perMinute;
    private double level;
    private long filledAt;

    Bucket(int perMinute, long now) {
        this.perMinute = perMinute;
        this.level = perMinute;
        this.filledAt = now;
    }

    private void refill(long now) {
        double grown = level + (double) (now - filledAt) * perMinute / MINUTE_NANOS;
        level = Math.min(perMinute, grown);
        filledAt = now;
    }

    /** Returns the nanoseconds until one is there; 0 if it is there now. */
    long waitForOne(long now) {
        refill(now);
        return level >= 1 ? 0 : Math.max(1, (long) Math.ceil((1 - level) * MINUTE_NANOS / perMinute));
    }

    void take(long amount) {
        level -= amount;
    }
}
