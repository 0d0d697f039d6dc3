/**
 * Bytes between processes: HTTP out, HTTP in, server-sent events both ways. Knows nothing of directories and nodes.
 *
 * <ul>
 *   <li>Out: {@link network.iicp.transport.HttpTransport} sends an {@link network.iicp.transport.HttpCall} under one total
 *       deadline, an idle limit and a size cap, to an address its {@link network.iicp.transport.EndpointGuard} allows, and
 *       answers with an {@link network.iicp.transport.HttpReply} or a stream of events, {@link network.iicp.transport.SseReply}.
 *   <li>In: {@link network.iicp.transport.HttpListener} hands each {@link network.iicp.transport.ServerExchange} to an
 *       {@link network.iicp.transport.HttpHandler}, usually {@link network.iicp.transport.Routes}; an
 *       {@link network.iicp.transport.EventStream} answers with events at the speed of the reader.
 *   <li>Both: {@link network.iicp.transport.ServerSentEvent}, {@link network.iicp.transport.TraceContext}.
 * </ul>
 *
 * The JDK's HTTP client and Jetty carry this; neither appears in a signature.
 */
@NullMarked
package network.iicp.transport;

import org.jspecify.annotations.NullMarked;
