package network.iicp.samples.benchmarks.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MeasureTest {

    @Test
    void percentiles_are_exact() {
        Samples samples = new Samples();
        for (int i = 2000; i >= 1; i--) {
            samples.add(i * 1_000_000L);
        }
        assertThat(samples.millis(0.5)).isEqualTo(1000);
        assertThat(samples.millis(0.99)).isEqualTo(1980);
        assertThat(samples.millis(1)).isEqualTo(2000);
        assertThatThrownBy(() -> new Samples().millis(0.5)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void the_ratio_of_series_is_the_median_of_the_ratios_of_rounds() {
        assertThat(Median.of(List.of(3.0, 1.0, 2.0))).isEqualTo(2);
        assertThat(Median.of(List.of(4.0, 1.0, 2.0, 3.0))).isEqualTo(2.5);
        assertThat(Median.ofRatios(List.of(2.0, 30.0, 8.0), List.of(1.0, 10.0, 2.0)))
                .isEqualTo(3);
        assertThatThrownBy(() -> Median.ofRatios(List.of(1.0), List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void contenders_take_turns_at_beginning_and_warm_up_does_not_count() throws Exception {
        List<String> calls = new ArrayList<>();
        ByName<Series> series = new Contest()
                .contender("a", () -> {
                    calls.add("a");
                    return 1_000_000;
                })
                .contender("b", () -> {
                    calls.add("b");
                    return 3_000_000;
                })
                .run(1, 2, 1);
        assertThat(calls).containsExactly("a", "b", "b", "a", "a", "b");
        assertThat(series.get("b").ratio(0.5, series.get("a"))).isEqualTo(3);
        assertThat(series.get("a").calls()).isEqualTo(2);
    }

    @Test
    void a_crew_counts_what_failed() throws Exception {
        Crew.Volume volume = Crew.work(2, Duration.ofMillis(50), worker -> () -> {
            if (worker == 1) {
                throw new IllegalStateException("no");
            }
            return 5_000_000;
        });
        assertThat(volume.samples().millis(0.5)).isEqualTo(5);
        assertThat(volume.failures()).isPositive();
        assertThat(volume.firstFailure()).contains("no");
        assertThat(volume.perSecond()).isPositive();
    }

    @Test
    void a_table_is_markdown() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new Table("what", "ms")
                .row("x", 12345.6)
                .row("y", 1.234)
                .row("z", Double.NaN)
                .print(new PrintStream(out, true, StandardCharsets.UTF_8));
        assertThat(out.toString(StandardCharsets.UTF_8).lines())
                .containsExactly("| what | ms |", "| --- | --- |", "| x | 12 346 |", "| y | 1.23 |", "| z | - |", "");
    }
}
