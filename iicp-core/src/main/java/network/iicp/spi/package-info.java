/**
 * The few interfaces that others implement.
 *
 * <ul>
 *   <li>{@link network.iicp.spi.TaskHandler} executes tasks of an intent: a lambda of the application.
 *   <li>{@link network.iicp.spi.InferenceBackend} is a handler that also knows which models it serves and how it is: an
 *       engine behind a node.
 *   <li>{@link network.iicp.spi.TaskContext} is what a handler sees of its task: payload, time left, cancellation, the way
 *       to stream.
 *   <li>{@link network.iicp.spi.MetricsSink} takes what nodes and clients measure.
 *   <li>{@link network.iicp.spi.RoutingListener} hears how a consumer chooses and changes nodes.
 *   <li>{@link network.iicp.spi.TraceSource} says which trace a call of a consumer continues.
 * </ul>
 */
@NullMarked
package network.iicp.spi;

import org.jspecify.annotations.NullMarked;
