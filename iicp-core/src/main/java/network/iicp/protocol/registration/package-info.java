/**
 * What a node and a consumer say to a directory, and what it answers, as immutable values.
 *
 * <ul>
 *   <li>{@link network.iicp.protocol.registration.NodeRegistration} announces a node;
 *       {@link network.iicp.protocol.registration.RegistrationReceipt} answers with its credentials.
 *   <li>{@link network.iicp.protocol.registration.Heartbeat} keeps it listed;
 *       {@link network.iicp.protocol.registration.HeartbeatReply} sets the next challenge.
 *   <li>{@link network.iicp.protocol.registration.DiscoverQuery} asks for nodes;
 *       {@link network.iicp.protocol.registration.DiscoverReply} lists them, best first.
 * </ul>
 *
 * Nothing here knows JSON or HTTP; the codecs are in {@code network.iicp.protocol.wire}.
 */
@NullMarked
package network.iicp.protocol.registration;

import org.jspecify.annotations.NullMarked;
