/**
 * The front door of the library: clients that route intents through the mesh, nodes that serve them, and a small mesh on loopback
 * for tests and demonstrations.
 */
@NullMarked
package network.iicp;

import org.jspecify.annotations.NullMarked;
