/** Other processes of a run: our own roles, official peers, and what they cost. */
@NullMarked
package network.iicp.samples.benchmarks.process;

import org.jspecify.annotations.NullMarked;
