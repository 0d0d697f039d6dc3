package network.iicp.client;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.completion.CompletionEvent;
import network.iicp.protocol.wire.CompletionAssembler;
import org.jspecify.annotations.Nullable;

/** The continuation of a prompt: OpenAI chunks, or texts. */
final class CompletionContent implements StreamContent<CompletionEvent> {

    private final TextBound bound;
    private final CompletionAssembler assembler = new CompletionAssembler();
    private int before;

    CompletionContent(long mostCharacters) {
        this.bound = new TextBound(mostCharacters);
    }

    @Override
    public void begin(boolean delivered) {
        before = delivered ? assembler.textSoFar().length() : 0;
        assembler.begin(delivered);
    }

    @Override
    public List<CompletionEvent> part(@Nullable Object result) {
        if (result == null) {
            return List.of();
        }
        String text = result instanceof String plain
                ? assembler.accept(plain)
                : assembler.accept(Payloads.object(result).orElseThrow(TextBound::unreadable));
        bound.check(assembler.length());
        return text.isEmpty() ? List.of() : List.of(new CompletionEvent.TextDelta(text));
    }

    @Override
    public List<CompletionEvent> end(@Nullable Object result, boolean streamed) {
        List<CompletionEvent> rest = part(result);
        if (!assembler.isAnswer()) {
            throw TextBound.noAnswer("the node answered a completion without a choice that holds a text");
        }
        return rest;
    }

    @Override
    public CompletionEvent completed(Provenance provenance, Map<String, Object> metrics) {
        return new CompletionEvent.Completed(assembler.result(provenance));
    }

    @Override
    public String textSoFar() {
        return assembler.textSoFar();
    }

    @Override
    public @Nullable String model() {
        return assembler.model();
    }

    @Override
    public Optional<Map<String, Object>> continuation(Map<String, Object> payload) {
        if (textSoFar().isEmpty() || !(payload.get("prompt") instanceof String prompt)) {
            return Optional.empty();
        }
        Map<String, Object> next = new LinkedHashMap<>(payload);
        next.put("prompt", prompt + textSoFar());
        return Optional.of(next);
    }

    @Override
    public Optional<CompletionEvent> continued(String from, String to) {
        return Optional.of(new CompletionEvent.Continued(from, to, before));
    }
}
