package network.iicp.backend;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Quoted;
import org.jspecify.annotations.Nullable;

/**
 * Makes an instance of a JSON Schema by fixed rules: values come from {@link DemoValues} where they fit, else they are the
 * simplest allowed ones. All properties are filled, optional ones are left out where a schema contains itself; arrays get
 * one element if they may. {@code $ref} into the document, {@code allOf}, {@code anyOf}, {@code oneOf} (the first
 * alternative that can be made), {@code const}, {@code enum}, bounds, lengths and formats are honoured. What cannot be made
 * ({@code pattern}, {@code not}, {@code if}, {@code contains}, contradictions) is refused, never answered wrongly: every
 * instance is checked before it is given. One use, not thread-safe.
 */
final class DemoSchema {

    /** Values made or tried for one instance; bounds the work of schemas that branch into themselves. */
    private static final int MAX_VALUES = 5_000;

    private static final int MAX_DEPTH = 40;

    /** Schemas applied inside each other. */
    private static final int MAX_STEPS = 200;

    /** Characters of one instance, and options looked at for it; bounds what repeated large values cost. */
    private static final int MAX_SIZE = 1_000_000;

    /** How often a schema may stand inside itself before the rules look for a way out. */
    private static final int MAX_NESTING = 2;

    private static final List<String> NOT_MADE = List.of(
            "pattern",
            "not",
            "if",
            "contains",
            "patternProperties",
            "dependentSchemas",
            "dependentRequired",
            "$dynamicRef");

    private static final Pattern BOUND = Pattern.compile("(?:min|max|exclusiveM(?:in|ax))[A-Za-z]*");

    private static final Set<String> ANNOTATIONS = Set.of(
            "title",
            "description",
            "default",
            "examples",
            "deprecated",
            "readOnly",
            "writeOnly",
            "$comment",
            "$schema",
            "$id",
            "$defs",
            "definitions");

    private final Map<String, Object> root;
    private final DemoValues values;
    private final DemoSchemaCheck check;
    private final Map<String, Integer> openReferences = new HashMap<>();
    private int made;
    private int steps;
    private int size;

    private DemoSchema(Map<String, Object> root, DemoValues values) {
        this.root = root;
        this.values = values;
        this.check = new DemoSchemaCheck(root);
    }

    /**
     * Returns an instance of the schema.
     *
     * @throws BackendException with {@code backend_rejected} if the rules cannot make one; the message says where and why
     */
    static @Nullable Object instance(Map<String, Object> schema, DemoValues values) {
        try {
            Object instance = new DemoSchema(schema, values).value(schema, Place.ROOT);
            String fault = new DemoSchemaCheck(schema).fault(schema, instance);
            if (fault.isEmpty()) {
                return instance;
            }
            throw new Unmakeable(Place.ROOT, "the rule " + Quoted.of(fault) + " contradicts others", false);
        } catch (Unmakeable e) {
            throw new BackendException(IicpError.of(
                    ErrorCode.BACKEND_REJECTED,
                    ErrorComponent.NODE,
                    "the demo engine cannot make a value for this JSON schema at " + Quoted.of(e.path) + ": "
                            + e.problem));
        }
    }

    private @Nullable Object value(@Nullable Object schema, Place place) throws Unmakeable {
        // Schemas can go deep without the instance going deep: through references and combinations.
        if (++made > MAX_VALUES || place.depth() > MAX_DEPTH || steps > MAX_STEPS) {
            throw new Unmakeable(place, "the schema is too deep or too large", true);
        }
        steps++;
        try {
            return combined(schema, place);
        } finally {
            steps--;
        }
    }

    private @Nullable Object combined(@Nullable Object schema, Place place) throws Unmakeable {
        if (Boolean.FALSE.equals(schema)) {
            throw new Unmakeable(place, "nothing is allowed here", false);
        }
        Map<String, Object> rules = asMap(schema);
        if (rules.get("$ref") instanceof String reference) {
            return referenced(reference, rules, place);
        }
        if (rules.get("allOf") instanceof List<?> parts) {
            Map<String, Object> all = without(rules, "allOf");
            for (Object part : parts) {
                all = merged(all, part, place);
            }
            return value(all, place);
        }
        if (rules.get("anyOf") instanceof List<?> alternatives) {
            return alternative("anyOf", without(rules, "anyOf"), alternatives, place);
        }
        if (rules.get("oneOf") instanceof List<?> alternatives) {
            return alternative("oneOf", without(rules, "oneOf"), alternatives, place);
        }
        return plain(rules, place);
    }

