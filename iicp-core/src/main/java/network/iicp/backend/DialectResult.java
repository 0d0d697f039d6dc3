package network.iicp.backend;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.InvalidRequestException;
import org.jspecify.annotations.Nullable;

/** Reads the whole answer of an engine and evens out what engines do differently. */
final class DialectResult {

    private static final String CALL_ID = "call_";
    private static final int TASK_PREFIX = 8;

    /**
     * Where an answer comes from.
     *
     * @param taskId the task it answers
     * @param model the model that was asked
     */
    record Origin(String taskId, ServedModels.Model model) {

        /** Returns the id of an answer that has none. */
        String fallbackId() {
            return "task-" + taskId;
        }

        /** Returns the beginning of ids for tool calls that have none, different for each task. */
        String callIdPrefix() {
            return CALL_ID + taskId.substring(0, Math.min(TASK_PREFIX, taskId.length())) + "_";
        }

        /** Returns the name that the consumer is told: the engine's unless it is a path or missing. */
        String publicModel(@Nullable Object named) {
            if (!(named instanceof String name) || !ModelNames.isUsable(name) || name.equals(model.engineName())) {
                return model.name();
            }
            return ModelNames.published(name);
        }
    }

    private DialectResult() {}

    /**
     * Parses a whole answer.
     *
     * @throws network.iicp.protocol.BackendException if it is no JSON object, or too large
     */
    static Map<String, Object> parse(byte[] body, JsonLimits limits) {
        try {
            return Json.parseObject(body, limits);
        } catch (JsonException e) {
            throw BackendFaults.failed("the engine's answer is no JSON object of acceptable size", e);
        }
    }

    /**
     * Reads an answer with status 200, and evens it out in place.
     *
     * @throws IicpException if it is an error, or not what was asked for
     */
    static Map<String, Object> read(
            DialectOperation operation, Map<String, Object> result, Origin origin, InvalidRequestException notFound) {
        String list = operation == DialectOperation.EMBEDDING ? "data" : "choices";
        boolean answered = result.get(list) instanceof List<?> elements && !elements.isEmpty();
        if (!answered && result.get("error") != null) {
            throw EngineFaults.reported(result.get("error"), notFound);
        }
        if (!answered) {
            throw BackendFaults.failed("the engine's answer has no " + list, null);
        }
        result.put("model", origin.publicModel(result.get("model")));
        if (operation != DialectOperation.EMBEDDING) {
            result.put("choices", choices(operation, (List<?>) result.get("choices"), origin));
        }
        return result;
    }

    private static List<Object> choices(DialectOperation operation, @Nullable List<?> given, Origin origin) {
        List<Object> choices = new ArrayList<>();
        for (Object element : given == null ? List.of() : given) {
            if (!(element instanceof Map<?, ?> json)) {
                throw BackendFaults.failed("the engine's answer has a choice that is no object", null);
            }
            Map<String, Object> choice = new LinkedHashMap<>();
            json.forEach((name, value) -> choice.put(String.valueOf(name), value));
            if (operation == DialectOperation.CHAT) {
                evenOutMessage(choice, origin.callIdPrefix() + choices.size() + "_");
            } else if (!(choice.get("text") instanceof String)) {
                throw BackendFaults.failed("the engine's answer has a choice without text", null);
            }
            choices.add(choice);
        }
        return choices;
    }

    private static void evenOutMessage(Map<String, Object> choice, String idPrefix) {
        if (!(choice.get("message") instanceof Map<?, ?> given)) {
            throw BackendFaults.failed("the engine's answer has a choice without message", null);
        }
        Map<String, Object> message = new LinkedHashMap<>();
        given.forEach((name, value) -> message.put(String.valueOf(name), value));
        nameReasoning(message);
        List<?> givenCalls = message.remove("tool_calls") instanceof List<?> list ? list : List.of();
        if (!givenCalls.isEmpty()) {
            message.put("tool_calls", ToolCallFragments.whole(givenCalls, idPrefix));
        }
        choice.put("message", message);
        Object finish = choice.get("finish_reason");
        choice.put("finish_reason", finishReason(finish instanceof String word ? word : null, !givenCalls.isEmpty()));
    }

    /** Some engines call shown thoughts {@code reasoning}, most {@code reasoning_content}. */
    static void nameReasoning(Map<String, Object> message) {
        Object reasoning = message.remove("reasoning");
        if (reasoning instanceof String text && !text.isEmpty() && message.get("reasoning_content") == null) {
            message.put("reasoning_content", text);
        }
    }

    /** Some engines say {@code stop} after tool calls, and nothing at an orderly end. */
    static String finishReason(@Nullable String given, boolean calls) {
        if (given == null || given.isBlank() || given.equals("stop")) {
            return calls ? "tool_calls" : "stop";
        }
        return given;
    }
}
