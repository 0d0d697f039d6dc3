package network.iicp.spring.boot;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Task;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.TaskContext;
import org.jspecify.annotations.Nullable;

/** An engine that remembers what it was asked, and how often it was closed. */
final class RecordingEngine implements InferenceBackend {

    static final String MODEL = "recorder";

    private final List<Task> tasks = new CopyOnWriteArrayList<>();
    private final AtomicInteger closed = new AtomicInteger();
    private final @Nullable InferenceBackend answering;
    private volatile State state = State.OK;

    RecordingEngine() {
        this(null);
    }

    private RecordingEngine(@Nullable InferenceBackend answering) {
        this.answering = answering;
    }

    /** Returns an engine that answers as another one does. */
    static RecordingEngine of(InferenceBackend answering) {
        return new RecordingEngine(answering);
    }

    List<Task> tasks() {
        return List.copyOf(tasks);
    }

    Task lastTask() {
        return tasks.get(tasks.size() - 1);
    }

    int timesClosed() {
        return closed.get();
    }

    void becomes(State next) {
        state = next;
    }

    @Override
    public String type() {
        return "custom";
    }

    @Override
    public List<Capability> capabilities() {
        if (answering != null) {
            return answering.capabilities();
        }
        return List.of(
                Capability.of(Intent.LLM_CHAT, List.of(MODEL)).withStreaming(),
                Capability.of(Intent.LLM_EMBEDDING, List.of(MODEL)));
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public Object handle(TaskContext context) throws Exception {
        tasks.add(context.task());
        if (answering != null) {
            return answering.handle(context);
        }
        if (context.task().intent().equals(Intent.LLM_EMBEDDING)) {
            int texts = ((List<?>) context.task().payload().get("input")).size();
            List<Object> vectors = IntStream.range(0, texts)
                    .<Object>mapToObj(index -> Map.of("index", index, "embedding", List.of(0.5, 0.25)))
                    .toList();
            return Map.of("model", MODEL, "data", vectors);
        }
        return Map.of(
                "model",
                MODEL,
                "choices",
                List.of(Map.of(
                        "index",
                        0,
                        "message",
                        Map.of("role", "assistant", "content", "noted"),
                        "finish_reason",
                        "stop")));
    }

    @Override
    public void close() {
        closed.incrementAndGet();
    }
}