    private @Nullable Object referenced(String reference, Map<String, Object> rules, Place place) throws Unmakeable {
        if (openReferences.merge(reference, 1, Integer::sum) > MAX_NESTING) {
            openReferences.merge(reference, -1, Integer::sum);
            throw new Unmakeable(place, "the schema contains itself without end", false);
        }
        try {
            return value(merged(without(rules, "$ref"), resolve(reference, place), place), place);
        } finally {
            openReferences.merge(reference, -1, Integer::sum);
        }
    }

    private Object resolve(String reference, Place place) throws Unmakeable {
        if (!reference.equals("#") && !reference.startsWith("#/")) {
            throw new Unmakeable(place, "$ref leads out of the schema", false);
        }
        return resolve(root, reference).orElseThrow(() -> new Unmakeable(place, "$ref leads nowhere", false));
    }

    /** Finds the schema that a reference within a document points to. */
    static Optional<Object> resolve(Map<String, Object> root, String reference) {
        Object target = reference.startsWith("#") ? root : null;
        String[] steps = reference.startsWith("#/") ? reference.substring(2).split("/", -1) : new String[0];
        for (String step : steps) {
            String name = step.replace("~1", "/").replace("~0", "~");
            target = target instanceof Map<?, ?> map ? map.get(name) : null;
        }
        return Optional.ofNullable(target).filter(found -> found instanceof Map<?, ?> || found instanceof Boolean);
    }

    /**
     * Makes a value by the first alternative that works, null only if no other one does.
     *
     * @param choice {@code anyOf} or {@code oneOf}
     */
    private @Nullable Object alternative(String choice, Map<String, Object> shared, List<?> alternatives, Place place)
            throws Unmakeable {
        Unmakeable last = new Unmakeable(place, "there is no alternative", false);
        Map<String, Object> whole = new LinkedHashMap<>(shared);
        whole.put(choice, alternatives);
        for (Object alternative : alternatives) {
            if ("null".equals(asMap(alternative).get("type"))) {
                continue;
            }
            try {
                Object value = value(merged(shared, alternative, place), place);
                String fault = check.fault(whole, value);
                if (fault.isEmpty()) {
                    return value;
                }
                last = new Unmakeable(place, "the rule " + Quoted.of(fault) + " contradicts others", false);
            } catch (Unmakeable e) {
                if (e.ends) {
                    throw e;
                }
                last = e;
            }
        }
        if (check.fault(whole, null).isEmpty()) {
            return null;
        }
        throw last;
    }

    /** Puts two schemas together that both apply. */
    private static Map<String, Object> merged(Map<String, Object> one, @Nullable Object other, Place place)
            throws Unmakeable {
        if (Boolean.FALSE.equals(other)) {
            throw new Unmakeable(place, "nothing is allowed here", false);
        }
        Map<String, Object> both = new LinkedHashMap<>(one);
        for (Map.Entry<String, Object> rule : asMap(other).entrySet()) {
            String name = rule.getKey();
            Object first = both.get(name);
            if (first == null || first.equals(rule.getValue())) {
                both.put(name, rule.getValue());
            } else if (name.equals("$ref")) {
                both.merge("allOf", List.of(Map.of(name, rule.getValue())), DemoSchema::concatenated);
            } else if (!ANNOTATIONS.contains(name)) {
                both.put(name, united(name, first, rule.getValue(), place));
            }
        }
        return both;
    }

    private static Object united(String name, Object one, Object two, Place place) throws Unmakeable {
        if (one instanceof Map<?, ?> && two instanceof Map<?, ?>) {
            if (name.equals("properties")) {
                Map<String, Object> both = new LinkedHashMap<>(asMap(one));
                asMap(two)
                        .forEach((key, rule) ->
                                both.merge(key, rule, (first, second) -> Map.of("allOf", List.of(first, second))));
                return both;
            }
            return name.equals("items") ? Map.of("allOf", List.of(one, two)) : contradiction(name, place);
        }
        if (one instanceof List<?> first && two instanceof List<?> second) {
            return switch (name) {
                case "required", "allOf" -> concatenated(first, second);
                case "enum", "type" -> first.stream().filter(second::contains).toList();
                default -> contradiction(name, place);
            };
        }
        if (one instanceof Number first
                && two instanceof Number second
                && BOUND.matcher(name).matches()) {
            boolean lower = name.startsWith("min") || name.equals("exclusiveMinimum");
            return Double.compare(first.doubleValue(), second.doubleValue()) > 0 == lower ? first : second;
        }
        return contradiction(name, place);
    }

