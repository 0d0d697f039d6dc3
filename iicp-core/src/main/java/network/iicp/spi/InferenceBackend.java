package network.iicp.spi;

import java.util.List;
import network.iicp.protocol.Capability;

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
