/**
 * Payload and answer of the intent {@code urn:iicp:intent:safety:moderate:v1}: texts in, for each of them a flag, categories
 * and scores out.
 */
@NullMarked
package network.iicp.protocol.moderation;

import org.jspecify.annotations.NullMarked;
