package network.iicp.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.spi.Metric;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MetricsTextTest {

    private static final Metric CALLS = Metric.counter("calls_total", "Calls \\ all.", "status", "kind");
    private static final Metric LEVEL = Metric.gauge("level", "Level.");
    private static final Metric TIME = Metric.histogram("time_ms", "Time.", List.of(10d, 100d, 2.5e3), "kind");

    private final MetricsText metrics = new MetricsText();

    @Test
    void counters_gauges_and_histograms_are_written_as_Prometheus_reads_them() {
        metrics.observe(TIME, 10, "a");
        metrics.observe(TIME, 10.5, "a");
        metrics.observe(TIME, 9999, "a");
        metrics.gauge(LEVEL, () -> 0.25);
        metrics.count(CALLS, 2, "ok", "b");
        metrics.count(CALLS, 1, "bad", "b");
        metrics.count(CALLS, 3, "ok", "b");

        assertThat(metrics.text()).isEqualTo("""
                        # HELP calls_total Calls \\\\ all.
                        # TYPE calls_total counter
                        calls_total{status="bad",kind="b"} 1
                        calls_total{status="ok",kind="b"} 5
                        # HELP level Level.
                        # TYPE level gauge
                        level 0.25
                        # HELP time_ms Time.
                        # TYPE time_ms histogram
                        time_ms_bucket{kind="a",le="10"} 1
                        time_ms_bucket{kind="a",le="100"} 2
                        time_ms_bucket{kind="a",le="2500"} 2
                        time_ms_bucket{kind="a",le="+Inf"} 3
                        time_ms_sum{kind="a"} 10019.5
                        time_ms_count{kind="a"} 3
                        """);
    }

    @Test
    void values_of_labels_cannot_break_the_lines() {
        metrics.count(CALLS, 1, "a\"b\\c\nd", "k");

        assertThat(metrics.text()).contains("calls_total{status=\"a\\\"b\\\\c\\nd\",kind=\"k\"} 1\n");
    }

    @Test
    void a_gauge_that_is_registered_again_takes_the_place_of_the_first() {
        AtomicInteger second = new AtomicInteger(7);
        metrics.gauge(LEVEL, () -> 1);
        metrics.gauge(LEVEL, second::get);

        assertThat(metrics.text()).contains("level 7\n").doesNotContain("level 1\n");
    }

    @Test
    void more_series_than_can_be_kept_are_counted_together() {
        for (int i = 0; i < MetricsText.MAX_SERIES + 500; i++) {
            metrics.count(CALLS, 1, "status-" + i, "k");
        }

        assertThat(metrics.text().lines().filter(line -> line.startsWith("calls_total{")))
                .hasSize(MetricsText.MAX_SERIES + 1);
        assertThat(metrics.text()).contains("calls_total{status=\"other\",kind=\"other\"} 500\n");
    }

    @Test
    void a_metric_is_used_as_what_it_is() {
        assertThatThrownBy(() -> metrics.count(LEVEL, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("level");
        assertThatThrownBy(() -> metrics.count(CALLS, 1, "one"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("status");
    }

    @Test
    void a_metric_has_a_name_and_buckets_that_fit() {
        assertThatThrownBy(() -> Metric.counter("Calls", "x")).hasMessageContaining("Calls");
        assertThatThrownBy(() -> Metric.counter("calls", "x", "a-b")).hasMessageContaining("a-b");
        assertThatThrownBy(() -> Metric.histogram("h", "x", List.of())).hasMessageContaining("buckets");
        assertThatThrownBy(() -> Metric.histogram("h", "x", List.of(2d, 2d))).hasMessageContaining("ascend");
    }

    @Test
    void nothing_is_lost_when_many_threads_count() throws Exception {
        int threads = 8;
        int each = 5_000;
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        for (int t = 0; t < threads; t++) {
            String kind = "k" + t % 3;
            pool.execute(() -> {
                try {
                    start.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
                for (int i = 0; i < each; i++) {
                    metrics.observe(TIME, i % 200, kind);
                }
            });
        }
        start.countDown();
        pool.shutdown();
        assertThat(pool.awaitTermination(60, TimeUnit.SECONDS)).isTrue();

        long total = metrics.text()
                .lines()
                .filter(line -> line.startsWith("time_ms_count"))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
                .sum();
        assertThat(total).isEqualTo((long) threads * each);
    }
}
