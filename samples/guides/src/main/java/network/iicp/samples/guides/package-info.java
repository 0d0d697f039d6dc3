/**
 * The examples of {@code README.md} and {@code docs}, which are in the test sources: compiled, run, and compared with these pages, so that
 * what a page shows is what works.
 */
@NullMarked
package network.iicp.samples.guides;

import org.jspecify.annotations.NullMarked;
