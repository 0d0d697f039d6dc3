/**
 * The engines behind a node.
 *
 * <ul>
 *   <li>{@link network.iicp.backend.DemoBackend} answers by fixed rules, without a model: for demonstrations and tests.
 * </ul>
 */
@NullMarked
package network.iicp.backend;

import org.jspecify.annotations.NullMarked;
