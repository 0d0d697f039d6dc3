/**
 * Measurements without a monitoring library: {@link network.iicp.metrics.MetricsText} keeps them and writes them as Prometheus
 * reads them. Who has a monitoring library gives an own {@link network.iicp.spi.MetricsSink} instead, or as well.
 */
@NullMarked
package network.iicp.metrics;

import org.jspecify.annotations.NullMarked;
