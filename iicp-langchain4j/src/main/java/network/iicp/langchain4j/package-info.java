/**
 * LangChain4j models whose answers come from the mesh.
 */
@NullMarked
package network.iicp.langchain4j;

import org.jspecify.annotations.NullMarked;
