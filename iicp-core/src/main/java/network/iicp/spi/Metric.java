package network.iicp.spi;

import java.util.List;
import java.util.regex.Pattern;

/**
 * What is measured: a name, a kind, and the names of its labels. Immutable.
 *
 * @param name the name in the form of Prometheus: {@code a-z 0-9 _}, counters end in {@code _total}
 * @param kind how its values add up
 * @param help one sentence for people
 * @param labels names of the labels, in the order in which their values are given
 * @param buckets upper bounds of a histogram's buckets, ascending, without infinity; empty for the other kinds
 */
public record Metric(String name, Kind kind, String help, List<String> labels, List<Double> buckets) {

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]*");

    /** How the values of a metric add up. */
    public enum Kind {
        /** Only grows. */
        COUNTER,
        /** Is what it is at the moment it is read. */
        GAUGE,
        /** Single values, counted in buckets. */
        HISTOGRAM
    }

    /**
     * Checks names and buckets.
     *
     * @throws IllegalArgumentException if a name has another form, or the buckets do not fit the kind or do not ascend
     */
    public Metric {
        labels = List.copyOf(labels);
        buckets = List.copyOf(buckets);
        requireName(name);
        labels.forEach(Metric::requireName);
        if ((kind == Kind.HISTOGRAM) == buckets.isEmpty()) {
            throw new IllegalArgumentException(name + ": a histogram has buckets, and nothing else has");
        }
        for (int i = 1; i < buckets.size(); i++) {
            if (buckets.get(i) <= buckets.get(i - 1)) {
                throw new IllegalArgumentException(name + ": the buckets do not ascend");
            }
        }
    }

    private static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("'%s' is no name of a metric or a label".formatted(name));
        }
    }

    /** Returns a counter. */
    public static Metric counter(String name, String help, String... labels) {
        return new Metric(name, Kind.COUNTER, help, List.of(labels), List.of());
    }

    /** Returns a gauge. */
    public static Metric gauge(String name, String help, String... labels) {
        return new Metric(name, Kind.GAUGE, help, List.of(labels), List.of());
    }

    /** Returns a histogram. */
    public static Metric histogram(String name, String help, List<Double> buckets, String... labels) {
        return new Metric(name, Kind.HISTOGRAM, help, List.of(labels), buckets);
    }
}
