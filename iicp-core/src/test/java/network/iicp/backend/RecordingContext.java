package network.iicp.backend;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskConstraints;
import network.iicp.spi.TaskContext;

/** A task as the node would hand it over; remembers what was emitted. */
final class RecordingContext implements TaskContext {

    static final String TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    static final String TASK_ID = "3f2b8c1e-5d4a-4f6b-9a7c-1e2d3c4b5a69";

    private final Task task;
    private final boolean streaming;
    private final Deadline deadline;
    private final List<Map<String, Object>> parts = Collections.synchronizedList(new ArrayList<>());
    private final List<Runnable> cancelActions = new ArrayList<>();
    private volatile Consumer<Map<String, Object>> onEmit = part -> {};
    private volatile boolean cancelled;
    private volatile Thread worker = Thread.currentThread();

    private RecordingContext(Task task, boolean streaming, Deadline deadline) {
        this.task = task;
        this.streaming = streaming;
        this.deadline = deadline;
    }

    static RecordingContext buffered(Intent intent, String payload) {
        return of(intent, payload, false);
    }

    static RecordingContext streaming(Intent intent, String payload) {
        return of(intent, payload, true);
    }

    /** The payload is JSON in which single quotes stand for double quotes. */
    private static RecordingContext of(Intent intent, String payload, boolean streaming) {
        Map<String, Object> json = Json.parseObject(payload.replace('\'', '"'), JsonLimits.DEFAULT);
        return new RecordingContext(
                new Task(TASK_ID, intent, json, TaskConstraints.NONE),
                streaming,
                Deadline.after(Duration.ofSeconds(20)));
    }

    RecordingContext withModelConstraint(String model) {
        return new RecordingContext(task.withConstraints(TaskConstraints.NONE.withModel(model)), streaming, deadline);
    }

    RecordingContext within(Duration limit) {
        return new RecordingContext(task, streaming, Deadline.after(limit));
    }

    /** Runs on the worker for each part before {@code emit} returns. */
    RecordingContext onEmit(Consumer<Map<String, Object>> action) {
        onEmit = action;
        return this;
    }

    /** The thread that {@link #cancel} interrupts becomes the calling one. */
    RecordingContext workHere() {
        worker = Thread.currentThread();
        return this;
    }

    /** Does what a node does when a task is cancelled. */
    void cancel() {
        List<Runnable> actions;
        synchronized (cancelActions) {
            cancelled = true;
            actions = List.copyOf(cancelActions);
            cancelActions.clear();
        }
        actions.forEach(Runnable::run);
        worker.interrupt();
    }

    List<Map<String, Object>> parts() {
        return List.copyOf(parts);
    }

    /** The text of all parts of a chat or completion, for one choice. */
    String text(int choice) {
        StringBuilder text = new StringBuilder();
        for (Map<String, Object> part : parts()) {
            for (JsonObject each : JsonObject.of(part).objects("choices")) {
                if (each.integer("index") == choice) {
                    text.append(each.optionalObject("delta")
                            .map(delta -> delta.string("content", ""))
                            .orElseGet(() -> each.string("text", "")));
                }
            }
        }
        return text.toString();
    }

    @Override
    public Task task() {
        return task;
    }

    @Override
    public Deadline deadline() {
        return deadline;
    }

    @Override
    public boolean isStreaming() {
        return streaming;
    }

    @Override
    public void emit(Map<String, Object> part) throws InterruptedException {
        if (!streaming) {
            throw new IllegalStateException("the consumer does not stream");
        }
        if (cancelled || Thread.interrupted()) {
            throw new InterruptedException("cancelled");
        }
        Json.bytes(part);
        parts.add(part);
        onEmit.accept(part);
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public void onCancel(Runnable action) {
        synchronized (cancelActions) {
            if (!cancelled) {
                cancelActions.add(action);
                return;
            }
        }
        action.run();
    }

    @Override
    public String traceparent() {
        return TRACEPARENT;
    }
}
