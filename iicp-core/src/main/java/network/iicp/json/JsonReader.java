package network.iicp.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.json.JsonException.Reason;
import org.jspecify.annotations.Nullable;

/** Turns the tokens of one document into plain values. The input is bounded first, so no token can cost more than it. */
final class JsonReader {

    /**
     * Shared by all readers, because it keeps the names it has seen. It keeps at most some thousand of them, which is
     * why long names are refused: nobody shall fill the memory of a node with names.
     */
    private static final JsonFactory TOKENS = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            // Not one buffer per thread: there may be a thread for every task.
            .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(JsonLimits.MAX_DEPTH + 1)
                    .maxNumberLength(JsonLimits.MAX_NUMBER_LENGTH)
                    // Checked in steps of its buffer and therefore not exact: the exact check is ours.
                    .maxNameLength(2 * JsonLimits.MAX_NAME_LENGTH)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    /** So many characters always fit the limit on names. */
    private static final int SURE_NAME_LENGTH = JsonLimits.MAX_NAME_LENGTH / 3;

    private final JsonParser parser;
    private final JsonLimits limits;
    private int values;

    private JsonReader(JsonParser parser, JsonLimits limits) {
        this.parser = parser;
        this.limits = limits;
    }

    static @Nullable Object read(byte[] utf8, JsonLimits limits) {
        requireSize(utf8.length, limits);
        requireText(utf8);
        try (JsonParser parser = TOKENS.createParser(utf8)) {
            return new JsonReader(parser, limits).document();
        } catch (StreamConstraintsException e) {
            throw new JsonException(
                    Reason.TOO_LARGE,
                    "",
                    "a member name exceeds %d bytes, or a number %d characters"
                            .formatted(JsonLimits.MAX_NAME_LENGTH, limits.maxNumberLength()));
        } catch (JsonEOFException e) {
            throw malformed("the document ends too early, after " + utf8.length + " bytes");
        } catch (JsonProcessingException e) {
            // Its message quotes the document, so it is neither repeated nor kept as a cause.
            long offset = e.getLocation() == null ? -1 : e.getLocation().getByteOffset();
            throw malformed(offset < 0 ? "not JSON" : "not JSON at byte " + offset);
        } catch (IOException e) {
            throw malformed("not JSON");
        }
    }

    static void requireSize(long bytes, JsonLimits limits) {
        if (bytes > limits.maxBytes()) {
            throw new JsonException(
                    Reason.TOO_LARGE,
                    "",
                    "a document of %d bytes exceeds the limit of %d".formatted(bytes, limits.maxBytes()));
        }
    }

    static JsonException malformed(String problem) {
        return new JsonException(Reason.MALFORMED, "", problem);
    }

    private static void requireText(byte[] utf8) {
        int invalid = Utf8.firstInvalid(utf8);
        if (invalid != Utf8.VALID) {
            throw malformed("not UTF-8 at byte " + invalid);
        }
        if (utf8.length >= 3 && utf8[0] == (byte) 0xEF && utf8[1] == (byte) 0xBB && utf8[2] == (byte) 0xBF) {
            throw malformed("the document begins with a byte order mark");
        }
        // A zero byte here would make the tokeniser guess UTF-16 or UTF-32.
        for (int i = 0; i < Math.min(4, utf8.length); i++) {
            if (utf8[i] == 0) {
                throw malformed("not JSON at byte " + i);
            }
        }
    }

    private @Nullable Object document() throws IOException {
        JsonToken first = parser.nextToken();
        if (first == null) {
            throw malformed("the document is empty");
        }
        Object value = value(first, 0);
        long end = parser.currentLocation().getByteOffset();
        if (parser.nextToken() != null) {
            throw malformed("something follows the value that ends at byte " + end);
        }
        return value;
    }

    private @Nullable Object value(JsonToken token, int depth) throws IOException {
        if (++values > limits.maxValues()) {
            throw new JsonException(
                    Reason.TOO_MANY_VALUES, "", "the document holds more than %d values".formatted(limits.maxValues()));
        }
        return switch (token) {
            case VALUE_STRING -> string();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number();
            case START_OBJECT -> object(nested(depth));
            case START_ARRAY -> array(nested(depth));
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default ->
                throw malformed("not JSON at byte " + parser.currentLocation().getByteOffset());
        };
    }

    private int nested(int depth) {
        if (depth >= limits.maxDepth()) {
            throw new JsonException(
                    Reason.TOO_DEEP,
                    path(parser.getParsingContext().getParent()),
                    "nested deeper than %d levels".formatted(limits.maxDepth()));
        }
        return depth + 1;
    }

    private Map<String, Object> object(int depth) throws IOException {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        String name = parser.nextFieldName();
        while (name != null) {
            requireName(name);
            int before = members.size();
            members.put(name, value(parser.nextToken(), depth));
            if (members.size() == before) {
                throw new JsonException(
                        Reason.MALFORMED, path(parser.getParsingContext()), "the member name is repeated");
            }
            name = parser.nextFieldName();
        }
        return members;
    }

    private List<Object> array(int depth) throws IOException {
        List<@Nullable Object> elements = new ArrayList<>();
        JsonToken token = parser.nextToken();
        while (token != JsonToken.END_ARRAY) {
            elements.add(value(token, depth));
            token = parser.nextToken();
        }
        return elements;
    }

    private String string() throws IOException {
        requireLength("a string", parser.getTextLength(), limits.maxStringLength());
        String text = parser.getText();
        requireWhole(text);
        return text;
    }

    private JsonNumber number() throws IOException {
        requireLength("a number", parser.getTextLength(), limits.maxNumberLength());
        return JsonNumber.ofChecked(parser.getText());
    }

    private void requireName(String name) {
        if (name.length() > SURE_NAME_LENGTH) {
            requireLength("a member name", Utf8.length(name), JsonLimits.MAX_NAME_LENGTH);
        }
        requireWhole(name);
    }

    private void requireLength(String what, int length, int limit) {
        if (length > limit) {
            throw new JsonException(
                    Reason.TOO_LARGE,
                    path(parser.getParsingContext()),
                    "%s of length %d exceeds the limit of %d".formatted(what, length, limit));
        }
    }

    /** Escapes can name half a character, which no UTF-8 can carry on. */
    private void requireWhole(String text) {
        if (Utf8.firstLoneSurrogate(text) != Utf8.VALID) {
            throw new JsonException(
                    Reason.MALFORMED, path(parser.getParsingContext()), "an escape stands for half a character");
        }
    }

    private static String path(JsonStreamContext place) {
        var steps = new ArrayList<JsonStreamContext>();
        for (JsonStreamContext step = place; step != null && !step.inRoot(); step = step.getParent()) {
            steps.add(step);
        }
        var path = new JsonPath();
        for (int i = steps.size() - 1; i >= 0; i--) {
            JsonStreamContext step = steps.get(i);
            if (step.inArray()) {
                path.element(step.getCurrentIndex());
            } else if (step.hasCurrentName()) {
                path.member(step.getCurrentName());
            }
        }
        return path.toString();
    }
}
