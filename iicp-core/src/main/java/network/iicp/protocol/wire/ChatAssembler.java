package network.iicp.protocol.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Usage;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.chat.FinishReason;
import network.iicp.protocol.chat.ToolCall;
import org.jspecify.annotations.Nullable;

/**
 * Puts a streamed chat together: chunks in, deltas out, the whole answer at the end. Fragments of tool calls are joined by
 * their index; blank ids and names count as absent, since engines repeat them empty. Not thread-safe.
 */
public final class ChatAssembler {

    /** What an empty choice or tool call counts for, so that many of them are bounded too. */
    private static final int ENTRY_WEIGHT = 64;

    private final Map<Integer, Choice> choices = new TreeMap<>();
    private @Nullable String id;
    private @Nullable String model;
    private Usage usage = Usage.UNKNOWN;
    private long kept;

    /** Creates an assembler that has seen nothing. */
    public ChatAssembler() {}

    /**
     * Takes one chunk.
     *
     * @param chunk an OpenAI chunk, {@code choices[].delta}
     * @return the deltas of the first choice; empty for chunks that only carry a role, a finish reason or usage
     */
    public List<ChatEvent> accept(Map<String, Object> chunk) {
        header(chunk);
        List<ChatEvent> events = new ArrayList<>();
        for (Object element : ChatCodec.asList(chunk.get("choices"))) {
            Map<String, Object> json = ChatCodec.asMap(element);
            int index = ChatCodec.index(json, 0);
            Choice choice = choice(index);
            List<ChatEvent> deltas = choice.accept(ChatCodec.asMap(json.get("delta")));
            if (json.get("finish_reason") instanceof String word) {
                choice.finishReason = FinishReason.of(word);
            }
            if (index == 0) {
                events.addAll(deltas);
            }
        }
        return events;
    }

    /**
     * Takes the result of the terminal event: a last chunk, or a whole answer when the node did not stream.
     *
     * @return deltas it still holds, possibly none
     */
    public List<ChatEvent> finish(Map<String, Object> result) {
        List<ChatEvent> events = new ArrayList<>(accept(result));
        for (Object element : ChatCodec.asList(result.get("choices"))) {
            Map<String, Object> json = ChatCodec.asMap(element);
            int index = ChatCodec.index(json, 0);
            Choice choice = choice(index);
            if (json.get("message") instanceof Map<?, ?> message && choice.isEmpty()) {
                List<ChatEvent> whole = choice.acceptWhole(ChatCodec.assistant(ChatCodec.asMap(message)));
                if (index == 0) {
                    events.addAll(whole);
                }
            }
        }
        return events;
    }

    private Choice choice(int index) {
        return choices.computeIfAbsent(index, i -> {
            kept += ENTRY_WEIGHT;
            return new Choice();
        });
    }

    private void header(Map<String, Object> chunk) {
        if (chunk.get("id") instanceof String text && !text.isBlank()) {
            id = text;
        }
        if (chunk.get("model") instanceof String text && !text.isBlank()) {
            model = text;
        }
        Usage counted = UsageCodec.decode(chunk.get("usage"));
        if (counted.isKnown()) {
            usage = counted;
        }
    }

    /** Returns the text of the first choice so far. */
    public String textSoFar() {
        Choice first = choices.get(0);
        return first == null ? "" : first.text.toString();
    }

    /** Returns the model named so far, or {@code null}. */
    public @Nullable String model() {
        return model;
    }

    /** Returns about how many characters are kept, of all choices. */
    public long kept() {
        return kept;
    }

    /** Returns the first choice so far; an empty message when nothing was seen. */
    public ChatMessage.Assistant firstMessage() {
        Choice first = choices.get(0);
        return first == null ? ChatMessage.Assistant.of("") : first.message();
    }

    /** Returns why the first choice ended; {@link FinishReason#OTHER} when that is not known. */
    public FinishReason finishReason() {
        Choice first = choices.get(0);
        return first == null ? FinishReason.OTHER : first.finishReason();
    }

    /** Returns whether the first choice holds a text, thoughts, a refusal or a tool call. */
    public boolean hasContent() {
        Choice first = choices.get(0);
        return first != null && !first.isEmpty();
    }

    /**
     * Returns the whole answer.
     *
     * @param provenance where it came from; its task id names the answer when the engine gave no name
     * @throws network.iicp.protocol.BackendException if a choice ends with tool calls and holds none; code {@code tools_lost}
     */
    public ChatResult result(Provenance provenance) {
        List<ChatResult.Choice> all = new ArrayList<>();
        choices.forEach(
                (index, choice) -> all.add(new ChatResult.Choice(index, choice.message(), choice.finishReason())));
        if (all.isEmpty()) {
            all.add(new ChatResult.Choice(0, ChatMessage.Assistant.of(""), FinishReason.OTHER));
        }
        ChatCodec.requireTools(all, provenance);
        return new ChatResult(id == null ? provenance.taskId() : id, model, all, usage, provenance);
    }

