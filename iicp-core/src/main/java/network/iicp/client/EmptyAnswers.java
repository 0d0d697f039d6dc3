package network.iicp.client;

import java.util.List;
import java.util.Map;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.Task;
import org.jspecify.annotations.Nullable;

/** Refuses answers that say success and hold nothing: for the intents whose answers have a member that must not be empty. */
final class EmptyAnswers {

    private static final Map<String, String> CONTENT = Map.of(
            "urn:iicp:intent:llm:chat:v1", "choices",
            "urn:iicp:intent:llm:completion:v1", "choices",
            "urn:iicp:intent:llm:embedding:v1", "data",
            "urn:iicp:intent:safety:moderate:v1", "results",
            "urn:iicp:intent:audio:speech:v1", "audio");

    private static final List<String> SAID =
            List.of("content", "tool_calls", "reasoning_content", "reasoning", "refusal");

    private EmptyAnswers() {}

    /**
     * Looks whether there is content.
     *
     * @param task what was asked
     * @param result what was answered
     * @throws ProtocolViolationException if the answer holds nothing; another node may do better
     */
    static void refuse(Task task, @Nullable Object result) {
        String member = CONTENT.get(task.intent().urn());
        if (member == null) {
            return;
        }
        Object content = result instanceof Map<?, ?> json ? json.get(member) : null;
        boolean there = content instanceof List<?> list
                ? list.stream().anyMatch(EmptyAnswers::saysSomething)
                : content instanceof String text && !text.isBlank();
        if (!there) {
            throw new ProtocolViolationException(IicpError.of(
                            ErrorCode.PROTOCOL_ERROR,
                            ErrorComponent.NODE,
                            "the node answered %s without %s".formatted(task.intent(), member))
                    .withTaskId(task.id()));
        }
    }

    /** A choice without a word of the model and without a reason why it ended is none; whatever else a list holds is something. */
    private static boolean saysSomething(@Nullable Object element) {
        if (!(element instanceof Map<?, ?> choice) || !(choice.get("message") instanceof Map<?, ?> message)) {
            return element != null;
        }
        return choice.get("finish_reason") != null
                || SAID.stream()
                        .map(message::get)
                        .anyMatch(said -> said != null && !said.equals("") && !said.equals(List.of()));
    }
}
