/**
 * A directory that can be embedded: nodes register and beat, consumers discover, and every answer is JSON.
 *
 * <ul>
 *   <li>{@link network.iicp.directory.server.DirectoryServer} is the whole of it, made by a builder.
 *   <li>{@link network.iicp.directory.server.NodeStore} keeps the nodes;
 *       {@link network.iicp.directory.server.InMemoryNodeStore} keeps them in memory. Every change of a
 *       {@link network.iicp.directory.server.NodeRecord} is a compare and swap, so that several instances may share a store.
 *   <li>Registration, heartbeat, ranking and reputation are pure functions over records, with the clock passed in.
 * </ul>
 *
 * Source: IICP directory, the behaviour of the deployed directories where text and practice differ.
 */
@NullMarked
package network.iicp.directory.server;

import org.jspecify.annotations.NullMarked;
