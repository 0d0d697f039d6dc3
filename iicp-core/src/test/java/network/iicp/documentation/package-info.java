/** Reads the guides under {@code docs}, so that tests can compare what they say with what the code does. */
@NullMarked
package network.iicp.documentation;

import org.jspecify.annotations.NullMarked;
