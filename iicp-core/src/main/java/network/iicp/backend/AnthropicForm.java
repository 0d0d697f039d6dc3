package network.iicp.backend;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import network.iicp.json.Json;
import network.iicp.json.JsonException.Reason;
import network.iicp.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * The form an answer must have, and how the engine is made to give it: by its own schema support, or by a tool that the
 * model has to call with the answer as input.
 *
 * @param schema the schema the engine keeps to by itself, or {@code null}
 * @param tool the name of the tool that takes the answer, or {@code null}
 * @param toolInput the schema of its input; empty without a tool
 * @param wrapped whether the answer is the member {@value #VALUE} of the input, because inputs are objects
 */
record AnthropicForm(
        @Nullable Map<String, Object> schema, @Nullable String tool, Map<String, Object> toolInput, boolean wrapped) {

    /** Any answer. */
    static final AnthropicForm FREE = new AnthropicForm(null, null, Map.of(), false);

    private static final String VALUE = "value";
    private static final String DEFAULT_NAME = "answer";
    private static final int LONGEST_NAME = 64;
    private static final List<String> DEFINITIONS = List.of("$defs", "definitions");

    /** Reads the wanted form from a payload. */
    static AnthropicForm of(JsonObject payload, ServedModels.Model model) {
        JsonObject format = payload.optionalObject("response_format").orElse(null);
        if (format == null) {
            return FREE;
        }
        String type = format.string("type");
        return switch (type) {
            case "text" -> FREE;
            case "json_object" -> byTool(DEFAULT_NAME, Map.of("type", "object"), payload);
            case "json_schema" -> bySchema(format.object("json_schema"), payload, model);
            default -> throw format.fault("type", Reason.OUT_OF_RANGE, "must be text, json_object or json_schema");
        };
    }

    private static AnthropicForm bySchema(JsonObject wanted, JsonObject payload, ServedModels.Model model) {
        Map<String, Object> schema =
                wanted.optionalObject("schema").map(JsonObject::asMap).orElseGet(() -> Map.of("type", "object"));
        if (wanted.bool("strict", false) && model.listed().can(AnthropicModels.STRUCTURED_OUTPUTS)) {
            return new AnthropicForm(schema, null, Map.of(), false);
        }
        return byTool(wanted.string("name", DEFAULT_NAME), schema, payload);
    }

    private static AnthropicForm byTool(String wantedName, Map<String, Object> schema, JsonObject payload) {
        String name = wantedName.replaceAll("[^A-Za-z0-9_-]", "_");
        name = name.isEmpty() ? DEFAULT_NAME : name.substring(0, Math.min(LONGEST_NAME, name.length()));
        Set<String> taken = new TreeSet<>(AnthropicTools.names(payload));
        while (taken.contains(name)) {
            name += "_";
        }
        if ("object".equals(schema.get("type"))) {
            return new AnthropicForm(null, name, schema, false);
        }
        Map<String, Object> input = new LinkedHashMap<>();
        input.put("type", "object");
        Map<String, Object> inner = new LinkedHashMap<>(schema);
        for (String definitions : DEFINITIONS) {
            Object defined = inner.remove(definitions);
            if (defined != null) {
                // References count from the root.
                input.put(definitions, defined);
            }
        }
        input.put("properties", Map.of(VALUE, inner));
        input.put("required", List.of(VALUE));
        return new AnthropicForm(null, name, input, true);
    }

    /** Returns whether a tool call is the answer. */
    boolean isAnswer(@Nullable Object toolName) {
        return tool != null && tool.equals(toolName);
    }

    /** Returns the text of an answer that came as the input of the tool. */
    String text(@Nullable Object input) {
        Object value = wrapped && input instanceof Map<?, ?> map && map.containsKey(VALUE) ? map.get(VALUE) : input;
        return Json.text(value == null ? Map.of() : value);
    }
}
