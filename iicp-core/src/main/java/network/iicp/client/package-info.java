/**
 * The consumer: it finds nodes, chooses one, sends the task, and tries elsewhere when that fails.
 *
 * <ul>
 *   <li>{@link network.iicp.client.Consumer} is the whole path of a call; the front door {@code network.iicp.IicpClient}
 *       gives it typed operations.
 *   <li>{@link network.iicp.client.RouteTable} asks the directory and remembers for a few seconds.
 *   <li>{@code client.selection} filters and orders candidates, and keeps a circuit breaker for each node.
 *   <li>{@link network.iicp.client.TimeLimits}, {@link network.iicp.client.CallOptions} and
 *       {@link network.iicp.client.ClientSettings} are what callers can set.
 * </ul>
 *
 * One total deadline holds for a call: discovery, retries, back-off and the body of the answer included. Retries happen
 * here and nowhere else, and never after the first delivered event.
 */
@NullMarked
package network.iicp.client;

import org.jspecify.annotations.NullMarked;
