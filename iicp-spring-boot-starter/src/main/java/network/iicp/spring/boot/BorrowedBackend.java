package network.iicp.spring.boot;

import java.util.List;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ModelReport;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.TaskContext;

/** An engine that is a bean: a node may stop and start again, so that closing it is left to the application. */
record BorrowedBackend(InferenceBackend engine) implements InferenceBackend {

    @Override
    public String type() {
        return engine.type();
    }

    @Override
    public List<Capability> capabilities() {
        return engine.capabilities();
    }

    @Override
    public State state() {
        return engine.state();
    }

    @Override
    public BackendStability stability() {
        return engine.stability();
    }

    @Override
    public List<ModelReport> models() {
        return engine.models();
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
        // the application closes its own beans
    }
}
