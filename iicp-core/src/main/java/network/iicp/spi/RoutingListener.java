package network.iicp.spi;

/**
 * Hears how a consumer finds, chooses and changes nodes. Called on the threads of the client, in order for one task;
 * must return quickly. An exception it throws is logged once and ignored.
 */
@FunctionalInterface
public interface RoutingListener {

    /** Tells one step. */
    void onEvent(RoutingEvent event);
}
