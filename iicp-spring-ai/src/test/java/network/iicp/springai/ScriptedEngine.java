package network.iicp.springai;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Task;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.TaskContext;
import network.iicp.spi.TaskHandler;

/** An engine that remembers what it was asked and answers by a script. */
final class ScriptedEngine implements InferenceBackend {

    static final String MODEL = "test-model";

    private final List<Task> tasks = new CopyOnWriteArrayList<>();
    private final List<Capability> capabilities;
    private final TaskHandler script;

    private ScriptedEngine(List<Capability> capabilities, TaskHandler script) {
        this.capabilities = capabilities;
        this.script = script;
    }

    /** Returns an engine that streams chats. */
    static ScriptedEngine streaming(TaskHandler script) {
        return new ScriptedEngine(
                List.of(Capability.of(Intent.LLM_CHAT, List.of(MODEL)).withStreaming()), script);
    }

    /** Returns an engine that answers chats and embeddings as a whole. */
    static ScriptedEngine buffered(TaskHandler script) {
        return new ScriptedEngine(
                List.of(
                        Capability.of(Intent.LLM_CHAT, List.of(MODEL)),
                        Capability.of(Intent.LLM_EMBEDDING, List.of(MODEL))),
                script);
    }

    /** Returns an engine that answers as another one does. */
    static ScriptedEngine like(InferenceBackend engine) {
        return new ScriptedEngine(engine.capabilities(), engine::handle);
    }

    /** Returns an engine that answers one intent. */
    static ScriptedEngine of(Intent intent, TaskHandler script) {
        return new ScriptedEngine(List.of(Capability.of(intent, List.of(MODEL))), script);
    }

    /** Returns what was asked, in order. */
    List<Task> tasks() {
        return List.copyOf(tasks);
    }

    Task onlyTask() {
        if (tasks.size() != 1) {
            throw new AssertionError("expected one task, there were " + tasks.size());
        }
        return tasks.get(0);
    }

    Task lastTask() {
        return tasks.get(tasks.size() - 1);
    }

    @Override
    public String type() {
        return "custom";
    }

    @Override
    public List<Capability> capabilities() {
        return capabilities;
    }

    @Override
    public State state() {
        return State.OK;
    }

    @Override
    public Object handle(TaskContext context) throws Exception {
        tasks.add(context.task());
        return script.handle(context);
    }

    @Override
    public void close() {
        // holds nothing
    }

    // ---- answers in the OpenAI dialect

    static Map<String, Object> textAnswer(String text) {
        return answer(Map.of("role", "assistant", "content", text), "stop");
    }

    static Map<String, Object> answer(Map<String, Object> message, String finishReason) {
        return Map.of(
                "id",
                "chat-1",
                "model",
                MODEL,
                "choices",
                List.of(Map.of("index", 0, "message", message, "finish_reason", finishReason)),
                "usage",
                Map.of("prompt_tokens", 3, "completion_tokens", 4, "total_tokens", 7));
    }

    static Map<String, Object> delta(Map<String, Object> delta) {
        return Map.of("id", "chat-1", "model", MODEL, "choices", List.of(Map.of("index", 0, "delta", delta)));
    }

    static Map<String, Object> textDelta(String text) {
        return delta(Map.of("content", text));
    }

    static Map<String, Object> lastChunk(String finishReason) {
        return Map.of(
                "id",
                "chat-1",
                "model",
                MODEL,
                "choices",
                List.of(Map.of("index", 0, "delta", Map.of(), "finish_reason", finishReason)),
                "usage",
                Map.of("prompt_tokens", 3, "completion_tokens", 4, "total_tokens", 7));
    }

    /** Returns a script that streams these texts, or gives them as a whole. */
    static TaskHandler saying(String... texts) {
        return context -> {
            if (!context.isStreaming()) {
                return textAnswer(String.join("", texts));
            }
            for (String text : texts) {
                context.emit(textDelta(text));
            }
            return lastChunk("stop");
        };
    }

    static Map<String, Object> vectors(Task task) {
        List<Object> data = new ArrayList<>();
        for (Object text : (List<?>) task.payload().get("input")) {
            data.add(Map.of(
                    "index",
                    data.size(),
                    "embedding",
                    List.of((double) text.toString().length(), 0.5, -1.0)));
        }
        return Map.of(
                "model",
                MODEL,
                "data",
                data,
                "usage",
                Map.of("prompt_tokens", data.size(), "total_tokens", data.size()));
    }
}
