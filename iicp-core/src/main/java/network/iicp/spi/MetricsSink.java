package network.iicp.spi;

import java.util.function.DoubleSupplier;

/**
 * Takes what nodes and clients measure, and keeps it or passes it on. Values of labels are bounded by whoever measures: they are
 * words of the protocol, never what a stranger wrote. Thread-safe, quick, and never throws for a value.
 */
public interface MetricsSink {

    /**
     * Adds to a counter.
     *
     * @param metric which one
     * @param amount how much, at least 0
     * @param labels one value for each label of the metric
     */
    void count(Metric metric, long amount, String... labels);

    /**
     * Notes one value of a histogram.
     *
     * @param metric which one
     * @param value the value
     * @param labels one value for each label of the metric
     */
    void observe(Metric metric, double value, String... labels);

    /**
     * Reads a gauge from here on. Who registers the same one again, such as a node that was stopped and made anew, takes its place.
     *
     * @param metric which one
     * @param value returns the value; called when somebody looks
     * @param labels one value for each label of the metric
     */
    void gauge(Metric metric, DoubleSupplier value, String... labels);
}
