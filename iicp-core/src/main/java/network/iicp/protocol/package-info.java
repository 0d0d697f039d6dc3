/**
 * The vocabulary of IICP, as immutable values: what both roles, the directory and the adapters talk about.
 *
 * <ul>
 *   <li>{@link network.iicp.protocol.Intent} names what is wanted; {@link network.iicp.protocol.Task} asks for it once;
 *       {@link network.iicp.protocol.TaskResult} answers it, with its {@link network.iicp.protocol.Provenance}.
 *   <li>{@link network.iicp.protocol.NodeDescriptor} is a node as a directory describes it, made of
 *       {@link network.iicp.protocol.Capability capabilities} and a {@link network.iicp.protocol.ConfidentialityKey}.
 *   <li>{@link network.iicp.protocol.IicpException} is every failure, sealed by what the caller can do about it;
 *       {@link network.iicp.protocol.ErrorCode} lists the codes.
 * </ul>
 *
 * Typed payloads of the active intents live one level down ({@code protocol.chat}, {@code protocol.completion},
 * {@code protocol.embedding}). Nothing here knows JSON, HTTP or any other input or output.
 */
@NullMarked
package network.iicp.protocol;

import org.jspecify.annotations.NullMarked;
