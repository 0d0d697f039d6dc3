package network.iicp.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import network.iicp.json.JsonException.Reason;
import org.jspecify.annotations.Nullable;

/**
 * Reads the members of an object by type. Members nobody asks for are ignored, and {@code null} counts as absent; a
 * member of another type than asked for is refused with its path. A whole number is accepted however it is written
 * ({@code 5}, {@code 5.0}, {@code 5e0}), and nothing else is converted: the string {@code "5"} is not a number.
 *
 * <p>A view: it shows the map it was made from. As thread-safe as that map.
 */
public final class JsonObject {

    private final Map<String, Object> members;

    /** The object that holds this one; null if this is where the path begins. */
    private final @Nullable JsonObject parent;

    /** The member of the parent that holds this object; the whole path if there is no parent. */
    private final String step;

    /** The place in that member, if it is an array; negative if it is the object. */
    private final int index;

    private JsonObject(Map<String, Object> members, @Nullable JsonObject parent, String step, int index) {
        this.members = Collections.unmodifiableMap(members);
        this.parent = parent;
        this.step = step;
        this.index = index;
    }

    /**
     * A view of an object at the root of a document.
     *
     * @param members the members; not copied
     * @return the view, with the path {@code $}
     */
    public static JsonObject of(Map<String, Object> members) {
        return of(members, JsonPath.ROOT);
    }

    /**
     * A view of an object that was found in a document by other means.
     *
     * @param members the members; not copied
     * @param path where the object is, such as {@code $.nodes[3]}: the beginning of all paths in messages
     * @return the view
     */
    public static JsonObject of(Map<String, Object> members, String path) {
        return new JsonObject(members, null, Objects.requireNonNull(path, "path"), -1);
    }

    /**
     * Reads a document that must be an object.
     *
     * @param utf8 the document
     * @param limits what it may cost
     * @return a view of it
     * @throws JsonException as {@link Json#parseObject(byte[], JsonLimits)}
     */
    public static JsonObject parse(byte[] utf8, JsonLimits limits) {
        return of(Json.parseObject(utf8, limits));
    }

    /**
     * Where this object is in its document.
     *
     * @return {@code $} for the document itself, such as {@code $.nodes[3]} within it
     */
    public String path() {
        if (parent == null) {
            return step;
        }
        String member = parent.path(step);
        return index < 0 ? member : JsonPath.elementOf(member, index);
    }

    /**
     * All members, as plain values.
     *
     * @return an unmodifiable view, in document order; values may be {@code null}
     */
    public Map<String, Object> asMap() {
        return members;
    }

    /**
     * Whether a member is there.
     *
     * @param name the member
     * @return false if it is absent or {@code null}
     */
    public boolean has(String name) {
        return members.get(name) != null;
    }

    /**
     * The names of all members, of those that are {@code null} too.
     *
     * @return an unmodifiable view, in document order
     */
    public Set<String> names() {
        return members.keySet();
    }

    /**
     * A member as the plain value it is.
     *
     * @param name the member
     * @return the value; {@code null} if it is absent or {@code null}
     */
    public @Nullable Object raw(String name) {
        return members.get(name);
    }

    /**
     * A string that must be there.
     *
     * @param name the member
     * @return its value, may be empty
     * @throws JsonException with {@code MISSING} or {@code WRONG_TYPE}
     */
    public String string(String name) {
        return optionalString(name).orElseThrow(() -> missing(name));
    }

    /**
     * A string, or a default.
     *
     * @param name the member
     * @param defaultValue what to return if it is absent
     * @return its value
     * @throws JsonException with {@code WRONG_TYPE}
     */
    public String string(String name, String defaultValue) {
        return optionalString(name).orElse(defaultValue);
    }

    /**
     * A string that may be absent.
     *
     * @param name the member
     * @return its value, empty if absent
     * @throws JsonException with {@code WRONG_TYPE}
     */
    public Optional<String> optionalString(String name) {
        return optional(name, String.class, "a string");
    }