    private final class Choice {
        final StringBuilder text = new StringBuilder();
        private final StringBuilder reasoning = new StringBuilder();
        private final StringBuilder refusal = new StringBuilder();
        private final Map<Integer, Call> calls = new LinkedHashMap<>();
        private @Nullable FinishReason finishReason;

        boolean isEmpty() {
            return text.isEmpty() && reasoning.isEmpty() && refusal.isEmpty() && calls.isEmpty();
        }

        FinishReason finishReason() {
            if (finishReason != null) {
                return finishReason;
            }
            return calls.isEmpty() ? FinishReason.OTHER : FinishReason.TOOL_CALLS;
        }

        List<ChatEvent> accept(Map<String, Object> delta) {
            List<ChatEvent> events = new ArrayList<>();
            String thoughts = ChatCodec.reasoning(delta);
            if (thoughts != null) {
                reasoning.append(thoughts);
                kept += thoughts.length();
                events.add(new ChatEvent.ReasoningDelta(thoughts));
            }
            String more = ChatCodec.contentText(delta.get("content"));
            if (!more.isEmpty()) {
                text.append(more);
                kept += more.length();
                events.add(new ChatEvent.TextDelta(more));
            }
            String declined = ChatCodec.refusal(delta);
            if (declined != null) {
                refusal.append(declined);
                kept += declined.length();
            }
            for (Object element : ChatCodec.asList(delta.get("tool_calls"))) {
                events.add(toolCall(ChatCodec.asMap(element)));
            }
            return events;
        }

        private ChatEvent toolCall(Map<String, Object> json) {
            String callId = blankToNull(json.get("id"));
            int index = json.get("index") instanceof Number number ? number.intValue() : indexFor(callId);
            Map<String, Object> function = ChatCodec.asMap(json.get("function"));
            String name = blankToNull(function.get("name"));
            String arguments = ChatCodec.text(function.get("arguments"));
            Call call = calls.computeIfAbsent(index, i -> new Call());
            kept += ENTRY_WEIGHT + arguments.length();
            if (call.id == null) {
                call.id = callId;
            }
            if (call.name == null) {
                call.name = name;
            }
            call.arguments.append(arguments);
            return new ChatEvent.ToolCallDelta(index, callId, name, arguments);
        }

        /** Fragments without an index belong to the call with their id, or continue the last one. */
        private int indexFor(@Nullable String callId) {
            int last = Math.max(0, calls.size() - 1);
            if (callId == null) {
                return last;
            }
            return calls.entrySet().stream()
                    .filter(entry -> callId.equals(entry.getValue().id))
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse(calls.size());
        }

        List<ChatEvent> acceptWhole(ChatMessage.Assistant message) {
            List<ChatEvent> events = new ArrayList<>();
            if (message.reasoning() != null) {
                reasoning.append(message.reasoning());
                events.add(new ChatEvent.ReasoningDelta(message.reasoning()));
            }
            if (!message.text().isEmpty()) {
                text.append(message.text());
                events.add(new ChatEvent.TextDelta(message.text()));
            }
            if (message.refusal() != null) {
                refusal.append(message.refusal());
            }
            for (ToolCall whole : message.toolCalls()) {
                Call call = new Call();
                call.id = whole.id();
                call.name = whole.name();
                call.arguments.append(whole.arguments());
                events.add(new ChatEvent.ToolCallDelta(calls.size(), whole.id(), whole.name(), whole.arguments()));
                calls.put(calls.size(), call);
            }
            return events;
        }

        ChatMessage.Assistant message() {
            List<ToolCall> whole = new ArrayList<>();
            calls.forEach((index, call) -> {
                if (call.name != null) {
                    whole.add(new ToolCall(
                            call.id == null ? "call_" + index : call.id, call.name, call.arguments.toString()));
                }
            });
            return new ChatMessage.Assistant(
                    text.toString(),
                    reasoning.isEmpty() ? null : reasoning.toString(),
                    refusal.isEmpty() ? null : refusal.toString(),
                    whole);
        }

        private static @Nullable String blankToNull(@Nullable Object value) {
            return value instanceof String text && !text.isBlank() ? text : null;
        }
    }

    private static final class Call {
        private final StringBuilder arguments = new StringBuilder();
        private @Nullable String id;
        private @Nullable String name;
    }
}
