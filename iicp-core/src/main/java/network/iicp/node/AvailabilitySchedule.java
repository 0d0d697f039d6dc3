package network.iicp.node;

import java.time.Instant;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import network.iicp.protocol.registration.AvailabilityWindow;

/**
 * When a node offers how much of itself: a share of its places for windows of the day, another share outside of them. Immutable.
 * Source: IICP availability windows, phase 1.
 *
 * @param windows shares by time of day; the first one that fits counts; none means all places at all times
 * @param zone the time zone the windows are in
 * @param outsideShare the share outside of all windows, 0 to 1
 */
public record AvailabilitySchedule(List<AvailabilityWindow> windows, ZoneId zone, double outsideShare) {

    /** All places at all times. */
    public static final AvailabilitySchedule ALWAYS = new AvailabilitySchedule(List.of(), ZoneOffset.UTC, 1.0);

    /** The share outside of all windows unless another is set, as official nodes have it. */
    public static final double DEFAULT_OUTSIDE_SHARE = 0.5;

    private static final LocalTime LAST_MINUTE = LocalTime.of(23, 59);

    /**
     * Copies the windows and checks the share.
     *
     * @throws IllegalArgumentException if the share is out of range
     */
    public AvailabilitySchedule {
        windows = List.copyOf(windows);
        Objects.requireNonNull(zone, "zone");
        if (!(outsideShare >= 0 && outsideShare <= 1)) {
            throw new IllegalArgumentException("outsideShare must be between 0 and 1, was " + outsideShare);
        }
    }

    /** Returns a schedule without windows in this time zone, with the usual share outside of those that are added. */
    public static AvailabilitySchedule in(ZoneId zone) {
        return new AvailabilitySchedule(List.of(), zone, DEFAULT_OUTSIDE_SHARE);
    }

    /**
     * Returns a copy with one window more.
     *
     * @param start first minute, inclusive
     * @param end last minute, inclusive; before {@code start} for a window over midnight
     * @param share 0 to 1
     * @throws IllegalArgumentException if the share is out of range
     */
    public AvailabilitySchedule window(LocalTime start, LocalTime end, double share) {
        List<AvailabilityWindow> more = new ArrayList<>(windows);
        more.addAll(split(start, end, share));
        return new AvailabilitySchedule(more, zone, outsideShare);
    }

    /** Returns a copy with this share outside of all windows, 0 to 1. */
    public AvailabilitySchedule withOutsideShare(double share) {
        return new AvailabilitySchedule(windows, zone, share);
    }

    private static List<AvailabilityWindow> split(LocalTime start, LocalTime end, double share) {
        return end.isBefore(start)
                ? List.of(
                        new AvailabilityWindow(start, LAST_MINUTE, share),
                        new AvailabilityWindow(LocalTime.MIDNIGHT, end, share))
                : List.of(new AvailabilityWindow(start, end, share));
    }

    /** Returns how many of some places are offered at a moment: none for a share of zero, else at least one. */
    int placesAt(Instant moment, int places) {
        double share = shareAt(LocalTime.ofInstant(moment, zone).truncatedTo(ChronoUnit.MINUTES));
        return share <= 0 || places <= 0 ? 0 : Math.max(1, (int) Math.floor(places * share));
    }

    private double shareAt(LocalTime time) {
        if (windows.isEmpty()) {
            return 1.0;
        }
        return windows.stream()
                .filter(window -> !time.isBefore(window.start()) && !time.isAfter(window.end()))
                .findFirst()
                .map(AvailabilityWindow::share)
                .orElse(outsideShare);
    }

    /** Returns the windows as directories read them, in UTC by the offset of the moment, none of them over midnight. */
    List<AvailabilityWindow> inUtc(Instant moment) {
        List<AvailabilityWindow> utc = new ArrayList<>();
        for (AvailabilityWindow window : windows) {
            utc.addAll(split(toUtc(window.start(), moment), toUtc(window.end(), moment), window.share()));
        }
        return utc;
    }

    private LocalTime toUtc(LocalTime time, Instant moment) {
        ZoneOffset offset = zone.getRules().getOffset(moment);
        OffsetDateTime local = moment.atOffset(offset).with(time);
        return local.withOffsetSameInstant(ZoneOffset.UTC).toLocalTime().truncatedTo(ChronoUnit.MINUTES);
    }
}
