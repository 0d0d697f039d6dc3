/** The consumer against a plain HTTP client and against the official Python client. */
@NullMarked
package network.iicp.samples.benchmarks.consumer;

import org.jspecify.annotations.NullMarked;
