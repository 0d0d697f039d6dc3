package network.iicp.langchain4j;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import network.iicp.backend.DemoBackend;
import network.iicp.protocol.Capability;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Task;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.TaskContext;

/** A demo engine that remembers the tasks it was given, and fails when told to. */
final class RecordingEngine implements InferenceBackend {

    private final Queue<Task> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicReference<IicpException> failure = new AtomicReference<>();
    private final DemoBackend engine;

    RecordingEngine(DemoBackend engine) {
        this.engine = engine;
    }

    RecordingEngine() {
        this(DemoBackend.create());
    }

    List<Task> tasks() {
        return List.copyOf(tasks);
    }

    Task lastTask() {
        return tasks().get(tasks.size() - 1);
    }

    RecordingEngine failWith(IicpException fault) {
        failure.set(fault);
        return this;
    }

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
    public Object handle(TaskContext context) throws InterruptedException {
        tasks.add(context.task());
        if (failure.get() != null) {
            throw failure.get();
        }
        return engine.handle(context);
    }

    @Override
    public void close() {
        engine.close();
    }
}
