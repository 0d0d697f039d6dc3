package network.iicp.protocol.wire;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import network.iicp.json.JsonObject;

/** Values that fit, and values that do not fit, the kind of schemas that the intent registry uses. */
final class SchemaValues {

    private SchemaValues() {}

    /** A value that fits. */
    static Object right(JsonObject schema) {
        if (schema.has("enum")) {
            return schema.strings("enum").get(0);
        }
        if (schema.has("oneOf")) {
            return right(schema.objects("oneOf").get(0));
        }
        return switch (schema.string("type", "any")) {
            case "string" -> "en";
            case "integer" -> schema.optionalInt("minimum").orElse(1);
            case "number" -> schema.optionalDouble("maximum").orElse(1);
            case "boolean" -> true;
            case "array" -> List.of(right(schema.object("items")));
            case "object" -> object(schema);
            default -> "anything";
        };
    }

    private static Map<String, Object> object(JsonObject schema) {
        Map<String, Object> object = new HashMap<>();
        schema.optionalObject("properties")
                .ifPresent(members -> members.names().forEach(name -> object.put(name, right(members.object(name)))));
        return object;
    }

    /** Values that each break one rule of the schema. */
    static List<Object> wrong(JsonObject schema) {
        List<Object> wrong = new ArrayList<>();
        if (schema.names().isEmpty()) {
            return wrong;
        }
        wrong.add(null);
        if (schema.has("enum")) {
            wrong.addAll(Arrays.asList("none of these", 1, List.of()));
            return wrong;
        }
        if (schema.has("oneOf")) {
            schema.objects("oneOf").stream()
                    .filter(one -> one.string("type").equals("array"))
                    .forEach(array -> wrong.addAll(wrongArrays(array)));
            wrong.add(17);
            return wrong;
        }
        switch (schema.string("type")) {
            case "string" -> {
                wrong.add(17);
                if (schema.optionalInt("minLength").orElse(0) > 0) {
                    wrong.add("");
                }
                if (schema.has("pattern")) {
                    wrong.addAll(List.of("e", "en_GB", "en-", "en GB"));
                }
            }
            case "integer" ->
                wrong.addAll(List.of("1", 1.5, schema.optionalInt("minimum").orElse(1) - 1));
            case "number" ->
                wrong.addAll(List.of(
                        "1",
                        schema.optionalDouble("minimum").orElse(0) - 0.01,
                        schema.optionalDouble("maximum").orElse(0) + 0.01));
            case "boolean" -> wrong.addAll(List.of("true", 1));
            case "array" -> wrong.addAll(wrongArrays(schema));
            case "object" -> wrong.addAll(wrongObjects(schema));
            default -> throw new AssertionError("a type that the registry did not use so far: " + schema.raw("type"));
        }
        return wrong;
    }

    private static List<Object> wrongArrays(JsonObject schema) {
        List<Object> wrong = new ArrayList<>(List.of(17, Map.of()));
        if (schema.optionalInt("minItems").orElse(0) > 0) {
            wrong.add(List.of());
        }
        Object right = right(schema.object("items"));
        for (Object element : wrong(schema.object("items"))) {
            wrong.add(Arrays.asList(right, element));
        }
        return wrong;
    }

    private static List<Object> wrongObjects(JsonObject schema) {
        List<Object> wrong = new ArrayList<>(List.of("x", List.of()));
        Map<String, Object> right = object(schema);
        for (String name : schema.strings("required")) {
            Map<String, Object> without = new HashMap<>(right);
            without.remove(name);
            wrong.add(without);
        }
        schema.optionalObject("properties").ifPresent(members -> {
            for (String name : members.names()) {
                for (Object value : wrong(members.object(name))) {
                    Map<String, Object> changed = new HashMap<>(right);
                    changed.put(name, value);
                    wrong.add(changed);
                }
            }
        });
        if (!schema.bool("additionalProperties", true)) {
            Map<String, Object> more = new HashMap<>(right);
            more.put("unheard_of", 1);
            wrong.add(more);
        }
        return wrong;
    }
}
