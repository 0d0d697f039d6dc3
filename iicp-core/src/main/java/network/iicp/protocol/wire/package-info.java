/**
 * Codecs between the vocabulary and JSON, shared by consumer, node and directory. Written by hand: they read tolerantly
 * (unknown members are ignored, missing optional members have stated defaults, one bad element of a list is skipped where
 * the list as a whole is still of use) and write strictly (no {@code null} members, exact names and ranges).
 *
 * <p>JSON values are plain Java maps, lists, strings, numbers and booleans, as {@link network.iicp.json.Json} reads and
 * writes them. Nothing here does I/O.
 */
@NullMarked
package network.iicp.protocol.wire;

import org.jspecify.annotations.NullMarked;
