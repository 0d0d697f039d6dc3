package network.iicp.directory.server;

/** How much proof a directory asks for before a known node may be registered again. */
public enum OwnershipRule {
    /** A node that has a confidentiality key needs its current token for every registration. */
    STRICT,
    /**
     * Without the token the key must stay, and the endpoint may change once the old one does not answer. Whoever knows the
     * id of a node can register the same endpoint again and so end its credentials: for one machine, or networks of friends.
     */
    LENIENT
}
