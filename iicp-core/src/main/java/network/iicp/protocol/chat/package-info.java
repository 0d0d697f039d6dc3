/**
 * Payload and answer of the intent {@code urn:iicp:intent:llm:chat:v1}, in the shape of an OpenAI chat completion.
 *
 * <p>A {@link network.iicp.protocol.chat.ChatRequest} holds {@link network.iicp.protocol.chat.ChatMessage messages} made of
 * {@link network.iicp.protocol.chat.ContentPart parts}, the {@link network.iicp.protocol.chat.Tool tools} on offer and the
 * sampling options. The answer is a {@link network.iicp.protocol.chat.ChatResult}, or a series of
 * {@link network.iicp.protocol.chat.ChatEvent events} that ends with one.
 */
@NullMarked
package network.iicp.protocol.chat;

import org.jspecify.annotations.NullMarked;
