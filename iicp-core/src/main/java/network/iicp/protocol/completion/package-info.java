/**
 * Payload and answer of the intent {@code urn:iicp:intent:llm:completion:v1}: a prompt in, its continuation out.
 */
@NullMarked
package network.iicp.protocol.completion;

import org.jspecify.annotations.NullMarked;
