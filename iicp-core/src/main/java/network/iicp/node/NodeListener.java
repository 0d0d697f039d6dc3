package network.iicp.node;

/**
 * Hears what happens to a node: for displays, metrics and tests. Called on the threads of the node, possibly several at once; must return
 * quickly. An exception it throws is logged once and ignored.
 */
@FunctionalInterface
public interface NodeListener {

    /** Tells one step. */
    void onEvent(NodeEvent event);
}
