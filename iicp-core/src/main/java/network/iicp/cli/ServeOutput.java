package network.iicp.cli;

import network.iicp.IicpNode;
import network.iicp.node.NodeListener;

/** How {@code serve} tells what its node does: lines for people, a block that is refreshed, or JSON for machines. */
interface ServeOutput extends NodeListener, AutoCloseable {

    /**
     * Tells that the node runs.
     *
     * @param node the node
     * @param notes what else there is to know
     */
    void ready(IicpNode node, ServeNotes notes);

    /** Tells something on the way, such as a port that was taken. */
    void note(String line);

    /** Stops telling. */
    @Override
    void close();
}
