package network.iicp.transport.internal;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import network.iicp.transport.RequestRefusedException;
import org.jspecify.annotations.Nullable;

/**
 * Path and query of a request, decoded strictly and once: valid escapes, valid UTF-8, no control characters, no dot segments.
 *
 * @param rawPath the path as sent
 * @param path the decoded path
 * @param query the decoded parameters in the order sent
 */
record RequestTarget(String rawPath, String path, Map<String, List<String>> query) {

    private static final int MAX_PARAMETERS = 256;

    /**
     * Decodes a target.
     *
     * @throws RequestRefusedException 400 {@code bad_request} if it is malformed
     */
    static RequestTarget of(@Nullable String rawPath, @Nullable String rawQuery) {
        if (rawPath == null || rawPath.isEmpty() || rawPath.equals("*")) {
            return new RequestTarget("*", "*", Map.of());
        }
        if (rawPath.charAt(0) != '/') {
            throw bad("the request target is not a path");
        }
        String path = decode(rawPath, false);
        for (String segment : path.split("/", -1)) {
            if (segment.equals(".") || segment.equals("..")) {
                throw bad("the path has dot segments");
            }
        }
        return new RequestTarget(rawPath, path, parameters(rawQuery));
    }

    private static Map<String, List<String>> parameters(@Nullable String rawQuery) {
        if (rawQuery == null || rawQuery.isEmpty()) {
            return Map.of();
        }
        Map<String, List<String>> found = new LinkedHashMap<>();
        int count = 0;
        int from = 0;
        while (from <= rawQuery.length()) {
            int ampersand = rawQuery.indexOf('&', from);
            int end = ampersand < 0 ? rawQuery.length() : ampersand;
            if (end > from) {
                if (++count > MAX_PARAMETERS) {
                    throw bad("the query has more than %d parameters".formatted(MAX_PARAMETERS));
                }
                addParameter(rawQuery.substring(from, end), found);
            }
            from = end + 1;
        }
        found.replaceAll((name, values) -> List.copyOf(values));
        return Collections.unmodifiableMap(found);
    }

    private static void addParameter(String pair, Map<String, List<String>> found) {
        int equals = pair.indexOf('=');
        String name = decode(equals < 0 ? pair : pair.substring(0, equals), true);
        String value = equals < 0 ? "" : decode(pair.substring(equals + 1), true);
        found.computeIfAbsent(name, n -> new ArrayList<>(1)).add(value);
    }

    private static String decode(String raw, boolean plusIsSpace) {
        byte[] bytes = new byte[raw.length() * 3];
        int length = 0;
        int i = 0;
        while (i < raw.length()) {
            char c = raw.charAt(i);
            if (c == '%') {
                bytes[length++] = escaped(raw, i);
                i += 3;
            } else if (c == '+' && plusIsSpace) {
                bytes[length++] = ' ';
                i++;
            } else {
                int point = raw.codePointAt(i);
                byte[] utf8 = Character.toString(point).getBytes(StandardCharsets.UTF_8);
                System.arraycopy(utf8, 0, bytes, length, utf8.length);
                length += utf8.length;
                i += Character.charCount(point);
            }
        }
        String text = utf8(bytes, length);
        if (text.chars().anyMatch(c -> c < 0x20 || c == 0x7F)) {
            throw bad("the request target has control characters");
        }
        return text;
    }

    private static byte escaped(String raw, int at) {
        int high = at + 2 < raw.length() ? Character.digit(raw.charAt(at + 1), 16) : -1;
        int low = at + 2 < raw.length() ? Character.digit(raw.charAt(at + 2), 16) : -1;
        if (high < 0 || low < 0) {
            throw bad("the request target has a malformed percent escape");
        }
        return (byte) (high << 4 | low);
    }

    private static String utf8(byte[] bytes, int length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw bad("the request target is not UTF-8");
        }
    }

    private static RequestRefusedException bad(String message) {
        return new RequestRefusedException(400, "bad_request", message);
    }
}