    /**
     * A whole number that must be there.
     *
     * @param name the member
     * @return its value
     * @throws JsonException with {@code MISSING}, {@code WRONG_TYPE}, or {@code OUT_OF_RANGE} if it does not fit 32 bits
     */
    public int integer(String name) {
        return optionalInt(name).orElseThrow(() -> missing(name));
    }

    /**
     * A whole number that may be absent.
     *
     * @param name the member
     * @return its value, empty if absent
     * @throws JsonException with {@code WRONG_TYPE}, or {@code OUT_OF_RANGE} if it does not fit 32 bits
     */
    public OptionalInt optionalInt(String name) {
        Object value = members.get(name);
        if (value == null) {
            return OptionalInt.empty();
        }
        long whole = whole(name, value);
        if (whole != (int) whole) {
            throw fault(name, Reason.OUT_OF_RANGE, "the number does not fit 32 bits");
        }
        return OptionalInt.of((int) whole);
    }

    /**
     * A whole number that may be absent.
     *
     * @param name the member
     * @return its value, empty if absent
     * @throws JsonException with {@code WRONG_TYPE}, or {@code OUT_OF_RANGE} if it does not fit 64 bits
     */
    public OptionalLong optionalLong(String name) {
        Object value = members.get(name);
        return value == null ? OptionalLong.empty() : OptionalLong.of(whole(name, value));
    }

    /**
     * A number that may be absent.
     *
     * @param name the member
     * @return the nearest double, always finite; empty if absent
     * @throws JsonException with {@code WRONG_TYPE}, or {@code OUT_OF_RANGE} if it is beyond the range of a double
     */
    public OptionalDouble optionalDouble(String name) {
        Optional<Number> number = optional(name, Number.class, "a number");
        if (number.isEmpty()) {
            return OptionalDouble.empty();
        }
        double value = number.get().doubleValue();
        if (!Double.isFinite(value)) {
            throw fault(name, Reason.OUT_OF_RANGE, "the number is beyond the range of a double");
        }
        return OptionalDouble.of(value);
    }

    /**
     * A boolean that may be absent.
     *
     * @param name the member
     * @return its value, empty if absent
     * @throws JsonException with {@code WRONG_TYPE}
     */
    public Optional<Boolean> optionalBoolean(String name) {
        return optional(name, Boolean.class, "a boolean");
    }

    /**
     * A boolean, or a default.
     *
     * @param name the member
     * @param defaultValue what to return if it is absent
     * @return its value
     * @throws JsonException with {@code WRONG_TYPE}
     */
    public boolean bool(String name, boolean defaultValue) {
        return optionalBoolean(name).orElse(defaultValue);
    }

    /**
     * An object that must be there.
     *
     * @param name the member
     * @return a view of it
     * @throws JsonException with {@code MISSING} or {@code WRONG_TYPE}
     */
    public JsonObject object(String name) {
        return optionalObject(name).orElseThrow(() -> missing(name));
    }

    /**
     * An object that may be absent.
     *
     * @param name the member
     * @return a view of it, empty if absent
     * @throws JsonException with {@code WRONG_TYPE}
     */
    public Optional<JsonObject> optionalObject(String name) {
        return optional(name, Map.class, "an object").map(map -> child(map, name, -1));
    }

    /**
     * An array that must be there.
     *
     * @param name the member
     * @return an unmodifiable view of its elements, which may be {@code null}
     * @throws JsonException with {@code MISSING} or {@code WRONG_TYPE}
     */
    public List<Object> list(String name) {
        if (!has(name)) {
            throw missing(name);
        }
        return optionalList(name);
    }

    /**
     * An array that may be absent.
     *
     * @param name the member
     * @return an unmodifiable view of its elements, which may be {@code null}; empty if absent
     * @throws JsonException with {@code WRONG_TYPE}
     */
    public List<Object> optionalList(String name) {
        Optional<List<?>> list = optional(name, List.class, "an array").map(found -> (List<?>) found);
        return list.isEmpty() ? List.of() : Collections.unmodifiableList(list.get());
    }

