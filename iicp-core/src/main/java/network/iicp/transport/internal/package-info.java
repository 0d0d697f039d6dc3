/**
 * How {@link network.iicp.transport} is carried: Jetty's core handlers inbound, the JDK's HTTP client outbound. Private to the parent package;
 * the only importer of Jetty.
 */
@NullMarked
package network.iicp.transport.internal;

import org.jspecify.annotations.NullMarked;
