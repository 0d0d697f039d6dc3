/** A load client for nodes: raw connections, prepared requests, exact percentiles. */
@NullMarked
package network.iicp.samples.benchmarks.load;

import org.jspecify.annotations.NullMarked;
