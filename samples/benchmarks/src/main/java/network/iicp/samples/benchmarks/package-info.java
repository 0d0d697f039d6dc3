/** One runnable jar; the first word of its command line names the run. */
@NullMarked
package network.iicp.samples.benchmarks;

import org.jspecify.annotations.NullMarked;
