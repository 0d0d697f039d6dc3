/**
 * The consumer's and the node's side of a directory: every control-plane call as one method of
 * {@link network.iicp.directory.DirectoryClient}, with one total deadline, a size limit, and failures that say what to do.
 * How nodes are chosen from the answers is not decided here.
 */
@NullMarked
package network.iicp.directory;

import org.jspecify.annotations.NullMarked;
