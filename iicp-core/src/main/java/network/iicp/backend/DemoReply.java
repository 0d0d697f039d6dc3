package network.iicp.backend;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the demo engine is told to answer, see {@link DemoBackend.Builder#answer}. Immutable. Token limit, stop sequences
 * and streaming apply to it as to any other answer.
 *
 * @param text the text, possibly empty
 * @param reasoning thoughts to show before the text, or {@code null}
 * @param toolCalls tools to ask for; the answer then finishes with {@code tool_calls}
 */
public record DemoReply(String text, @Nullable String reasoning, List<Call> toolCalls) {

    /**
     * A tool to ask for.
     *
     * @param name name of the tool
     * @param arguments its arguments, a JSON object as plain Java values
     */
    public record Call(String name, Map<String, Object> arguments) {
        /** Checks the name and copies the arguments. */
        public Call {
            if (name.isBlank()) {
                throw new IllegalArgumentException("the name of a tool must not be blank");
            }
            arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
        }
    }

    /** Checks that nothing is missing and copies the calls. */
    public DemoReply {
        Objects.requireNonNull(text, "text");
        toolCalls = List.copyOf(toolCalls);
    }

    /** Returns a reply of text alone. */
    public static DemoReply text(String text) {
        return new DemoReply(text, null, List.of());
    }

    /** Returns a reply that asks for one tool. */
    public static DemoReply toolCall(String name, Map<String, Object> arguments) {
        return new DemoReply("", null, List.of(new Call(name, arguments)));
    }

    /** Returns a reply that asks for several tools at once. */
    public static DemoReply toolCalls(Call... calls) {
        return new DemoReply("", null, List.of(calls));
    }

    /** Returns a copy that shows these thoughts first. */
    public DemoReply withReasoning(@Nullable String thoughts) {
        return new DemoReply(text, thoughts, toolCalls);
    }
}
