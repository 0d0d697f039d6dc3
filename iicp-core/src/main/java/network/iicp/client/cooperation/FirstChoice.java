package network.iicp.client.cooperation;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import network.iicp.protocol.TaskResult;
import org.jspecify.annotations.Nullable;

/** The first choice of a chat or a completion, as it came from the node: what answers are compared by. */
public final class FirstChoice {

    private FirstChoice() {}

    /** Returns the first choice of an answer; empty for answers of another kind. */
    public static Optional<Map<?, ?>> of(TaskResult answer) {
        return answer.resultMap()
                .map(result -> result.get("choices"))
                .filter(choices ->
                        choices instanceof List<?> list && !list.isEmpty() && list.get(0) instanceof Map<?, ?>)
                .map(choices -> (Map<?, ?>) ((List<?>) choices).get(0));
    }

    /** Returns the text of a choice: of its message, its parts, or its own; empty when there is none. */
    public static String text(Map<?, ?> choice) {
        Object content = choice.get("message") instanceof Map<?, ?> chat ? chat.get("content") : choice.get("text");
        if (content instanceof List<?> parts) {
            StringBuilder all = new StringBuilder();
            parts.forEach(part -> all.append(words(part)));
            return all.toString();
        }
        return content instanceof String words ? words : "";
    }

    private static String words(@Nullable Object part) {
        return part instanceof Map<?, ?> json && json.get("text") instanceof String text ? text : "";
    }
}
