package network.iicp.client;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.chat.FinishReason;
import network.iicp.protocol.wire.ChatAssembler;
import org.jspecify.annotations.Nullable;

/** The answer to a chat: OpenAI chunks, or texts. */
final class ChatContent implements StreamContent<ChatEvent> {

    private final TextBound bound;
    private ChatAssembler assembler = new ChatAssembler();
    private ChatMessage.@Nullable Assistant earlier;

    ChatContent(long mostCharacters) {
        this.bound = new TextBound(mostCharacters);
    }

    @Override
    public void begin(boolean delivered) {
        if (delivered) {
            earlier = message(assembler.firstMessage());
        }
        assembler = new ChatAssembler();
    }

    @Override
    public List<ChatEvent> part(@Nullable Object result) {
        return bounded(assembler.accept(chunk(result)));
    }

    @Override
    public List<ChatEvent> end(@Nullable Object result, boolean streamed) {
        List<ChatEvent> rest = bounded(assembler.finish(chunk(result)));
        if (!assembler.hasContent() && assembler.finishReason() == FinishReason.OTHER) {
            throw TextBound.noAnswer(
                    streamed
                            ? "the node ended the stream without any content"
                            : "the node answered a chat without a choice that holds a message");
        }
        return rest;
    }

    /** Nodes of others may send plain texts, as the protocol's native streams do. */
    private static Map<String, Object> chunk(@Nullable Object result) {
        if (result == null) {
            return Map.of();
        }
        if (result instanceof String text) {
            return Map.of("choices", List.of(Map.of("index", 0, "delta", Map.of("content", text))));
        }
        return Payloads.object(result).orElseThrow(TextBound::unreadable);
    }

    private List<ChatEvent> bounded(List<ChatEvent> deltas) {
        bound.check(assembler.kept() + (earlier == null ? 0 : earlier.text().length()));
        return deltas;
    }

    @Override
    public ChatEvent completed(Provenance provenance, Map<String, Object> metrics) {
        ChatResult last = assembler.result(provenance);
        if (earlier == null) {
            return new ChatEvent.Completed(last);
        }
        List<ChatResult.Choice> choices = new ArrayList<>(last.choices());
        ChatResult.Choice first = choices.get(0);
        choices.set(0, new ChatResult.Choice(first.index(), message(first.message()), first.finishReason()));
        return new ChatEvent.Completed(new ChatResult(last.id(), last.model(), choices, last.usage(), provenance));
    }

    /** What earlier nodes said, and then this. */
    private ChatMessage.Assistant message(ChatMessage.Assistant next) {
        if (earlier == null) {
            return next;
        }
        String thoughts = joined(earlier.reasoning(), next.reasoning());
        return new ChatMessage.Assistant(
                earlier.text() + next.text(), thoughts.isEmpty() ? null : thoughts, next.refusal(), next.toolCalls());
    }

    private static String joined(@Nullable String one, @Nullable String two) {
        return (one == null ? "" : one) + (two == null ? "" : two);
    }

    @Override
    public String textSoFar() {
        return (earlier == null ? "" : earlier.text()) + assembler.textSoFar();
    }

    @Override
    public @Nullable String model() {
        return assembler.model();
    }

    @Override
    public Optional<Map<String, Object>> continuation(Map<String, Object> payload) {
        ChatMessage.Assistant said = message(assembler.firstMessage());
        boolean plainText = !said.text().isEmpty() && said.toolCalls().isEmpty() && said.refusal() == null;
        boolean oneFreeAnswer = !payload.containsKey("response_format")
                && (!(payload.get("n") instanceof Number wanted) || wanted.intValue() == 1);
        if (!plainText || !oneFreeAnswer || !(payload.get("messages") instanceof List<?> messages)) {
            return Optional.empty();
        }
        List<Object> longer = new ArrayList<>(messages);
        longer.add(Map.of("role", "assistant", "content", said.text()));
        Map<String, Object> next = new LinkedHashMap<>(payload);
        next.put("messages", longer);
        return Optional.of(next);
    }

    @Override
    public Optional<ChatEvent> continued(String from, String to) {
        return Optional.of(new ChatEvent.Continued(from, to, textSoFarBefore().length()));
    }

    private String textSoFarBefore() {
        return earlier == null ? "" : earlier.text();
    }
}
