package network.iicp.client;

/** Whether tasks must be encrypted to the node. */
public enum Encryption {
    /** Nodes without a usable key are left out. The default, and what official consumers do. */
    REQUIRED,
    /**
     * Nodes without a usable key get the task in clear, but only over {@code https}, or over {@code http} to a loopback or
     * private endpoint that the scope allows. Nodes with a key still get it encrypted.
     */
    PREFERRED
}
