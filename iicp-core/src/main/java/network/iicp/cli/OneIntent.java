package network.iicp.cli;

import java.util.List;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.TaskContext;

/**
 * An engine of which one intent is served only.
 *
 * @param engine the engine
 * @param intent what is served of it
 */
record OneIntent(InferenceBackend engine, Intent intent) implements InferenceBackend {

    @Override
    public String type() {
        return engine.type();
    }

    @Override
    public List<Capability> capabilities() {
        return engine.capabilities().stream()
                .filter(capability -> capability.intent().equals(intent))
                .toList();
    }

    @Override
    public State state() {
        return engine.state();
    }

    @Override
    public boolean requiresKnownCallers() {
        return engine.requiresKnownCallers();
    }

    @Override
    public Object handle(TaskContext context) throws Exception {
        return engine.handle(context);
    }

    @Override
    public void close() {
        engine.close();
    }
}
