/**
 * The quickstart: a mesh on loopback, and one question asked through it.
 */
@NullMarked
package network.iicp.samples.quickstart;

import org.jspecify.annotations.NullMarked;
