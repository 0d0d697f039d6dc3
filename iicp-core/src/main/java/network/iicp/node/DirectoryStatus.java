package network.iicp.node;

/**
 * How a node stands with one directory.
 *
 * @param directory scheme, host and port of the directory
 * @param registered whether it lists the node, as far as the node knows
 */
public record DirectoryStatus(String directory, boolean registered) {}
