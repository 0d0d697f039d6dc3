/**
 * Payload and answer of the intent {@code urn:iicp:intent:translate:v1}: a text in, the same in another language out. The registry
 * calls the intent experimental; nodes that serve it are rare, and a client may emulate it.
 */
@NullMarked
package network.iicp.protocol.translation;

import org.jspecify.annotations.NullMarked;
