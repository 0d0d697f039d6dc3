package network.iicp.client.cooperation;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The hash by which a worker's receipt names its answer: SHA-256 over the result with sorted keys and no spaces. Official workers
 * disagree on how letters beyond ASCII are written, as they are or escaped, so both are right. Numbers keep the text they were sent
 * with. Source: IICP core, response hash.
 */
public final class ResponseHash {

    private static final String SHORT_ESCAPES = "\"\\\b\f\n\r\t";
    private static final String SHORT_NAMES = "\"\\bfnrt";

    private ResponseHash() {}

    /** Returns whether the hash, in hexadecimal digits, is one of the result. */
    public static boolean matches(@Nullable Object result, String hash) {
        byte[] claimed = hash.getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(claimed, of(result, false).getBytes(StandardCharsets.UTF_8))
                || MessageDigest.isEqual(claimed, of(result, true).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Returns the hash of a result in hexadecimal digits; that of nothing for {@code null}.
     *
     * @param ascii whether letters beyond ASCII are escaped
     */
    static String of(@Nullable Object result, boolean ascii) {
        String text = result == null ? "" : render(result, ascii);
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static String render(@Nullable Object value, boolean ascii) {
        StringBuilder text = new StringBuilder();
        append(text, value, ascii);
        return text.toString();
    }

    private static void append(StringBuilder text, @Nullable Object value, boolean ascii) {
        if (value instanceof Map<?, ?> map) {
            appendObject(text, map, ascii);
        } else if (value instanceof List<?> list) {
            text.append('[');
            for (int i = 0; i < list.size(); i++) {
                text.append(i == 0 ? "" : ",");
                append(text, list.get(i), ascii);
            }
            text.append(']');
        } else if (value instanceof String words) {
            appendText(text, words, ascii);
        } else {
            text.append(value); // numbers keep their token; true, false and null are their own names
        }
    }

    private static void appendObject(StringBuilder text, Map<?, ?> map, boolean ascii) {
        Map<String, Object> sorted = new TreeMap<>(ResponseHash::byCodePoint);
        map.forEach((name, member) -> sorted.put(String.valueOf(name), member == null ? Null.VALUE : member));
        String comma = "";
        text.append('{');
        for (Map.Entry<String, Object> member : sorted.entrySet()) {
            text.append(comma);
            appendText(text, member.getKey(), ascii);
            text.append(':');
            append(text, member.getValue() == Null.VALUE ? null : member.getValue(), ascii);
            comma = ",";
        }
        text.append('}');
    }

    private enum Null {
        VALUE
    }

    /** UTF-16 sorts letters outside the first plane before some inside it; peers sort by code point. */
    private static int byCodePoint(String a, String b) {
        int[] left = a.codePoints().toArray();
        int[] right = b.codePoints().toArray();
        return java.util.Arrays.compare(left, right);
    }

    private static void appendText(StringBuilder text, String words, boolean ascii) {
        text.append('"');
        for (int i = 0; i < words.length(); i++) {
            char c = words.charAt(i);
            int known = SHORT_ESCAPES.indexOf(c);
            if (known >= 0) {
                text.append('\\').append(SHORT_NAMES.charAt(known));
            } else if (c < ' ' || (ascii && c > '~' && c != 127)) {
                text.append("\\u").append(HexFormat.of().toHexDigits(c));
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }
}
