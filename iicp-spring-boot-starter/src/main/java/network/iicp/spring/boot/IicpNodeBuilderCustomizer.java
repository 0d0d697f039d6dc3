package network.iicp.spring.boot;

import network.iicp.IicpNode;

/**
 * Changes the node that is set up. Beans of this type are called in order, after the properties have been applied, with
 * every start of the node.
 */
@FunctionalInterface
public interface IicpNodeBuilderCustomizer {

    /** Changes the builder. */
    void customize(IicpNode.Builder builder);
}
