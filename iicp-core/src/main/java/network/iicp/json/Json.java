package network.iicp.json;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import network.iicp.json.JsonException.Reason;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes JSON (RFC 8259) as plain Java values.
 *
 * <p>Reading gives {@code Map<String, Object>} (insertion order), {@code List<Object>}, {@code String}, {@code Boolean},
 * {@code null} and {@link JsonNumber}; the maps and lists are fresh, modifiable and belong to the caller. It is strict:
 * UTF-8 without byte order mark, one value and nothing after it, no repeated member names, no escapes that stand for
 * half a character, no {@code NaN}, comments or other extensions.
 *
 * <p>Writing takes the same values, and {@link Integer}, {@link Long}, {@link Short}, {@link Byte},
 * {@link java.math.BigInteger}, {@link java.math.BigDecimal} and finite {@link Double} and {@link Float}. Whatever else,
 * a member name that is not a string, a lone surrogate, or more than {@value JsonLimits#MAX_DEPTH} levels (so also a map
 * that contains itself) is refused with the place and the class, never with the value.
 *
 * <p>All methods are thread-safe, as long as nobody changes a value while it is written.
 */
public final class Json {

    private Json() {}

    /**
     * Reads a document.
     *
     * @param utf8 the document
     * @param limits what it may cost
     * @return the value; {@code null} for the document {@code null}
     * @throws JsonException with {@code MALFORMED}, {@code TOO_LARGE}, {@code TOO_DEEP} or {@code TOO_MANY_VALUES}
     */
    public static @Nullable Object parse(byte[] utf8, JsonLimits limits) {
        Objects.requireNonNull(limits, "limits");
        return JsonReader.read(Objects.requireNonNull(utf8, "utf8"), limits);
    }

    /**
     * Reads a document.
     *
     * @param text the document
     * @param limits what it may cost; sizes and offsets in messages are those of its UTF-8 form
     * @return the value; {@code null} for the document {@code null}
     * @throws JsonException with {@code MALFORMED}, {@code TOO_LARGE}, {@code TOO_DEEP} or {@code TOO_MANY_VALUES}
     */
    public static @Nullable Object parse(String text, JsonLimits limits) {
        Objects.requireNonNull(limits, "limits");
        JsonReader.requireSize(text.length(), limits);
        if (Utf8.firstLoneSurrogate(text) != Utf8.VALID) {
            throw JsonReader.malformed("the text holds half a character (a lone surrogate)");
        }
        return JsonReader.read(text.getBytes(StandardCharsets.UTF_8), limits);
    }

    /**
     * Reads a document that must be an object.
     *
     * @param utf8 the document
     * @param limits what it may cost
     * @return its members, in document order; values may be {@code null}
     * @throws JsonException as {@link #parse(byte[], JsonLimits)}, and with {@code NOT_AN_OBJECT} for any other value
     */
    public static Map<String, Object> parseObject(byte[] utf8, JsonLimits limits) {
        return asObject(parse(utf8, limits));
    }

    /**
     * Reads a document that must be an object.
     *
     * @param text the document
     * @param limits what it may cost; sizes and offsets in messages are those of its UTF-8 form
     * @return its members, in document order; values may be {@code null}
     * @throws JsonException as {@link #parse(String, JsonLimits)}, and with {@code NOT_AN_OBJECT} for any other value
     */
    public static Map<String, Object> parseObject(String text, JsonLimits limits) {
        return asObject(parse(text, limits));
    }

    /**
     * Writes a value without any white space.
     *
     * @param value a JSON value
     * @return UTF-8
     * @throws JsonException with {@code UNREPRESENTABLE}, {@code TOO_DEEP} or {@code TOO_LARGE}
     */
    public static byte[] bytes(@Nullable Object value) {
        return JsonWriter.bytes(value, JsonWriter.Form.COMPACT);
    }

    /**
     * Writes a value without any white space.
     *
     * @param value a JSON value
     * @return the same text as {@link #bytes}
     * @throws JsonException with {@code UNREPRESENTABLE}, {@code TOO_DEEP} or {@code TOO_LARGE}
     */
    public static String text(@Nullable Object value) {
        return JsonWriter.text(value, JsonWriter.Form.COMPACT);
    }

    /**
     * Writes a value for people: one member or element on a line, two spaces deeper for each level, no line end after
     * the last line.
     *
     * @param value a JSON value
     * @return text
     * @throws JsonException with {@code UNREPRESENTABLE}, {@code TOO_DEEP} or {@code TOO_LARGE}
     */
    public static String pretty(@Nullable Object value) {
        return JsonWriter.text(value, JsonWriter.Form.PRETTY);
    }

    /**
     * Writes a value in its canonical form (RFC 8785, JCS): what to sign or hash. Members are sorted by the UTF-16 units
     * of their names, and numbers are printed as ECMAScript prints the nearest double. A number with fraction or exponent
     * is rounded to that double, as every JCS reader does; an integer that would turn into another integer is refused
     * instead, because the signature would cover a number that nobody wrote.
     *
     * @param value a JSON value
     * @return UTF-8
     * @throws JsonException with {@code UNREPRESENTABLE} also for numbers beyond the range of a double and for integers
     *     beyond 2<sup>53</sup> that are neither a double nor the canonical text of one; with {@code TOO_DEEP} or
     *     {@code TOO_LARGE}
     */
    public static byte[] canonical(@Nullable Object value) {
        return JsonWriter.bytes(value, JsonWriter.Form.CANONICAL);
    }

    /** The reader makes maps with string keys only. */
    @SuppressWarnings("unchecked")
    private static Map<String, Object> asObject(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return (Map<String, Object>) map;
        }
        throw new JsonException(Reason.NOT_AN_OBJECT, JsonPath.ROOT, "expected an object, found " + JsonType.of(value));
    }
}
