/**
 * Payload and answer of the intent {@code urn:iicp:intent:llm:embedding:v1}: texts in, vectors out, in the same order.
 * Vectors of different models cannot be compared, so name the model when vectors are stored.
 */
@NullMarked
package network.iicp.protocol.embedding;

import org.jspecify.annotations.NullMarked;
