package network.iicp.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DeadlineTest {

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);

    @Test
    void time_left_shrinks_and_ends_at_zero_even_when_the_clock_wraps_around() {
        Deadline deadline = Deadline.after(Duration.ofMillis(10), nanos::get);
        assertThat(deadline.remaining()).isEqualTo(Duration.ofMillis(10));
        nanos.addAndGet(Duration.ofMillis(4).toNanos());
        assertThat(deadline.remaining()).isEqualTo(Duration.ofMillis(6));
        assertThat(deadline.expired()).isFalse();
        nanos.addAndGet(Duration.ofMillis(6).toNanos());
        assertThat(deadline.expired()).isTrue();
        nanos.addAndGet(Duration.ofMillis(60).toNanos());
        assertThat(deadline.remaining()).isZero();
    }

    @Test
    void within_takes_the_earlier_of_two() {
        Deadline deadline = Deadline.after(Duration.ofSeconds(10), nanos::get);
        assertThat(deadline.within(Duration.ofSeconds(3)).remaining()).isEqualTo(Duration.ofSeconds(3));
        assertThat(deadline.within(Duration.ofSeconds(30))).isSameAs(deadline);
    }
}
