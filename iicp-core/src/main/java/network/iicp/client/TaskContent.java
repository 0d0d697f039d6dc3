package network.iicp.client;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskEvent;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.Usage;
import network.iicp.protocol.wire.UsageCodec;
import org.jspecify.annotations.Nullable;

/** The answer to a task of any intent. Parts are handed on as they are and not kept. */
final class TaskContent implements StreamContent<TaskEvent> {

    private final Task task;
    private @Nullable Object last;
    private boolean parts;

    TaskContent(Task task) {
        this.task = task;
    }

    @Override
    public void begin(boolean delivered) {
        last = null;
        parts = delivered;
    }

    @Override
    public List<TaskEvent> part(@Nullable Object result) {
        if (result == null) {
            return List.of();
        }
        parts = true;
        return List.of(new TaskEvent.Part(result));
    }

    @Override
    public List<TaskEvent> end(@Nullable Object result, boolean streamed) {
        if (!streamed) {
            EmptyAnswers.refuse(task, result);
        } else if (!parts && result == null) {
            throw TextBound.noAnswer("the node ended the stream without any content");
        }
        last = result;
        return streamed ? List.of() : part(result);
    }

    @Override
    public TaskEvent completed(Provenance provenance, Map<String, Object> metrics) {
        Object end = last == null ? Map.of() : last;
        Usage usage = Payloads.object(end)
                .map(object -> UsageCodec.decode(object.get("usage")))
                .orElse(Usage.UNKNOWN);
        return new TaskEvent.Completed(
                new TaskResult(provenance.taskId(), end, usage, provenance.model(), metrics, provenance));
    }

    @Override
    public String textSoFar() {
        return "";
    }

    @Override
    public @Nullable String model() {
        return last == null
                ? null
                : Payloads.object(last)
                        .map(object -> object.get("model"))
                        .filter(String.class::isInstance)
                        .map(String.class::cast)
                        .orElse(null);
    }

    @Override
    public Optional<Map<String, Object>> continuation(Map<String, Object> payload) {
        return Optional.empty();
    }

    @Override
    public Optional<TaskEvent> continued(String from, String to) {
        return Optional.empty();
    }
}
