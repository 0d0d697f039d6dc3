package network.iicp.node;

/** Who may read a node's {@code GET /metrics}. */
public enum MetricsAccess {
    /** Everyone who reaches the node, as with its health. The figures name no callers, models and addresses. */
    OPEN,
    /** Who shows the node's own token or a key of the operator as bearer token. */
    OPERATOR,
    /** Nobody: there is no such route, and nothing is kept for it. */
    OFF
}
