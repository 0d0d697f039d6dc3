package network.iicp.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import network.iicp.spi.Metric;
import network.iicp.spi.MetricsSink;

/**
 * Keeps measurements in memory and writes them in Prometheus' text format, version 0.0.4. Bounded: a metric with more than
 * {@value #MAX_SERIES} combinations of label values counts further ones under {@code other}. Thread-safe.
 */
public final class MetricsText implements MetricsSink {

    /** The media type of {@link #text()}. */
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    /** Most combinations of label values of one metric. */
    public static final int MAX_SERIES = 1000;

    private static final String OTHER = "other";

    private final ConcurrentSkipListMap<String, Family> families = new ConcurrentSkipListMap<>();

    /** Makes an empty one. */
    public MetricsText() {}

    @Override
    public void count(Metric metric, long amount, String... labels) {
        Series series = family(metric, Metric.Kind.COUNTER).series(labels);
        series.count.add(amount);
    }

    @Override
    public void observe(Metric metric, double value, String... labels) {
        Series series = family(metric, Metric.Kind.HISTOGRAM).series(labels);
        int bucket = 0;
        while (bucket < metric.buckets().size() && value > metric.buckets().get(bucket)) {
            bucket++;
        }
        series.buckets[bucket].incrementAndGet();
        series.sum.add(value);
    }

    @Override
    public void gauge(Metric metric, DoubleSupplier value, String... labels) {
        family(metric, Metric.Kind.GAUGE).series(labels).gauge = value;
    }

    private Family family(Metric metric, Metric.Kind kind) {
        if (metric.kind() != kind) {
            throw new IllegalArgumentException(
                    "%s is a %s, used as a %s".formatted(metric.name(), metric.kind(), kind));
        }
        return families.computeIfAbsent(metric.name(), name -> new Family(metric));
    }

    /** Returns everything that was measured, one metric after the other in the order of their names. */
    public String text() {
        StringBuilder text = new StringBuilder(4096);
        families.values().forEach(family -> family.write(text));
        return text.toString();
    }

    /** One metric and its series. */
    private static final class Family {

        private final Metric metric;
        private final Map<List<String>, Series> all = new ConcurrentHashMap<>();

        Family(Metric metric) {
            this.metric = metric;
        }

        Series series(String... labels) {
            if (labels.length != metric.labels().size()) {
                throw new IllegalArgumentException("%s has the labels %s".formatted(metric.name(), metric.labels()));
            }
            List<String> key = List.of(labels);
            Series known = all.get(key);
            if (known != null) {
                return known;
            }
            List<String> bounded = all.size() < MAX_SERIES
                    ? key
                    : metric.labels().stream().map(label -> OTHER).toList();
            return all.computeIfAbsent(
                    bounded, values -> new Series(metric.buckets().size()));
        }

        void write(StringBuilder text) {
            text.append("# HELP ").append(metric.name()).append(' ').append(escapedHelp());
            text.append("\n# TYPE ").append(metric.name()).append(' ');
            text.append(
                    switch (metric.kind()) {
                        case COUNTER -> "counter";
                        case GAUGE -> "gauge";
                        case HISTOGRAM -> "histogram";
                    });
            text.append('\n');
            List<Map.Entry<List<String>, Series>> sorted = new ArrayList<>(all.entrySet());
            sorted.sort((a, b) -> a.getKey().toString().compareTo(b.getKey().toString()));
            sorted.forEach(entry -> write(text, entry.getKey(), entry.getValue()));
        }

        private String escapedHelp() {
            return metric.help().replace("\\", "\\\\").replace("\n", "\\n");
        }

        private void write(StringBuilder text, List<String> labels, Series series) {
            switch (metric.kind()) {
                case COUNTER -> sample(text, "", labels, "", Long.toString(series.count.sum()));
                case GAUGE -> sample(text, "", labels, "", number(series.gauge.getAsDouble()));
                case HISTOGRAM -> writeHistogram(text, labels, series);
            }
        }

        private void writeHistogram(StringBuilder text, List<String> labels, Series series) {
            long total = 0;
            for (int i = 0; i < series.buckets.length; i++) {
                total += series.buckets[i].get();
                String bound =
                        i < metric.buckets().size() ? number(metric.buckets().get(i)) : "+Inf";
                sample(text, "_bucket", labels, bound, Long.toString(total));
            }
            sample(text, "_sum", labels, "", number(series.sum.sum()));
            sample(text, "_count", labels, "", Long.toString(total));
        }

        private void sample(StringBuilder text, String suffix, List<String> labels, String bound, String value) {
            text.append(metric.name()).append(suffix);
            List<String> pairs = new ArrayList<>(labels.size() + 1);
            for (int i = 0; i < labels.size(); i++) {
                pairs.add(metric.labels().get(i) + "=\"" + escaped(labels.get(i)) + '"');
            }
            if (!bound.isEmpty()) {
                pairs.add("le=\"" + bound + '"');
            }
            if (!pairs.isEmpty()) {
                text.append('{').append(String.join(",", pairs)).append('}');
            }
            text.append(' ').append(value).append('\n');
        }

        private static String escaped(String value) {
            return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
        }

        private static String number(double value) {
            if (Double.isInfinite(value)) {
                return value > 0 ? "+Inf" : "-Inf";
            }
            return value == Math.rint(value) && Math.abs(value) < 1e15
                    ? Long.toString((long) value)
                    : Double.toString(value);
        }
    }

    /** The values of one combination of label values. */
    private static final class Series {

        private final LongAdder count = new LongAdder();
        private final DoubleAdder sum = new DoubleAdder();
        private final AtomicLong[] buckets;
        private volatile DoubleSupplier gauge = () -> 0;

        Series(int bounds) {
            buckets = new AtomicLong[bounds + 1];
            for (int i = 0; i < buckets.length; i++) {
                buckets[i] = new AtomicLong();
            }
        }
    }
}
