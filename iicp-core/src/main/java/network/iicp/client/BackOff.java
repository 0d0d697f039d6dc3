package network.iicp.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Pauses between sends to the same nodes: 200 ms, doubled for each failure, 20 % jitter either way, at most 5 s; a longer
 * wait that a peer asked for counts instead. Source: IICP core, retry.
 *
 * @param random where the jitter comes from
 */
record BackOff(RandomGenerator random) {

    private static final Duration FIRST = Duration.ofMillis(200);
    private static final Duration LONGEST = Duration.ofSeconds(5);
    private static final double JITTER = 0.2;

    /**
     * Returns the pause.
     *
     * @param failures failures so far, at least 1
     * @param asked the wait a peer asked for, possibly zero
     */
    Duration pause(int failures, Duration asked) {
        int doublings = Math.min(Math.max(failures - 1, 0), 10);
        double millis = Math.min((double) LONGEST.toMillis(), FIRST.toMillis() * (double) (1 << doublings));
        double jittered = millis * (1 + JITTER * (2 * random.nextDouble() - 1));
        Duration own = Duration.ofNanos((long) (jittered * 1_000_000));
        return asked.compareTo(own) > 0 ? asked : own;
    }
}