    /**
     * An array of objects that may be absent.
     *
     * @param name the member
     * @return views of its elements, unmodifiable; empty if absent
     * @throws JsonException with {@code WRONG_TYPE} if it is no array, or if an element is no object, which is then named
     */
    public List<JsonObject> objects(String name) {
        List<Object> elements = optionalList(name);
        var objects = new ArrayList<JsonObject>(elements.size());
        for (Object element : elements) {
            int at = objects.size();
            if (!(element instanceof Map<?, ?> map)) {
                throw wrongElement(name, at, "an object", element);
            }
            objects.add(child(map, name, at));
        }
        return Collections.unmodifiableList(objects);
    }

    /**
     * An array of strings that may be absent.
     *
     * @param name the member
     * @return its elements, unmodifiable; empty if absent
     * @throws JsonException with {@code WRONG_TYPE} if it is no array, or if an element is no string, which is then named
     */
    public List<String> strings(String name) {
        List<Object> elements = optionalList(name);
        var strings = new ArrayList<String>(elements.size());
        for (Object element : elements) {
            if (!(element instanceof String text)) {
                throw wrongElement(name, strings.size(), "a string", element);
            }
            strings.add(text);
        }
        return Collections.unmodifiableList(strings);
    }

    /**
     * An exception about a member, for readers that check more than types. It is returned, not thrown.
     *
     * @param name the member
     * @param reason what is wrong with it
     * @param problem the same for a person; must not repeat text of the document
     * @return an exception that names the path of the member
     */
    public JsonException fault(String name, Reason reason, String problem) {
        return new JsonException(reason, path(name), problem);
    }

    /**
     * The place and the number of members, not their values.
     *
     * @return text for people
     */
    @Override
    public String toString() {
        return "JsonObject[%s, %d members]".formatted(path(), members.size());
    }

    private String path(String name) {
        return JsonPath.memberOf(path(), name);
    }

    /** JSON objects have string keys; a map made by hand with others shows it when it is read. */
    @SuppressWarnings("unchecked")
    private JsonObject child(Map<?, ?> map, String name, int at) {
        return new JsonObject((Map<String, Object>) map, this, name, at);
    }

    private <T> Optional<T> optional(String name, Class<T> type, String expected) {
        Object value = members.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!type.isInstance(value)) {
            throw wrongType(name, expected, value);
        }
        return Optional.of(type.cast(value));
    }

    private long whole(String name, Object value) {
        if (value instanceof Integer || value instanceof Long || value instanceof Short || value instanceof Byte) {
            return ((Number) value).longValue();
        }
        try {
            return number(name, value).longValueExact();
        } catch (JsonException e) {
            throw e.at(path(name));
        }
    }

    private JsonNumber number(String name, Object value) {
        if (value instanceof JsonNumber number) {
            return number;
        }
        boolean exact = value instanceof BigDecimal || value instanceof BigInteger;
        if (exact || isFinite(value)) {
            return JsonNumber.of(value.toString());
        }
        throw wrongType(name, "a whole number", value);
    }

    private static boolean isFinite(Object value) {
        boolean real = value instanceof Double || value instanceof Float;
        return real && Double.isFinite(((Number) value).doubleValue());
    }

    private JsonException missing(String name) {
        return fault(name, Reason.MISSING, "the member is required");
    }

    private JsonException wrongType(String name, String expected, Object found) {
        return fault(name, Reason.WRONG_TYPE, "expected %s, found %s".formatted(expected, JsonType.of(found)));
    }

    private JsonException wrongElement(String name, int at, String expected, @Nullable Object found) {
        return new JsonException(
                Reason.WRONG_TYPE,
                JsonPath.elementOf(path(name), at),
                "expected %s, found %s".formatted(expected, JsonType.of(found)));
    }
}
