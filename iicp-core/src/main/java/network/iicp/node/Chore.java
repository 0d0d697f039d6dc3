package network.iicp.node;

import java.time.Duration;

/** Something a node does again and again, and one last time. Called by one thread. */
interface Chore {

    /**
     * Does what is due; may block.
     *
     * @return after which time to come again
     */
    Duration step() throws InterruptedException;

    /** Does what is due at the end; may block for some seconds. */
    void last() throws InterruptedException;
}
