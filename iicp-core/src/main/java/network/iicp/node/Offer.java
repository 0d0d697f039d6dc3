package network.iicp.node;

import java.time.Clock;
import java.util.List;
import java.util.function.LongSupplier;
import network.iicp.backend.EngineMonitor;
import network.iicp.protocol.Capability;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.TaskHandler;
import org.jspecify.annotations.Nullable;

/**
 * One thing a node was configured to serve: an engine that says itself what it serves, or a handler with a fixed capability.
 *
 * @param handler what executes the tasks
 * @param engine the handler, when it is an engine; else {@code null}
 * @param fixed what a plain handler serves; empty for an engine
 * @param monitor the engine, when it is watched; else {@code null}
 */
record Offer(
        TaskHandler handler,
        @Nullable InferenceBackend engine,
        List<Capability> fixed,
        @Nullable EngineMonitor monitor) {

    static Offer of(InferenceBackend engine) {
        return new Offer(engine, engine, List.of(), null);
    }

    static Offer of(Capability capability, TaskHandler handler) {
        return new Offer(handler, null, List.of(capability), null);
    }

    /** Returns the kind of engine as directories know it. */
    String type() {
        return engine == null ? "custom" : engine.type();
    }

    /** Returns the offer with its engine watched: what its tasks show counts, and how fast it is becomes known. */
    Offer watched(Clock clock, LongSupplier nanos) {
        if (engine == null) {
            return this;
        }
        EngineMonitor watch = new EngineMonitor(engine, clock, nanos);
        return new Offer(watch, watch, List.of(), watch);
    }

    /** Returns how the engine is as far as it is known without asking it. */
    BackendStability current() {
        return monitor == null ? BackendStability.OK : monitor.current();
    }
}
