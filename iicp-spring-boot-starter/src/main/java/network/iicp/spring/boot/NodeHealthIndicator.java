package network.iicp.spring.boot;

import network.iicp.IicpNode;
import network.iicp.node.NodeHealth;
import network.iicp.node.NodeState;
import network.iicp.protocol.registration.BackendStability;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/** Whether the node serves: out of service while it does not take tasks, down while its engine does not answer. */
final class NodeHealthIndicator implements HealthIndicator {

    private final IicpNodeLifecycle lifecycle;

    NodeHealthIndicator(IicpNodeLifecycle lifecycle) {
        this.lifecycle = lifecycle;
    }

    @Override
    public Health health() {
        return lifecycle
                .node()
                .map(IicpNode::health)
                .map(NodeHealthIndicator::health)
                .orElseGet(() -> Health.outOfService()
                        .withDetail("state", NodeState.CREATED)
                        .build());
    }

    private static Health health(NodeHealth node) {
        return Health.status(status(node))
                .withDetail("state", node.state())
                .withDetail("node", prefix(node.nodeId()))
                .withDetail("registered", node.registered())
                .withDetail("intents", node.intents())
                .withDetail("models", node.models())
                .withDetail("activeTasks", node.activeTasks())
                .withDetail("maxConcurrent", node.maxConcurrent())
                .withDetail("engine", node.engine().state())
                .build();
    }

    private static Status status(NodeHealth node) {
        if (node.state() != NodeState.SERVING) {
            return Status.OUT_OF_SERVICE;
        }
        // A node announces itself as draining while its engine does not answer.
        return node.engine().state() == BackendStability.State.DRAINING ? Status.DOWN : Status.UP;
    }

    private static String prefix(String nodeId) {
        return nodeId.substring(0, Math.min(8, nodeId.length()));
    }
}
