package network.iicp.protocol.registration;

import java.time.LocalTime;
import java.util.Objects;

/**
 * A time of day at which a node offers a share of its slots. Directories read it in their own time zone, without wrapping
 * over midnight; a window over midnight is therefore given as two.
 *
 * @param start first minute, inclusive
 * @param end last minute, inclusive, not before {@code start}
 * @param share 0 to 1
 */
public record AvailabilityWindow(LocalTime start, LocalTime end, double share) {

    /**
     * Checks the order and the share.
     *
     * @throws IllegalArgumentException if {@code end} is before {@code start} or the share is out of range
     */
    public AvailabilityWindow {
        Objects.requireNonNull(start, "start");
        Objects.requireNonNull(end, "end");
        if (end.isBefore(start)) {
            throw new IllegalArgumentException("end (%s) is before start (%s)".formatted(end, start));
        }
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("share must be between 0 and 1, was " + share);
        }
    }
}
