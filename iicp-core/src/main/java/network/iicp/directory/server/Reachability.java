package network.iicp.directory.server;

/** How much a directory knows about whether a node can be reached. */
public enum Reachability {
    /** The directory dialled back and the node answered. */
    OBSERVED,
    /** The node says by which address translation and method it is reached; nobody checked. */
    DECLARED,
    /** The directory does not check, because it serves one machine or was told not to. */
    ASSUMED,
    /** The directory dialled and nobody answered. The node is not listed. */
    DEAD
}
