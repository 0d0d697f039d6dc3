package network.iicp.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class WorkloadTest {

    private final Workload workload = new Workload();

    @Test
    void the_mean_follows_the_last_tasks() {
        assertThat(workload.meanDuration()).isZero();
        workload.success(Duration.ofSeconds(1));
        assertThat(workload.meanDuration()).isEqualTo(Duration.ofSeconds(1));
        for (int i = 0; i < 50; i++) {
            workload.failure(Duration.ofMillis(100));
        }
        assertThat(workload.meanDuration()).isBetween(Duration.ofMillis(99), Duration.ofMillis(101));
    }

    @Test
    void every_directory_is_told_on_its_own() {
        Tally first = new Tally(() -> "first");
        Tally second = new Tally(() -> "second");
        workload.report(first);
        workload.report(second);
        workload.success(Duration.ofSeconds(1));
        first.batch();
        first.answered("first");
        workload.failure(Duration.ofSeconds(1));

        assertThat(first.batch().orElseThrow().tasksSuccess()).isZero();
        assertThat(first.batch().orElseThrow().tasksFailed()).isEqualTo(1);
        assertThat(second.batch().orElseThrow().tasksSuccess()).isEqualTo(1);
        assertThat(second.batch().orElseThrow().tasksFailed()).isEqualTo(1);
    }
}
