package network.iicp.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import network.iicp.spi.Metric;
import network.iicp.spi.MetricsSink;

/**
 * Passes measurements on to a Micrometer registry. Names get dots for underscores and lose the {@code _total} of counters, so that
 * {@code iicp_tasks_total} is the meter {@code iicp.tasks}, and is {@code iicp_tasks_total} again in a Prometheus registry. Histograms
 * are distribution summaries in the unit their name ends with, with their buckets as service level objectives. Thread-safe.
 */
public final class MicrometerMetrics implements MetricsSink {

    private static final String COUNTER_SUFFIX = "_total";

    private final MeterRegistry registry;
    private final Tags common;
    private final Map<Series, Meter> meters = new ConcurrentHashMap<>();
    private final Map<Series, Reading> gauges = new ConcurrentHashMap<>();

    private record Series(Metric metric, List<String> labels) {}

    /** Where a gauge is read, which changes when it is registered again. */
    private static final class Reading {

        private volatile DoubleSupplier source = () -> Double.NaN;

        double now() {
            return source.getAsDouble();
        }
    }

    /** Makes a bridge to a registry. */
    public MicrometerMetrics(MeterRegistry registry) {
        this(registry, List.of());
    }

    /**
     * Makes a bridge that adds tags to every meter, for example to tell several nodes of one process apart.
     *
     * @param registry where the meters are
     * @param tags the additional tags
     */
    public MicrometerMetrics(MeterRegistry registry, Iterable<Tag> tags) {
        this.registry = Objects.requireNonNull(registry, "registry");
        this.common = Tags.of(tags);
    }

    @Override
    public void count(Metric metric, long amount, String... labels) {
        meter(metric, labels, this::counter).increment((double) amount);
    }

    @Override
    public void observe(Metric metric, double value, String... labels) {
        meter(metric, labels, this::summary).record(value);
    }

    @Override
    public void gauge(Metric metric, DoubleSupplier value, String... labels) {
        Series series = new Series(metric, List.of(labels));
        Reading current = gauges.computeIfAbsent(series, this::registeredGauge);
        current.source = value;
    }

    @SuppressWarnings("unchecked") // a metric has one kind, and with it one class of meters
    private <M extends Meter> M meter(Metric metric, String[] labels, Function<Series, M> creation) {
        Series series = new Series(metric, List.of(labels));
        Meter known = meters.get(series);
        return (M) (known == null ? meters.computeIfAbsent(series, creation) : known);
    }

    private Counter counter(Series series) {
        return Counter.builder(name(series.metric()))
                .description(series.metric().help())
                .tags(tags(series))
                .register(registry);
    }

    private DistributionSummary summary(Series series) {
        double[] buckets = series.metric().buckets().stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
        return DistributionSummary.builder(name(series.metric()))
                .description(series.metric().help())
                .tags(tags(series))
                .serviceLevelObjectives(buckets)
                .register(registry);
    }

    private Reading registeredGauge(Series series) {
        Reading current = new Reading();
        Gauge.builder(name(series.metric()), current, Reading::now)
                .description(series.metric().help())
                .tags(tags(series))
                .strongReference(true)
                .register(registry);
        return current;
    }

    private Tags tags(Series series) {
        List<Tag> tags = new ArrayList<>();
        for (int i = 0; i < series.metric().labels().size(); i++) {
            tags.add(Tag.of(series.metric().labels().get(i), series.labels().get(i)));
        }
        return common.and(tags);
    }

    private static String name(Metric metric) {
        String name = metric.name();
        boolean counter = metric.kind() == Metric.Kind.COUNTER && name.endsWith(COUNTER_SUFFIX);
        return (counter ? name.substring(0, name.length() - COUNTER_SUFFIX.length()) : name).replace('_', '.');
    }
}
