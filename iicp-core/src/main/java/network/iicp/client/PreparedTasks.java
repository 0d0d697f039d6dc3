package network.iicp.client;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.Task;

/** The forms in which one call sent its task, each for one node. Not thread-safe; a call uses it from one callback at a time. */
final class PreparedTasks {

    private final CallOptions options;
    private final Map<String, NodeExchange.Prepared> prepared = new HashMap<>();

    PreparedTasks(CallOptions options) {
        this.options = options;
    }

    /**
     * Makes the task ready for a node. The same node gets the same bytes again, so that it can see that it is the same task; unless it
     * was asked to cancel that and did: then it gets it as a new one.
     *
     * @param sent the task of the call, or what goes on where it was cut off
     * @param choice the node, and why it
     * @param streaming whether events are asked for
     * @param sealing makes the bytes
     */
    NodeExchange.Prepared prepare(
            Task sent, CallPlan.Choice choice, boolean streaming, Function<Task, NodeExchange.Prepared> sealing) {
        NodeDescriptor node = choice.node();
        String form = node.id() + " " + sent.id() + (streaming ? " events" : " answer");
        NodeExchange.Prepared known = prepared.get(form);
        Task ready = sent;
        if (known != null
                && known.node().key().equals(node.key())
                && known.node().endpoint().equals(node.endpoint())) {
            if (!known.withdrawal().hasStopped()) {
                return known;
            }
            ready = new Task(UUID.randomUUID().toString(), sent.intent(), sent.payload(), sent.constraints());
        }
        NodeExchange.Prepared fresh =
                sealing.apply(RuntimeCapsule.compose(options.runtimeIdentity(), ready, node, choice.reason()));
        prepared.put(form, fresh);
        return fresh;
    }

    /** Completes when what a node was asked to cancel is over there. */
    CompletableFuture<Void> withdrawn(NodeDescriptor node) {
        return CompletableFuture.allOf(prepared.values().stream()
                .filter(before -> before.node().id().equals(node.id()))
                .map(before -> before.withdrawal().settled())
                .toArray(CompletableFuture<?>[]::new));
    }
}
