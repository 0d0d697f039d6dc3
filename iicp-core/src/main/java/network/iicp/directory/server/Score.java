package network.iicp.directory.server;

import java.time.LocalTime;
import java.util.List;
import network.iicp.protocol.registration.AvailabilityWindow;
import org.jspecify.annotations.Nullable;

/**
 * How well a node fits a query, 0 to 1, rounded to four decimals. Source: IICP directory, ranking score; the readiness
 * factor follows the deployed directories.
 *
 * @param availability share of its slots the node offers at this time of day
 * @param load share of its slots in use
 * @param activeJobs tasks running
 * @param maxConcurrent most tasks at the same time
 * @param region whether it is where it was asked for; {@code null} when nothing was asked
 * @param reputation what it earned
 * @param creditsPer1000 its price, or {@code null} when it states none
 * @param model whether it serves the model that was asked for; {@code null} when none was
 * @param currentSdk whether it follows a current release
 * @param keyReady whether tasks can be encrypted to it
 */
record Score(
        double availability,
        double load,
        int activeJobs,
        int maxConcurrent,
        @Nullable Boolean region,
        double reputation,
        @Nullable Double creditsPer1000,
        @Nullable Boolean model,
        boolean currentSdk,
        boolean keyReady) {

    /** Nodes below are not listed. */
    static final double FLOOR = 0.1;

    private static final double NEUTRAL = 0.5;
    private static final double LEAST_READINESS = 0.75;
    private static final double OLD_SDK = 0.08;
    private static final double NO_KEY = 0.07;
    private static final double DEAREST = 10;
    private static final double DECIMALS = 10_000;

    /** Returns the score of a node now. */
    static Score of(NodeRecord record, LocalTime now, @Nullable Boolean region, @Nullable Boolean model) {
        NodeProfile profile = record.profile();
        return new Score(
                availability(profile.windows(), now),
                record.presence().load(),
                record.presence().activeJobs(),
                profile.maxConcurrent(),
                region,
                record.standing().reputation(),
                profile.creditsPer1000().orElse(null),
                model,
                profile.followsCurrentSdk(),
                profile.confidentialityKey().isPresent());
    }

    /** The first window that holds the moment counts; outside all windows half, without windows everything. */
    static double availability(List<AvailabilityWindow> windows, LocalTime now) {
        for (AvailabilityWindow window : windows) {
            if (!now.isBefore(window.start()) && !now.isAfter(window.end())) {
                return window.share();
            }
        }
        return windows.isEmpty() ? 1.0 : NEUTRAL;
    }

    /** Returns the number. */
    double value() {
        double sum = model == null
                ? 0.35 * availability + 0.28 * idleness() + 0.18 * room() + 0.09 * nearness() + 0.10 * reputation
                : 0.25 * availability
                        + 0.20 * idleness()
                        + 0.15 * room()
                        + 0.10 * nearness()
                        + 0.10 * reputation
                        + 0.10 * cheapness()
                        + 0.10 * (model ? 1 : 0);
        return Math.round(sum * readiness() * DECIMALS) / DECIMALS;
    }

    private double idleness() {
        return 1 - Math.min(Math.max(load, 0), 1);
    }

    private double room() {
        return maxConcurrent < 1 ? 0 : Math.max(0, 1 - (double) activeJobs / maxConcurrent);
    }

    private double nearness() {
        if (region == null) {
            return NEUTRAL;
        }
        return region ? 1 : 0;
    }

    private double cheapness() {
        return creditsPer1000 == null ? NEUTRAL : Math.max(0, 1 - creditsPer1000 / DEAREST);
    }

    private double readiness() {
        return Math.max(LEAST_READINESS, 1 - (currentSdk ? 0 : OLD_SDK) - (keyReady ? 0 : NO_KEY));
    }
}
