/**
 * Spring AI models whose answers come from the mesh.
 */
@NullMarked
package network.iicp.springai;

import org.jspecify.annotations.NullMarked;
