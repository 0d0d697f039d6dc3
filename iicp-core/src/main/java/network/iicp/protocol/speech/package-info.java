/** Payload and answer of the intent {@code urn:iicp:intent:audio:speech:v1}: a text in, spoken words out. */
@NullMarked
package network.iicp.protocol.speech;

import org.jspecify.annotations.NullMarked;
