/** JMH benchmarks of the paths that every call takes: codec, confidentiality, selection. */
@NullMarked
package network.iicp.samples.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
