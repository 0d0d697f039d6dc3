package network.iicp.node;

import java.util.List;
import network.iicp.protocol.Capability;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.TaskHandler;
import org.jspecify.annotations.Nullable;

/**
 * One thing a node was configured to serve: an engine that says itself what it serves, or a handler with a fixed capability.
 *
 * @param handler what executes the tasks
 * @param engine the handler, when it is an engine; else {@code null}
 * @param fixed what a plain handler serves; empty for an engine
 */
record Offer(TaskHandler handler, @Nullable InferenceBackend engine, List<Capability> fixed) {

    static Offer of(InferenceBackend engine) {
        return new Offer(engine, engine, List.of());
    }

    static Offer of(Capability capability, TaskHandler handler) {
        return new Offer(handler, null, List.of(capability));
    }

    /** Returns the kind of engine as directories know it. */
    String type() {
        return engine == null ? "custom" : engine.type();
    }
}