    private static Object concatenated(Object one, Object two) {
        List<Object> both = new ArrayList<>();
        both.addAll(one instanceof List<?> list ? list : List.of(one));
        both.addAll(two instanceof List<?> list ? list : List.of(two));
        return both;
    }

    private static Object contradiction(String name, Place place) throws Unmakeable {
        throw new Unmakeable(place, "two rules " + Quoted.of(name) + " apply at once", false);
    }

    private @Nullable Object plain(Map<String, Object> rules, Place place) throws Unmakeable {
        for (String word : NOT_MADE) {
            if (rules.containsKey(word)) {
                throw new Unmakeable(place, "the word \"" + word + "\" is not supported", false);
            }
        }
        if (rules.containsKey("const")) {
            return charged(rules.get("const"), place);
        }
        if (rules.get("enum") instanceof List<?> options) {
            return option(allowed(options, without(rules, "enum"), place), place);
        }
        String type = type(rules);
        Object told = values.named(place.name());
        if (told != null && DemoScalars.fits(told, type, rules)) {
            return charged(told, place);
        }
        return switch (type) {
            case "object" -> object(rules, place);
            case "array" -> array(rules, place);
            case "integer", "number" -> number(rules, type, place);
            case "boolean" -> place.variant() % 2 == 0;
            case "null" -> null;
            case "string" -> string(rules, place);
            default -> throw new Unmakeable(place, "the type is not one of JSON Schema", false);
        };
    }

    /** Returns the options that the rules beside them allow, too. */
    private List<Object> allowed(List<?> options, Map<String, Object> others, Place place) throws Unmakeable {
        charge(options.size(), place);
        List<Object> allowed = new ArrayList<>();
        for (Object option : options) {
            if (check.fault(others, option).isEmpty()) {
                allowed.add(option);
            }
        }
        if (allowed.isEmpty()) {
            throw new Unmakeable(place, "the enum has no option that is allowed", false);
        }
        return allowed;
    }

    private @Nullable Object option(List<Object> options, Place place) throws Unmakeable {
        if (place.variant() == 0) {
            for (Object option : options) {
                charge(1, place);
                if (option instanceof String text && values.mentions(text)) {
                    return charged(text, place);
                }
            }
        }
        return charged(options.get(place.variant() % options.size()), place);
    }

    /** Counts a value that the schema brings along, which may be large and repeated. */
    private @Nullable Object charged(@Nullable Object value, Place place) throws Unmakeable {
        if (value instanceof Map<?, ?> map) {
            for (Map.Entry<?, ?> member : map.entrySet()) {
                charge(String.valueOf(member.getKey()).length(), place);
                charged(member.getValue(), place);
            }
        } else if (value instanceof List<?> list) {
            for (Object element : list) {
                charged(element, place);
            }
        }
        charge(value instanceof String text ? text.length() : 1, place);
        return value;
    }

    private void charge(int characters, Place place) throws Unmakeable {
        size += characters;
        if (size > MAX_SIZE) {
            throw new Unmakeable(place, "the schema is too deep or too large", true);
        }
    }

    private static String type(Map<String, Object> rules) {
        Object type = rules.get("type");
        if (type instanceof String name) {
            return name;
        }
        if (type instanceof List<?> names) {
            return names.stream()
                    .filter(name -> name instanceof String && !name.equals("null"))
                    .map(String.class::cast)
                    .findFirst()
                    .orElse("null");
        }
        if (rules.containsKey("properties") || rules.containsKey("required")) {
            return "object";
        }
        if (rules.containsKey("items") || rules.containsKey("prefixItems")) {
            return "array";
        }
        return rules.containsKey("minimum") || rules.containsKey("maximum") ? "number" : "string";
    }

