/** Runs that break things and count what was lost. */
@NullMarked
package network.iicp.samples.benchmarks.reliability;

import org.jspecify.annotations.NullMarked;
