/**
 * Payload and answer of the intent {@code urn:iicp:intent:llm:rerank:v1}: a query and candidates in, their order out. The
 * registry reserves the intent; nodes that serve it are rare, and a client may emulate it.
 */
@NullMarked
package network.iicp.protocol.reranking;

import org.jspecify.annotations.NullMarked;