    private Map<String, Object> object(Map<String, Object> rules, Place place) throws Unmakeable {
        Map<String, Object> properties = asMap(rules.get("properties"));
        Set<String> required = new LinkedHashSet<>();
        if (rules.get("required") instanceof List<?> names) {
            names.forEach(name -> required.add(String.valueOf(name)));
        }
        Map<String, Object> object = new LinkedHashMap<>();
        for (Map.Entry<String, Object> property : properties.entrySet()) {
            addProperty(object, property, required.remove(property.getKey()), place);
        }
        Object others = rules.getOrDefault("additionalProperties", Map.of());
        for (String name : required) {
            charge(name.length(), place);
            object.put(name, value(others, place.member(name)));
        }
        int least = DemoScalars.count(rules, "minProperties", 0);
        for (int i = 1; object.size() < least; i++) {
            object.putIfAbsent("demo" + i, value(others, place.member("demo" + i)));
        }
        if (object.size() > DemoScalars.count(rules, "maxProperties", Integer.MAX_VALUE)) {
            throw new Unmakeable(place, "more properties are named than allowed", false);
        }
        return object;
    }

    private void addProperty(
            Map<String, Object> object, Map.Entry<String, Object> property, boolean required, Place place)
            throws Unmakeable {
        try {
            charge(property.getKey().length(), place);
            object.put(property.getKey(), value(property.getValue(), place.member(property.getKey())));
        } catch (Unmakeable e) {
            if (required || e.ends) {
                throw e;
            }
        }
    }

    private List<Object> array(Map<String, Object> rules, Place place) throws Unmakeable {
        List<?> first = rules.get("prefixItems") instanceof List<?> prefix ? prefix : List.of();
        int least = DemoScalars.count(rules, "minItems", 0);
        int most = DemoScalars.count(rules, "maxItems", Integer.MAX_VALUE);
        if (least > most) {
            throw new Unmakeable(place, "minItems exceeds maxItems", false);
        }
        int wanted = Math.min(most, Math.max(least, Math.max(1, first.size())));
        Object items = rules.get("items");
        boolean unique = Boolean.TRUE.equals(rules.get("uniqueItems"));
        List<Object> array = new ArrayList<>();
        for (int i = 0; i < wanted; i++) {
            Object schema = i < first.size() ? first.get(i) : items;
            try {
                Object element = value(schema, place.element(i, unique ? i : 0));
                if (unique && array.contains(element)) {
                    throw new Unmakeable(place, "not enough different elements can be made", false);
                }
                array.add(element);
            } catch (Unmakeable e) {
                if (i < least || e.ends) {
                    throw e;
                }
                return array;
            }
        }
        return array;
    }

    private String string(Map<String, Object> rules, Place place) throws Unmakeable {
        String text = DemoScalars.format(rules.get("format"), place.variant())
                .or(() -> values.nextText())
                .orElse(place.variant() == 0 ? "demo" : "demo " + (place.variant() + 1));
        String sized = DemoScalars.sized(text, rules)
                .orElseThrow(() -> new Unmakeable(place, "no text has the lengths asked for", false));
        charge(sized.length(), place);
        return sized;
    }

    private Object number(Map<String, Object> rules, String type, Place place) throws Unmakeable {
        DemoScalars.Range range = DemoScalars.range(rules, type)
                .orElseThrow(() -> new Unmakeable(place, "a bound is out of the range of this engine", false));
        BigDecimal number = values.nextNumber(range::contains)
                .or(() -> range.simplest(place.variant()))
                .orElseThrow(() -> new Unmakeable(place, "no number lies between the bounds", false));
        return DemoScalars.plain(number);
    }

    private static Map<String, Object> without(Map<String, Object> rules, String name) {
        Map<String, Object> rest = new LinkedHashMap<>(rules);
        rest.remove(name);
        return rest;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> asMap(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
    }

    /**
     * Where a value goes.
     *
     * @param variant counts up for elements that must differ
     */
    private record Place(String path, String name, int depth, int variant) {
        static final Place ROOT = new Place("$", "", 0, 0);

        Place member(String member) {
            return new Place(path + "." + member, member, depth + 1, variant);
        }

        Place element(int index, int differing) {
            return new Place(path + "[" + index + "]", "", depth + 1, variant + differing);
        }
    }

    /** A place for which the rules make no value. */
    private static final class Unmakeable extends Exception {

        private static final long serialVersionUID = 1L;

        private final String path;
        private final String problem;

        /** Whether no other alternative may be tried. */
        private final boolean ends;

        Unmakeable(Place place, String problem, boolean ends) {
            super(problem, null, false, false);
            this.path = place.path();
            this.problem = problem;
            this.ends = ends;
        }
    }
}
