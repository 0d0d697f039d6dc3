/**
 * Auto-configuration of IICP in Spring Boot applications: the client, the framework models and, on request, a node.
 */
@NullMarked
package network.iicp.spring.boot;

import org.jspecify.annotations.NullMarked;
