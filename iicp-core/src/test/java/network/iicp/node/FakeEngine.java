package network.iicp.node;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.ModelReport;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.TaskContext;
import org.jspecify.annotations.Nullable;

/** An engine that serves and is what the test says. */
final class FakeEngine implements InferenceBackend {

    final AtomicInteger closed = new AtomicInteger();
    volatile List<Capability> capabilities;
    volatile State state = State.OK;
    volatile boolean known;
    volatile @Nullable RuntimeException failure;
    volatile @Nullable RuntimeException taskFailure;
    volatile List<ModelReport> reports = List.of();
    private final String type;

    FakeEngine(String type, Capability... capabilities) {
        this.type = type;
        this.capabilities = List.of(capabilities);
    }

    static IicpException down() {
        return Refusal.of(ErrorCode.NETWORK_ERROR, "connection refused");
    }

    @Override
    public String type() {
        return type;
    }

    @Override
    public List<Capability> capabilities() {
        RuntimeException thrown = failure;
        if (thrown != null) {
            throw thrown;
        }
        return capabilities;
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public boolean requiresKnownCallers() {
        return known;
    }

    @Override
    public List<ModelReport> models() {
        return reports;
    }

    @Override
    public Object handle(TaskContext context) {
        RuntimeException thrown = taskFailure;
        if (thrown != null) {
            throw thrown;
        }
        return TestNode.answer(type);
    }

    @Override
    public void close() {
        closed.incrementAndGet();
    }
}
