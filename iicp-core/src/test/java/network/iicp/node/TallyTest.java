package network.iicp.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.protocol.registration.HeartbeatMetrics;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TallyTest {

    private final AtomicInteger ids = new AtomicInteger();
    private final Tally tally = new Tally(() -> "b" + ids.incrementAndGet());

    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void nothing_to_tell_is_no_batch() {
        assertThat(tally.batch()).isEmpty();
    }

    @Test
    void a_batch_is_repeated_unchanged_until_it_is_accepted() {
        tally.success(SECOND);
        tally.failure(SECOND.multipliedBy(3));
        HeartbeatMetrics first = tally.batch().orElseThrow();
        assertThat(first).isEqualTo(new HeartbeatMetrics("b1", 1, 1, 2000.0));
        tally.success(SECOND);

        assertThat(tally.batch()).contains(first);
        tally.answered("another");
        assertThat(tally.batch()).contains(first);
        tally.answered("b1");

        assertThat(tally.batch()).contains(new HeartbeatMetrics("b2", 1, 0, 1000.0));
    }

    @Test
    void a_directory_that_names_no_batch_has_taken_it() {
        tally.success(SECOND);
        assertThat(tally.batch()).isPresent();

        tally.answered(null);

        assertThat(tally.batch()).isEmpty();
    }

    @Test
    void more_than_a_thousand_are_told_in_parts_and_none_is_lost() {
        for (int i = 0; i < 2500; i++) {
            tally.success(SECOND);
        }
        int told = 0;
        for (int round = 0; round < 3; round++) {
            HeartbeatMetrics batch = tally.batch().orElseThrow();
            assertThat(batch.tasksSuccess()).isLessThanOrEqualTo(1000);
            assertThat(batch.averageLatencyMillis()).isEqualTo(1000.0);
            told += batch.tasksSuccess();
            tally.answered(batch.batchId());
        }
        assertThat(told).isEqualTo(2500);
        assertThat(tally.batch()).isEmpty();
    }

    @Test
    void a_batch_that_is_refused_twice_is_given_up() {
        tally.success(SECOND);
        tally.batch();
        tally.refused();
        assertThat(tally.batch().orElseThrow().batchId()).isEqualTo("b1");

        tally.refused();

        assertThat(tally.batch()).isEmpty();
    }
}
