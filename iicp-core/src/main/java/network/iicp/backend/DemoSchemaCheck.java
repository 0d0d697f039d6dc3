package network.iicp.backend;

import java.math.BigDecimal;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import network.iicp.json.Json;
import org.jspecify.annotations.Nullable;

/**
 * Checks values against the words of JSON Schema that the demo engine honours, formats excepted. Malformed rules count as
 * absent. Work is bounded: what takes too long counts as a fault. Not thread-safe.
 */
final class DemoSchemaCheck {

    private static final int MOST_STEPS = 200_000;
    private static final int DEEPEST = 200;

    private static final Set<String> TYPES =
            Set.of("null", "boolean", "string", "number", "integer", "array", "object");

    private final Map<String, Object> root;
    private int steps;

    /** @param root the document that references point into */
    DemoSchemaCheck(Map<String, Object> root) {
        this.root = root;
    }

    /**
     * Returns the first rule that a value breaks.
     *
     * @return the word of the rule, empty if the value is an instance
     */
    String fault(@Nullable Object schema, @Nullable Object value) {
        return fault(schema, value, 0);
    }

    private String fault(@Nullable Object schema, @Nullable Object value, int depth) {
        if (Boolean.FALSE.equals(schema)) {
            return "false";
        }
        if (!(schema instanceof Map<?, ?> rules)) {
            return "";
        }
        if (++steps > MOST_STEPS || depth > DEEPEST) {
            return "size";
        }
        String fault = typeAndValue(rules, value);
        if (fault.isEmpty()) {
            fault = combinations(rules, value, depth);
        }
        if (!fault.isEmpty()) {
            return fault;
        }
        if (value instanceof String text) {
            return outside(rules, "minLength", "maxLength", text.codePointCount(0, text.length()));
        }
        if (value instanceof List<?> list) {
            return list(rules, list, depth);
        }
        if (value instanceof Map<?, ?> map) {
            return object(rules, map, depth);
        }
        return value instanceof Number number ? number(rules, number) : "";
    }

    private static String typeAndValue(Map<?, ?> rules, @Nullable Object value) {
        if (rules.containsKey("const") && !same(rules.get("const"), value)) {
            return "const";
        }
        if (rules.get("enum") instanceof List<?> options && options.stream().noneMatch(option -> same(option, value))) {
            return "enum";
        }
        Object type = rules.get("type");
        List<?> types = type instanceof List<?> list ? list : List.of(type == null ? "" : type);
        boolean known =
                !types.isEmpty() && types.stream().allMatch(name -> name instanceof String && TYPES.contains(name));
        return known && types.stream().noneMatch(name -> is((String) name, value)) ? "type" : "";
    }

    private static boolean is(String type, @Nullable Object value) {
        return switch (type) {
            case "null" -> value == null;
            case "boolean" -> value instanceof Boolean;
            case "string" -> value instanceof String;
            case "number" -> value instanceof Number;
            case "integer" -> value instanceof Number number && isWhole(number);
            case "array" -> value instanceof List<?>;
            default -> value instanceof Map<?, ?>;
        };
    }

    private static boolean isWhole(Number number) {
        return DemoScalars.exact(number)
                .filter(exact -> exact.remainder(BigDecimal.ONE).signum() == 0)
                .isPresent();
    }

    /** Compares JSON values; numbers are the same however they are written. */
    private static boolean same(@Nullable Object one, @Nullable Object two) {
        if (one instanceof Number first && two instanceof Number second) {
            Optional<BigDecimal> a = DemoScalars.exact(first);
            Optional<BigDecimal> b = DemoScalars.exact(second);
            if (a.isEmpty() || b.isEmpty()) {
                return first.toString().equals(second.toString());
            }
            return a.get().compareTo(b.get()) == 0;
        }
        if (one instanceof List<?> first && two instanceof List<?> second && first.size() == second.size()) {
            Iterator<?> others = second.iterator();
            return first.stream().allMatch(element -> same(element, others.next()));
        }
        if (one instanceof Map<?, ?> first
                && two instanceof Map<?, ?> second
                && first.keySet().equals(second.keySet())) {
            return first.keySet().stream().allMatch(name -> same(first.get(name), second.get(name)));
        }
        return one == null ? two == null : one.equals(two);
    }

    private String combinations(Map<?, ?> rules, @Nullable Object value, int depth) {
        if (rules.get("$ref") instanceof String reference) {
            Optional<Object> target = DemoSchema.resolve(root, reference);
            if (target.isPresent() && !fault(target.get(), value, depth + 1).isEmpty()) {
                return "$ref";
            }
        }
        if (rules.get("allOf") instanceof List<?> parts && matches(parts, value, depth) < parts.size()) {
            return "allOf";
        }
        if (rules.get("anyOf") instanceof List<?> parts && matches(parts, value, depth) == 0) {
            return "anyOf";
        }
        return rules.get("oneOf") instanceof List<?> parts && matches(parts, value, depth) != 1 ? "oneOf" : "";
    }

    private int matches(List<?> schemas, @Nullable Object value, int depth) {
        int matches = 0;
        for (Object schema : schemas) {
            matches += fault(schema, value, depth + 1).isEmpty() ? 1 : 0;
        }
        return matches;
    }

    private String list(Map<?, ?> rules, List<?> list, int depth) {
        List<?> prefix = rules.get("prefixItems") instanceof List<?> first ? first : List.of();
        for (int i = 0; i < list.size(); i++) {
            String fault = fault(i < prefix.size() ? prefix.get(i) : rules.get("items"), list.get(i), depth + 1);
            if (!fault.isEmpty()) {
                return fault;
            }
        }
        if (Boolean.TRUE.equals(rules.get("uniqueItems"))) {
            Set<String> seen = new HashSet<>();
            if (!list.stream().allMatch(element -> seen.add(Json.text(element)))) {
                return "uniqueItems";
            }
        }
        return outside(rules, "minItems", "maxItems", list.size());
    }

    private String object(Map<?, ?> rules, Map<?, ?> object, int depth) {
        Map<?, ?> properties = rules.get("properties") instanceof Map<?, ?> map ? map : Map.of();
        for (Map.Entry<?, ?> member : object.entrySet()) {
            boolean listed = properties.containsKey(member.getKey());
            Object schema = listed ? properties.get(member.getKey()) : rules.get("additionalProperties");
            String fault = fault(schema, member.getValue(), depth + 1);
            if (!fault.isEmpty()) {
                return fault;
            }
        }
        boolean complete = !(rules.get("required") instanceof List<?> names)
                || names.stream().allMatch(name -> !(name instanceof String) || object.containsKey(name));
        return complete ? outside(rules, "minProperties", "maxProperties", object.size()) : "required";
    }

    private static String outside(Map<?, ?> rules, String least, String most, int count) {
        if (rules.get(least) instanceof Number number && count < number.doubleValue()) {
            return least;
        }
        boolean tooMany =
                rules.get(most) instanceof Number number && number.doubleValue() >= 0 && count > number.doubleValue();
        return tooMany ? most : "";
    }

    @SuppressWarnings("unchecked") // rules come from JSON: names are strings
    private static String number(Map<?, ?> rules, Number value) {
        Optional<DemoScalars.Range> range = DemoScalars.range((Map<String, Object>) rules, "number");
        if (range.isEmpty()) {
            return "range";
        }
        boolean inside = range.get().isOpen()
                || DemoScalars.exact(value).filter(range.get()::contains).isPresent();
        return inside ? "" : "range";
    }
}
