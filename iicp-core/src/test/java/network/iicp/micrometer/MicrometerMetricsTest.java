package network.iicp.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Arrays;
import java.util.List;
import network.iicp.spi.Metric;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MicrometerMetricsTest {

    private static final Metric CALLS = Metric.counter("iicp_calls_total", "Calls.", "status");
    private static final Metric LEVEL = Metric.gauge("iicp_level", "Level.");
    private static final Metric TIME = Metric.histogram("iicp_time_ms", "Time.", List.of(10d, 100d), "kind");

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final MicrometerMetrics metrics = new MicrometerMetrics(registry);

    @Test
    void counters_become_counters_without_the_suffix() {
        metrics.count(CALLS, 2, "ok");
        metrics.count(CALLS, 3, "ok");
        metrics.count(CALLS, 1, "bad");

        assertThat(registry.get("iicp.calls").tag("status", "ok").counter().count())
                .isEqualTo(5);
        assertThat(registry.get("iicp.calls").tag("status", "bad").counter().count())
                .isEqualTo(1);
    }

    @Test
    void histograms_become_summaries_with_the_same_buckets() {
        metrics.observe(TIME, 7, "a");
        metrics.observe(TIME, 70, "a");

        DistributionSummary summary =
                registry.get("iicp.time.ms").tag("kind", "a").summary();
        assertThat(summary.count()).isEqualTo(2);
        assertThat(summary.totalAmount()).isEqualTo(77);
        assertThat(Arrays.stream(summary.takeSnapshot().histogramCounts()).map(at -> at.bucket() + ":" + at.count()))
                .containsExactly("10.0:1.0", "100.0:2.0");
    }

    @Test
    void a_gauge_that_is_registered_again_takes_the_place_of_the_first() {
        metrics.gauge(LEVEL, () -> 1);
        assertThat(registry.get("iicp.level").gauge().value()).isEqualTo(1);

        metrics.gauge(LEVEL, () -> 2);

        assertThat(registry.get("iicp.level").gauges()).singleElement().satisfies(gauge -> assertThat(gauge.value())
                .isEqualTo(2));
    }

    @Test
    void additional_tags_are_on_every_meter() {
        MicrometerMetrics tagged = new MicrometerMetrics(registry, List.of(Tag.of("node", "b")));
        tagged.count(CALLS, 1, "ok");

        assertThat(registry.get("iicp.calls").tag("node", "b").counter().count())
                .isEqualTo(1);
    }
}
