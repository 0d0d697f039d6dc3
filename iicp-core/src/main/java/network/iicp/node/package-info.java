/**
 * The provider: takes tasks over HTTP, executes them with the engines and handlers behind it, and keeps itself listed in a
 * directory.
 *
 * <ul>
 *   <li>{@link network.iicp.node.ProviderNode} is the whole: built from {@link network.iicp.node.NodeSettings}, started, stopped.
 *   <li>Every task passes one admission, whatever carried it: {@code TaskPipeline} has the order of the checks, {@code Executions} what
 *       happens once a task is accepted.
 *   <li>{@code Membership} keeps the node listed: registration, heartbeats, recovery, deregistration.
 *   <li>{@link network.iicp.node.NodeListener} hears what happens; {@link network.iicp.node.NodeHealth} is how the node is now.
 * </ul>
 */
@NullMarked
package network.iicp.node;

import org.jspecify.annotations.NullMarked;
