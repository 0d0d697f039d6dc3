package network.iicp.node;

/** For which tasks a node asks its directory for credits. Source: IICP billing. */
public enum CreditReporting {
    /** For none. The default. */
    OFF,
    /** For tasks that came directly; coordinators account for their sub-tasks with the receipts in the answers. */
    DIRECT,
    /** For sub-tasks too, as official nodes do. */
    ALWAYS
}
