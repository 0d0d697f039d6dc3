/**
 * The quickstart: an application that asks questions through Spring AI, and a mesh on loopback that answers them.
 *
 * <ul>
 *   <li>{@code Tour} and {@code AskController} are what an application looks like: they know {@code ChatModel} and nothing of meshes.
 *   <li>{@code LocalMeshConfiguration} starts the mesh, and only when no directory is configured.
 *   <li>{@code RoutingSteps} prints how each question finds its node.
 * </ul>
 */
@NullMarked
package network.iicp.samples.quickstart;

import org.jspecify.annotations.NullMarked;
