package network.iicp.protocol.wire;

import java.util.Map;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Usage;
import network.iicp.protocol.chat.FinishReason;
import network.iicp.protocol.completion.CompletionResult;
import org.jspecify.annotations.Nullable;

/** Puts a streamed completion together: chunks in, texts out, the whole result at the end. Not thread-safe. */
public final class CompletionAssembler {

    private final StringBuilder text = new StringBuilder();
    private @Nullable String model;
    private @Nullable Object finish;
    private Usage usage = Usage.UNKNOWN;
    private boolean answered;

    /** Creates an assembler that has seen nothing. */
    public CompletionAssembler() {}

    /**
     * Another node begins.
     *
     * @param keepText whether it goes on after the text so far
     */
    public void begin(boolean keepText) {
        if (!keepText) {
            text.setLength(0);
        }
        model = null;
        finish = null;
        usage = Usage.UNKNOWN;
        answered = false;
    }

    /**
     * Takes one chunk, or a whole answer.
     *
     * @param chunk {@code choices[].text}, with finish reason and usage in the last one
     * @return the text of its first choice, possibly empty
     */
    public String accept(Map<String, Object> chunk) {
        if (chunk.get("model") instanceof String name && !name.isBlank()) {
            model = name;
        }
        Usage counted = UsageCodec.decode(chunk.get("usage"));
        if (counted.isKnown()) {
            usage = counted;
        }
        StringBuilder more = new StringBuilder();
        for (Object element : ChatCodec.asList(chunk.get("choices"))) {
            Map<String, Object> choice = ChatCodec.asMap(element);
            if (ChatCodec.index(choice, 0) == 0) {
                if (choice.get("finish_reason") instanceof String word) {
                    finish = word;
                }
                if (choice.get("text") instanceof String part) {
                    more.append(part);
                    answered = true;
                }
            }
        }
        text.append(more);
        return more.toString();
    }

    /** Takes a plain text, and returns it. */
    public String accept(String part) {
        answered = true;
        text.append(part);
        return part;
    }

    /** Returns the text so far. */
    public String textSoFar() {
        return text.toString();
    }

    /** Returns the number of characters that are kept. */
    public int length() {
        return text.length();
    }

    /** Returns the model named so far, or {@code null}. */
    public @Nullable String model() {
        return model;
    }

    /** Returns whether a choice with a text, possibly an empty one, was seen. */
    public boolean isAnswer() {
        return answered;
    }

    /** Returns the whole completion. */
    public CompletionResult result(Provenance provenance) {
        FinishReason reason = ChatCodec.finishReason(finish);
        return new CompletionResult(text.toString(), reason, model, usage, provenance);
    }
}
