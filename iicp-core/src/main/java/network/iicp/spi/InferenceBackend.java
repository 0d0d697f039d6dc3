package network.iicp.spi;

import java.util.List;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ModelReport;
import network.iicp.protocol.registration.BackendStability;

/**
 * An engine behind a node: a handler that knows what it serves and how it is. Thread-safe.
 */
public interface InferenceBackend extends TaskHandler, AutoCloseable {

    /** How an engine is. */
    enum State {
        /** It serves. */
        OK,
        /** It serves, slowly or not surely: a model is not loaded, a probe failed. */
        DEGRADED,
        /** It does not serve for now. */
        UNAVAILABLE
    }

    /**
     * Returns the kind as directories know it: {@code ollama}, {@code lmstudio}, {@code vllm}, {@code llamacpp},
     * {@code meshllm}, {@code anthropic} or {@code custom}.
     */
    String type();

    /**
     * Asks the engine what it serves now. Called at start and with every heartbeat; may do I/O within a few seconds.
     *
     * @return one capability for each intent and set of modalities; empty when nothing can be served
     * @throws network.iicp.protocol.IicpException if the engine does not answer; what was known before stays valid
     */
    List<Capability> capabilities();

    /** Returns how the engine is. Called with every heartbeat; may do I/O within a few seconds and never throws. */
    State state();

    /**
     * Returns how the engine is, in the words of directories. As {@link #state()}, for engines that can say why they do not serve and for how
     * long. A state that names a time to come back is kept for that time, even if the engine is well before.
     */
    default BackendStability stability() {
        return switch (state()) {
            case OK -> BackendStability.OK;
            case DEGRADED -> BackendStability.UNSTABLE;
            case UNAVAILABLE -> BackendStability.UNAVAILABLE;
        };
    }

    /**
     * Returns what is known of the models, as of the last time the engine was asked what it serves and how it is. Does no I/O.
     *
     * @return one report for each model that anything is known of; empty unless overridden
     */
    default List<ModelReport> models() {
        return List.of();
    }

    /**
     * Returns whether tasks spend something that belongs to its owner: a paid account, or the application's own code. A node whose
     * authentication is left to itself then asks callers for a credential.
     */
    default boolean requiresKnownCallers() {
        return false;
    }

    /** Frees connections and threads. Running tasks fail. */
    @Override
    void close();
}
