package network.iicp.json;

import com.fasterxml.jackson.core.io.NumberOutput;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import network.iicp.json.JsonException.Reason;
import org.jspecify.annotations.Nullable;

/**
 * Writes plain values as UTF-8. All three forms escape alike, and as RFC 8785 wants it, so a document without numbers
 * and with sorted members has one compact form only.
 */
final class JsonWriter {

    enum Form {
        COMPACT,
        PRETTY,
        CANONICAL
    }

    private static final int FIRST_CAPACITY = 512;
    private static final int LONGEST_CHARACTER = 6;
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;
    private static final Comparator<Map.Entry<?, ?>> BY_UTF16_UNITS =
            (left, right) -> ((String) left.getKey()).compareTo((String) right.getKey());

    /** For each ASCII character: 0 if it stands for itself, the letter of its short escape, or 'u'. */
    private static final byte[] ESCAPES = escapes();

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FALSE = "false".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);

    private final Form form;
    private byte[] buffer = new byte[FIRST_CAPACITY];
    private int size;

    /** Where the writer stands, one entry for each open array (its index) or object (the member's name). */
    private @Nullable String[] names = new String[16];

    private int[] indexes = new int[16];

    private JsonWriter(Form form) {
        this.form = form;
    }

    static byte[] bytes(@Nullable Object value, Form form) {
        JsonWriter writer = written(value, form);
        return Arrays.copyOf(writer.buffer, writer.size);
    }

    static String text(@Nullable Object value, Form form) {
        JsonWriter writer = written(value, form);
        return new String(writer.buffer, 0, writer.size, StandardCharsets.UTF_8);
    }

    private static JsonWriter written(@Nullable Object value, Form form) {
        var writer = new JsonWriter(form);
        writer.value(value, 0);
        return writer;
    }

    private void value(@Nullable Object value, int depth) {
        if (value == null) {
            ascii(NULL);
        } else if (value instanceof String text) {
            string(text, depth);
        } else if (value instanceof Map<?, ?> map) {
            object(map, nested(depth));
        } else if (value instanceof List<?> list) {
            array(list, nested(depth));
        } else if (value instanceof Boolean bool) {
            ascii(bool ? TRUE : FALSE);
        } else if (value instanceof Number number) {
            number(number, depth);
        } else {
            throw unrepresentable(depth, "%s has no JSON form".formatted(className(value)));
        }
    }

    private void object(Map<?, ?> map, int depth) {
        put('{');
        boolean first = true;
        if (form == Form.CANONICAL) {
            for (Map.Entry<?, ?> entry : sorted(map, depth)) {
                member(entry, first, depth);
                first = false;
            }
        } else {
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                member(entry, first, depth);
                first = false;
            }
        }
        close('}', first, depth);
    }

    private Map.Entry<?, ?>[] sorted(Map<?, ?> map, int depth) {
        Map.Entry<?, ?>[] entries = map.entrySet().toArray(new Map.Entry<?, ?>[0]);
        for (Map.Entry<?, ?> entry : entries) {
            name(entry, depth);
        }
        Arrays.sort(entries, BY_UTF16_UNITS);
        return entries;
    }

    private void member(Map.Entry<?, ?> entry, boolean first, int depth) {
        String name = name(entry, depth);
        names[depth - 1] = name;
        separate(first, depth);
        string(name, depth);
        put(':');
        if (form == Form.PRETTY) {
            put(' ');
        }
        value(entry.getValue(), depth);
    }

    private String name(Map.Entry<?, ?> entry, int depth) {
        Object key = entry.getKey();
        if (key instanceof String name) {
            return name;
        }
        String found = key == null ? "null" : className(key);
        throw unrepresentable(depth - 1, "a member name must be a string, found %s".formatted(found));
    }

    private void array(List<?> list, int depth) {
        put('[');
        names[depth - 1] = null;
        int index = 0;
        for (Object element : list) {
            indexes[depth - 1] = index;
            separate(index == 0, depth);
            value(element, depth);
            index++;
        }
        close(']', index == 0, depth);
    }

    private int nested(int depth) {
        if (depth >= JsonLimits.MAX_DEPTH) {
            throw new JsonException(
                    Reason.TOO_DEEP,
                    path(depth),
                    "nested deeper than %d levels, or contains itself".formatted(JsonLimits.MAX_DEPTH));
        }
        if (depth == names.length) {
            names = Arrays.copyOf(names, 2 * depth);
            indexes = Arrays.copyOf(indexes, 2 * depth);
        }
        return depth + 1;
    }

    private void separate(boolean first, int depth) {
        if (!first) {
            put(',');
        }
        if (form == Form.PRETTY) {
            newLine(depth);
        }
    }

    private void close(char bracket, boolean empty, int depth) {
        if (form == Form.PRETTY && !empty) {
            newLine(depth - 1);
        }
        put(bracket);
    }

    private void newLine(int depth) {
        put('\n');
        for (int i = 0; i < depth; i++) {
            put(' ');
            put(' ');
        }
    }

    private void number(Number number, int depth) {
        if (number instanceof Double || number instanceof Float) {
            floating(number, depth);
        } else if (isExact(number)) {
            token(number.toString(), depth);
        } else {
            throw unrepresentable(depth, "%s has no JSON form".formatted(className(number)));
        }
    }

    private static boolean isExact(Number number) {
        return number instanceof JsonNumber
                || number instanceof Integer
                || number instanceof Long
                || number instanceof BigDecimal
                || number instanceof BigInteger
                || number instanceof Short
                || number instanceof Byte;
    }

    private void floating(Number number, int depth) {
        double value = number.doubleValue();
        if (!Double.isFinite(value)) {
            throw unrepresentable(depth, "%s has no JSON form".formatted(value));
        }
        if (number instanceof Float) {
            // The shortest text of the float, so that both forms of a value denote the same number.
            token(NumberOutput.toString(number.floatValue(), true), depth);
        } else if (form == Form.CANONICAL) {
            ascii(EcmaNumber.of(value));
        } else {
            ascii(NumberOutput.toString(value, true));
        }
    }

    private void token(String token, int depth) {
        if (form != Form.CANONICAL) {
            ascii(token);
            return;
        }
        try {
            ascii(EcmaNumber.of(token));
        } catch (JsonException e) {
            throw e.at(path(depth));
        }
    }

    private void string(String text, int depth) {
        int length = text.length();
        reserve(length + 2L);
        byte[] target = buffer;
        int end = size;
        target[end++] = '"';
        int i = 0;
        while (i < length) {
            char c = text.charAt(i);
            if (c >= 0x80 || ESCAPES[c] != 0) {
                break;
            }
            target[end++] = (byte) c;
            i++;
        }
        size = end;
        while (i < length) {
            i += character(text, i, depth);
        }
        put('"');
    }

    /** Writes one character of any kind; returns how many UTF-16 units it took. */
    private int character(String text, int at, int depth) {
        char c = text.charAt(at);
        reserve(LONGEST_CHARACTER);
        if (c < 0x80) {
            asciiCharacter(c);
            return 1;
        }
        if (c < 0x800) {
            lead(0xC0, c >> 6);
            tail(c);
            return 1;
        }
        if (!Character.isSurrogate(c)) {
            lead(0xE0, c >> 12);
            tail(c >> 6);
            tail(c);
            return 1;
        }
        if (at + 1 == text.length() || !Character.isSurrogatePair(c, text.charAt(at + 1))) {
            throw unrepresentable(depth, "a string holds half a character (a lone surrogate)");
        }
        int point = Character.toCodePoint(c, text.charAt(at + 1));
        lead(0xF0, point >> 18);
        tail(point >> 12);
        tail(point >> 6);
        tail(point);
        return 2;
    }

    private void lead(int mark, int bits) {
        buffer[size++] = (byte) (mark | bits);
    }

    private void tail(int bits) {
        buffer[size++] = (byte) (0x80 | (bits & 0x3F));
    }

    private void asciiCharacter(char c) {
        byte escape = ESCAPES[c];
        if (escape == 0) {
            buffer[size++] = (byte) c;
            return;
        }
        buffer[size++] = '\\';
        buffer[size++] = escape;
        if (escape == 'u') {
            buffer[size++] = '0';
            buffer[size++] = '0';
            buffer[size++] = HEX[c >> 4];
            buffer[size++] = HEX[c & 0xF];
        }
    }

    private void ascii(String text) {
        int length = text.length();
        reserve(length);
        for (int i = 0; i < length; i++) {
            buffer[size++] = (byte) text.charAt(i);
        }
    }

    private void ascii(byte[] text) {
        reserve(text.length);
        System.arraycopy(text, 0, buffer, size, text.length);
        size += text.length;
    }

    private void put(char c) {
        reserve(1);
        buffer[size++] = (byte) c;
    }

    private void reserve(long more) {
        if (more > buffer.length - size) {
            grow(size + more);
        }
    }

    private void grow(long needed) {
        if (needed > LARGEST_ARRAY) {
            throw new JsonException(Reason.TOO_LARGE, "", "the text of the value exceeds 2 GiB");
        }
        // One long string decides the size of most large documents: what closes it shall not double the buffer again.
        long wanted = Math.max(needed + FIRST_CAPACITY, 2L * buffer.length);
        buffer = Arrays.copyOf(buffer, (int) Math.min(wanted, LARGEST_ARRAY));
    }

    private JsonException unrepresentable(int depth, String problem) {
        return new JsonException(Reason.UNREPRESENTABLE, path(depth), problem);
    }

    private String path(int depth) {
        var path = new JsonPath();
        for (int i = 0; i < depth; i++) {
            String name = names[i];
            if (name == null) {
                path.element(indexes[i]);
            } else {
                path.member(name);
            }
        }
        return path.toString();
    }

    private static String className(Object value) {
        return value.getClass().getName();
    }

    private static byte[] escapes() {
        var escapes = new byte[0x80];
        Arrays.fill(escapes, 0, 0x20, (byte) 'u');
        escapes['\b'] = 'b';
        escapes['\t'] = 't';
        escapes['\n'] = 'n';
        escapes['\f'] = 'f';
        escapes['\r'] = 'r';
        escapes['"'] = '"';
        escapes['\\'] = '\\';
        return escapes;
    }
}
