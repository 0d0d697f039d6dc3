/** The node against the official nodes, on the same engine, under the same load. */
@NullMarked
package network.iicp.samples.benchmarks.provider;

import org.jspecify.annotations.NullMarked;
