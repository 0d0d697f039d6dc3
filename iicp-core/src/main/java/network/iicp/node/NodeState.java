package network.iicp.node;

/**
 * Where a node is in its life.
 *
 * <pre>
 * CREATED ── start ──▶ STARTING ── bound ──▶ SERVING ── stop ──▶ DRAINING ── idle, or out of patience ──▶ STOPPED
 *    │                    └── cannot bind ──▶ STOPPED
 *    └── stop ──▶ STOPPED
 * </pre>
 */
public enum NodeState {
    /** Built, nothing opened. */
    CREATED,
    /** Asks its engines what they serve and binds its address. */
    STARTING,
    /** Takes tasks. Registered or not: a node whose directory is down keeps serving. */
    SERVING,
    /** Takes no new tasks and finishes those it has. */
    DRAINING,
    /** Everything is closed. A stopped node does not start again. */
    STOPPED
}
