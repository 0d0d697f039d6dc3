/** Samples, ratios and tables: how a figure comes about. */
@NullMarked
package network.iicp.samples.benchmarks.measure;

import org.jspecify.annotations.NullMarked;
