package network.iicp.backend;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.FinishReason;
import network.iicp.protocol.chat.ToolCall;
import network.iicp.protocol.wire.UsageCodec;
import network.iicp.spi.TaskContext;
import org.jspecify.annotations.Nullable;

/** Writes what a model of the application answers in the OpenAI dialect: parts as they come, then the end. One task. */
final class ModelChat implements ChatOutput {

    private final TaskContext context;
    private final String model;
    private boolean textSent;
    private boolean reasoningSent;
    private int callsSent;

    ModelChat(TaskContext context, String model) {
        this.context = context;
        this.model = model;
    }

    @Override
    public boolean isStreaming() {
        return context.isStreaming();
    }

    @Override
    public void text(String text) throws InterruptedException {
        if (isStreaming() && !text.isEmpty()) {
            textSent = true;
            send(Map.of("content", text));
        }
    }

    @Override
    public void reasoning(String text) throws InterruptedException {
        if (isStreaming() && !text.isEmpty()) {
            reasoningSent = true;
            send(Map.of("reasoning_content", text));
        }
    }

    @Override
    public void toolCall(ToolCall call) throws InterruptedException {
        if (isStreaming()) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("index", callsSent++);
            json.putAll(json(call));
            send(Map.of("tool_calls", List.of(json)));
        }
    }

    private static Map<String, Object> json(ToolCall call) {
        return Ordered.of(
                "id",
                call.id(),
                "type",
                "function",
                "function",
                Ordered.of("name", call.name(), "arguments", call.arguments()));
    }

    private void send(Map<String, Object> delta) throws InterruptedException {
        Map<String, Object> chunk = envelope(DialectOperation.CHAT.chunkObject(), model);
        chunk.put("choices", List.of(choice("delta", delta, null)));
        context.emit(chunk);
    }

    @Override
    public Deadline deadline() {
        return context.deadline();
    }

    @Override
    public boolean isCancelled() {
        return context.isCancelled();
    }

    @Override
    public void onCancel(Runnable action) {
        context.onCancel(action);
    }

    /** Returns the end of a stream, or the whole answer if nothing was sent before. */
    Map<String, Object> end(ChatAnswer answer) throws InterruptedException {
        boolean begun = textSent || reasoningSent || callsSent > 0;
        if (begun) {
            sendRest(answer.message());
        }
        Map<String, Object> result =
                envelope(begun ? DialectOperation.CHAT.chunkObject() : DialectOperation.CHAT.object(), name(answer));
        FinishReason reason = answer.finishReason();
        boolean calls = !answer.message().toolCalls().isEmpty();
        String finish = reason == FinishReason.OTHER ? null : reason.wireName();
        result.put(
                "choices",
                List.of(
                        begun
                                ? choice("delta", Map.of(), DialectResult.finishReason(finish, calls))
                                : choice(
                                        "message",
                                        message(answer.message()),
                                        DialectResult.finishReason(finish, calls))));
        Map<String, Object> usage = UsageCodec.encode(answer.usage());
        if (!usage.isEmpty()) {
            result.put("usage", usage);
        }
        return result;
    }

    private String name(ChatAnswer answer) {
        String said = answer.model();
        return said == null || !ModelNames.isUsable(said) ? model : ModelNames.published(said);
    }

    /** What a model told as a whole at the end only. */
    private void sendRest(ChatMessage.Assistant message) throws InterruptedException {
        if (!reasoningSent && message.reasoning() != null) {
            reasoning(message.reasoning());
        }
        if (!textSent) {
            text(message.text());
        }
        if (message.refusal() != null) {
            send(Map.of("refusal", message.refusal()));
        }
        List<ToolCall> calls = message.toolCalls();
        while (callsSent < calls.size()) {
            toolCall(calls.get(callsSent));
        }
    }

    private static Map<String, Object> message(ChatMessage.Assistant said) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("role", said.role());
        message.put("content", said.text());
        if (said.reasoning() != null) {
            message.put("reasoning_content", said.reasoning());
        }
        if (said.refusal() != null) {
            message.put("refusal", said.refusal());
        }
        if (!said.toolCalls().isEmpty()) {
            List<Object> calls = new ArrayList<>();
            said.toolCalls().forEach(call -> calls.add(json(call)));
            message.put("tool_calls", calls);
        }
        return message;
    }

    private static Map<String, Object> choice(String member, Map<String, Object> content, @Nullable String finish) {
        Map<String, Object> choice = new LinkedHashMap<>();
        choice.put("index", 0);
        choice.put(member, content);
        choice.put("finish_reason", finish);
        return choice;
    }

    private Map<String, Object> envelope(String object, String name) {
        return Ordered.of("id", "task-" + context.task().id(), "object", object, "model", name);
    }
}
