package network.iicp.node;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** How long to wait before the next try: twice as long with every failure, with full jitter, so that nodes do not come in step. */
final class BackOff {

    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(60);
    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST_WISH = Duration.ofMinutes(5);
    private static final int MOST_DOUBLINGS = 6;

    private final RandomGenerator random;
    private int failures;

    BackOff(RandomGenerator random) {
        this.random = random;
    }

    void succeeded() {
        failures = 0;
    }

    /**
     * Returns how long to wait after one more failure.
     *
     * @param wish how long the peer asked to wait, or {@code null}; waited in any case, up to five minutes
     */
    Duration failed(@Nullable Duration wish) {
        long most = Math.min(LONGEST.toNanos(), FIRST.toNanos() << Math.min(failures, MOST_DOUBLINGS));
        failures++;
        Duration wait = Duration.ofNanos((long) (random.nextDouble() * most));
        if (wait.compareTo(SHORTEST) < 0) {
            wait = SHORTEST;
        }
        if (wish == null) {
            return wait;
        }
        Duration asked = wish.compareTo(LONGEST_WISH) > 0 ? LONGEST_WISH : wish;
        return asked.compareTo(wait) > 0 ? asked : wait;
    }
}
