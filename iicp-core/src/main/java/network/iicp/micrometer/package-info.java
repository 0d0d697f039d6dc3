/**
 * Bridges to Micrometer, for applications that have it: an optional dependency that only this package imports.
 *
 * <ul>
 *   <li>{@link network.iicp.micrometer.MicrometerMetrics} passes what nodes and clients measure on to a meter registry.
 *   <li>{@link network.iicp.micrometer.MicrometerCalls} observes the calls of a client, and lets them continue the trace of the application.
 * </ul>
 */
@NullMarked
package network.iicp.micrometer;

import org.jspecify.annotations.NullMarked;
