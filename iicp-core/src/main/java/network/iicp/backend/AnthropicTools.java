package network.iicp.backend;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import network.iicp.json.JsonException.Reason;
import network.iicp.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** The tools of a payload, and whether they may or must be called, in the words of the Messages API. */
final class AnthropicTools {

    private static final Map<String, Object> ANY_INPUT = Ordered.of("type", "object", "properties", Map.of());

    private AnthropicTools() {}

    /** Returns the names of the tools on offer. */
    static List<String> names(JsonObject payload) {
        return offered(payload).stream()
                .map(tool -> function(tool).string("name"))
                .toList();
    }

    private static List<JsonObject> offered(JsonObject payload) {
        return payload.raw("tools") == null ? List.of() : payload.objects("tools");
    }

    private static JsonObject function(JsonObject tool) {
        if (!tool.string("type", "function").equals("function")) {
            throw tool.fault("type", Reason.OUT_OF_RANGE, "must be function for this engine");
        }
        return tool.object("function");
    }

    /**
     * Adds tools and choice to a request.
     *
     * @param form the wanted form of the answer
     * @param strict whether the model keeps to strict schemas
     * @param used names of the tools that the conversation already called
     */
    static void add(
            Map<String, Object> request, JsonObject payload, AnthropicForm form, boolean strict, Set<String> used) {
        List<Object> tools = new ArrayList<>();
        offered(payload).forEach(tool -> tools.add(tool(function(tool), strict)));
        Map<String, Object> choice = tools.isEmpty() ? null : choice(payload);
        if (form.tool() != null) {
            boolean others = !tools.isEmpty() && choice != null && !"none".equals(choice.get("type"));
            tools.add(answerTool(form.tool(), form.toolInput()));
            choice = others ? choice("any") : named(form.tool());
        } else if (tools.isEmpty() && !used.isEmpty()) {
            // The API wants to know the tools of a conversation even if they are no longer on offer.
            used.forEach(name -> tools.add(Ordered.of("name", name, "input_schema", ANY_INPUT)));
            choice = choice("none");
        }
        if (tools.isEmpty() || choice == null) {
            return;
        }
        boolean oneOnly = !payload.bool("parallel_tool_calls", true) || "tool".equals(choice.get("type"));
        if (oneOnly && !"none".equals(choice.get("type"))) {
            choice.put("disable_parallel_tool_use", true);
        }
        request.put("tools", tools);
        request.put("tool_choice", choice);
    }

    private static Map<String, Object> tool(JsonObject function, boolean strict) {
        Map<String, Object> tool = new LinkedHashMap<>();
        tool.put("name", function.string("name"));
        function.optionalString("description").ifPresent(text -> tool.put("description", text));
        tool.put("input_schema", input(function.optionalObject("parameters").orElse(null)));
        if (strict && function.bool("strict", false)) {
            tool.put("strict", true);
        }
        return tool;
    }

    private static Map<String, Object> input(@Nullable JsonObject parameters) {
        if (parameters == null) {
            return ANY_INPUT;
        }
        Map<String, Object> schema = new LinkedHashMap<>(parameters.asMap());
        schema.putIfAbsent("type", "object");
        return schema;
    }

    private static Map<String, Object> answerTool(String name, Map<String, Object> input) {
        return Ordered.of("name", name, "description", "Takes the final answer. Call it once.", "input_schema", input);
    }

    private static Map<String, Object> choice(JsonObject payload) {
        Object wanted = payload.raw("tool_choice");
        if (wanted == null) {
            return choice("auto");
        }
        if (wanted instanceof String word) {
            return switch (word) {
                case "auto", "none" -> choice(word);
                case "required" -> choice("any");
                default -> throw payload.fault("tool_choice", Reason.OUT_OF_RANGE, "must be auto, none or required");
            };
        }
        return named(payload.object("tool_choice").object("function").string("name"));
    }

    private static Map<String, Object> choice(String type) {
        Map<String, Object> choice = new LinkedHashMap<>();
        choice.put("type", type);
        return choice;
    }

    private static Map<String, Object> named(String tool) {
        Map<String, Object> choice = choice("tool");
        choice.put("name", tool);
        return choice;
    }
}
