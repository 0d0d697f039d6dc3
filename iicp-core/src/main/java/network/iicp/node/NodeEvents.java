package network.iicp.node;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the listeners of a node what happens. A listener that fails does no harm. Thread-safe. */
final class NodeEvents {

    private static final Logger log = LoggerFactory.getLogger(NodeEvents.class);

    private final List<NodeListener> listeners;
    private final OncePerCause warnings = new OncePerCause();

    NodeEvents(List<NodeListener> listeners) {
        this.listeners = List.copyOf(listeners);
    }

    void tell(NodeEvent event) {
        for (NodeListener listener : listeners) {
            try {
                listener.onEvent(event);
            } catch (RuntimeException e) {
                warnings.warn(
                        listener, e.getClass().getName(), () -> log.warn("a node listener failed and is ignored", e));
            }
        }
    }
}
