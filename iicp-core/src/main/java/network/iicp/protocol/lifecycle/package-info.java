/**
 * Events of a task that is executed in view of its consumer: accepted, any number of partial results, one terminal event.
 * Source: profile {@code urn:iicp:profile:service-lifecycle:v1} and the HTTP binding in {@code docs/architecture.md}.
 */
@NullMarked
package network.iicp.protocol.lifecycle;

import org.jspecify.annotations.NullMarked;
