/**
 * Spring AI models whose answers come from the mesh.
 *
 * <ul>
 *   <li>{@link network.iicp.springai.IicpChatModel} continues conversations, at once or as a stream. Tool definitions
 *       are sent along and tool calls come back; running them is the task of {@code ChatClient}.
 *   <li>{@link network.iicp.springai.IicpEmbeddingModel} turns texts into vectors.
 *   <li>{@link network.iicp.springai.IicpModerationModel}, {@link network.iicp.springai.IicpTranscriptionModel} and
 *       {@link network.iicp.springai.IicpTextToSpeechModel} judge texts, write down recordings and speak.
 *   <li>Options such as {@link network.iicp.springai.IicpChatOptions} add what only a mesh has to the portable ones:
 *       region, reputation, urgency, node, time limits.
 *   <li>{@link network.iicp.springai.IicpMetadata} says where an answer came from.
 * </ul>
 *
 * <p>The models validate, map, call {@link network.iicp.IicpClient} and map back. There is no retry here: the client
 * already fails over, and a second layer would multiply its attempts. Failures are
 * {@link network.iicp.protocol.IicpException}s, which are unchecked and say by {@code retryable()} whether another call
 * may help.
 */
@NullMarked
package network.iicp.springai;

import org.jspecify.annotations.NullMarked;
