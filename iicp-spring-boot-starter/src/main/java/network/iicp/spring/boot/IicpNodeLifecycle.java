package network.iicp.spring.boot;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import network.iicp.IicpNode;
import network.iicp.node.NodeState;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * Runs the node of the application: it starts after the web server and stops before it, taking leave of the directory
 * and finishing running tasks first. A stopped node never starts again, so every start makes a new one. Thread-safe.
 */
public final class IicpNodeLifecycle implements SmartLifecycle {

    /** After the web server, whose graceful shutdown is at {@code DEFAULT_PHASE - 1024}. */
    static final int PHASE = DEFAULT_PHASE - 512;

    private final Supplier<IicpNode> nodes;
    private final AtomicReference<@Nullable IicpNode> current = new AtomicReference<>();

    IicpNodeLifecycle(Supplier<IicpNode> nodes) {
        this.nodes = nodes;
    }

    /** Returns the node that runs, or ran last; empty before the first start. */
    public Optional<IicpNode> node() {
        return Optional.ofNullable(current.get());
    }

    /**
     * Makes a node and starts it, unless one is running. Returns when it takes tasks.
     *
     * @throws network.iicp.transport.ListenerStartException if its address cannot be bound
     * @throws network.iicp.protocol.ConfigurationException if there is nothing to serve, or a value cannot work
     */
    @Override
    public void start() {
        IicpNode before = current.get();
        if (isRunning(before)) {
            return;
        }
        IicpNode next = nodes.get();
        // A node that loses against another thread has opened nothing.
        if (current.compareAndSet(before, next)) {
            next.start();
        }
    }

    /** Stops the node: refuses new tasks, finishes running ones within the grace, deregisters. */
    @Override
    public void stop() {
        node().ifPresent(IicpNode::close);
    }

    @Override
    public boolean isRunning() {
        return isRunning(current.get());
    }

    private static boolean isRunning(@Nullable IicpNode node) {
        return node != null && node.state() != NodeState.STOPPED;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
