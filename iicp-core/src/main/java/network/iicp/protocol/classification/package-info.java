/**
 * Payload and answer of the intent {@code urn:iicp:intent:llm:classify:v1}: a text and categories in, those that apply out. The
 * registry reserves the intent; nodes that serve it are rare, and a client may emulate it.
 */
@NullMarked
package network.iicp.protocol.classification;

import org.jspecify.annotations.NullMarked;
