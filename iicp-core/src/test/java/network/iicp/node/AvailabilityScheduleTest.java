package network.iicp.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import network.iicp.protocol.registration.AvailabilityWindow;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AvailabilityScheduleTest {

    private static final Instant NOON = Instant.parse("2026-07-01T12:00:00Z");

    @Test
    void without_windows_every_place_is_offered_at_all_times() {
        assertThat(AvailabilitySchedule.ALWAYS.placesAt(NOON, 7)).isEqualTo(7);
        assertThat(AvailabilitySchedule.in(ZoneOffset.UTC).placesAt(NOON, 7)).isEqualTo(7);
        assertThat(AvailabilitySchedule.ALWAYS.inUtc(NOON)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "22:00, 8, 8",
        "23:59, 8, 8",
        "00:00, 8, 8",
        "06:00, 8, 8",
        "06:01, 8, 4",
        "21:59, 8, 4",
        "12:00, 8, 0",
        "12:30, 8, 0",
        "14:00, 8, 1",
        "21:00, 1, 1",
        "21:00, 0, 0"
    })
    void the_first_window_that_fits_counts_with_both_ends_and_outside_half_is_offered(
            String time, int places, int offered) {
        AvailabilitySchedule schedule = AvailabilitySchedule.in(ZoneOffset.UTC)
                .window(LocalTime.of(22, 0), LocalTime.of(6, 0), 1.0)
                .window(LocalTime.of(12, 0), LocalTime.of(13, 0), 0)
                .window(LocalTime.of(12, 30), LocalTime.of(14, 0), 0.1);

        assertThat(schedule.placesAt(Instant.parse("2026-07-01T%s:30Z".formatted(time)), places))
                .isEqualTo(offered);
    }

    @Test
    void the_hours_are_those_of_the_zone_and_are_told_to_directories_in_UTC() {
        AvailabilitySchedule schedule = AvailabilitySchedule.in(ZoneId.of("Europe/Berlin"))
                .withOutsideShare(0)
                .window(LocalTime.of(14, 0), LocalTime.of(15, 0), 0.5)
                .window(LocalTime.of(1, 0), LocalTime.of(3, 0), 1);

        assertThat(schedule.placesAt(NOON, 4)).isEqualTo(2);
        assertThat(schedule.placesAt(NOON.plusSeconds(2 * 3600), 4)).isZero();
        assertThat(schedule.inUtc(NOON))
                .containsExactly(
                        new AvailabilityWindow(LocalTime.of(12, 0), LocalTime.of(13, 0), 0.5),
                        new AvailabilityWindow(LocalTime.of(23, 0), LocalTime.of(23, 59), 1),
                        new AvailabilityWindow(LocalTime.MIDNIGHT, LocalTime.of(1, 0), 1));
        assertThat(schedule.inUtc(Instant.parse("2026-01-01T12:00:00Z")).get(0).start())
                .isEqualTo(LocalTime.of(13, 0));
    }

    @Test
    void shares_out_of_range_are_refused() {
        assertThatThrownBy(() -> AvailabilitySchedule.ALWAYS.withOutsideShare(1.1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> AvailabilitySchedule.ALWAYS.window(LocalTime.NOON, LocalTime.NOON, -0.1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
