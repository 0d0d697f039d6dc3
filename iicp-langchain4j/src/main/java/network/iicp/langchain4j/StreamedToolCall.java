package network.iicp.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialToolCall;
import java.util.Optional;
import network.iicp.protocol.chat.ChatEvent;
import org.jspecify.annotations.Nullable;

/** A tool call that arrives in fragments. Not thread-safe. */
final class StreamedToolCall {

    private final int position;
    private final StringBuilder arguments = new StringBuilder();
    private @Nullable String id;
    private @Nullable String name;
    private int told;
    private int depth;
    private boolean begun;
    private boolean inString;
    private boolean escaped;
    private boolean completed;

    /** Creates a call of which nothing has arrived. */
    StreamedToolCall(int position) {
        this.position = position;
    }

    /**
     * Takes a fragment. Arguments that come before the name are kept until it is known.
     *
     * @return what can be told now, if anything
     */
    Optional<PartialToolCall> accept(ChatEvent.ToolCallDelta delta) {
        if (completed) {
            return Optional.empty();
        }
        id = Overlay.first(id, delta.id());
        name = Overlay.first(name, delta.name());
        arguments.append(delta.arguments());
        delta.arguments().chars().forEach(this::track);
        if (name == null || told == arguments.length()) {
            return Optional.empty();
        }
        String more = arguments.substring(told);
        told = arguments.length();
        return Optional.of(PartialToolCall.builder()
                .index(position)
                .id(id)
                .name(name)
                .partialArguments(more)
                .build());
    }

    /** Follows the nesting of the JSON text, to know when it is at its end. */
    private void track(int character) {
        if (inString) {
            inString = escaped || character != '"';
            escaped = !escaped && character == '\\';
        } else if (character == '"') {
            inString = true;
        } else if (character == '{' || character == '[') {
            depth++;
            begun = true;
        } else if (character == '}' || character == ']') {
            depth--;
        }
    }

    boolean isCompleted() {
        return completed;
    }

    /**
     * Completes the call if all of it is here: its id, its name and arguments that are a closed JSON text.
     *
     * @return the call, or empty if more is to come or it was completed before
     */
    Optional<CompleteToolCall> completeIfWhole() {
        if (completed || id == null || name == null || !begun || depth > 0) {
            return Optional.empty();
        }
        completed = true;
        return Optional.of(new CompleteToolCall(
                position,
                ToolExecutionRequest.builder()
                        .id(id)
                        .name(name)
                        .arguments(arguments.toString())
                        .build()));
    }
}
