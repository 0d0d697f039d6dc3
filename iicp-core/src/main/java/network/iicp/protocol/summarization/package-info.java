/**
 * Payload and answer of the intent {@code urn:iicp:intent:llm:summarize:v1}: a text in, a shorter one out. The registry reserves
 * the intent; nodes that serve it are rare, and a client may emulate it.
 */
@NullMarked
package network.iicp.protocol.summarization;

import org.jspecify.annotations.NullMarked;
