package network.iicp.transport.internal;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a header may look like, checked before it is written, so that no value can begin a header of its own. */
public final class HeaderRules {

    private static final String TOKEN_CHARS = "!#$%&'*+-.^_`|~";

    private HeaderRules() {}

    /**
     * Checks a header.
     *
     * @throws IllegalArgumentException naming the header, never its value
     */
    public static void check(String name, String value) {
        if (!isToken(name)) {
            throw new IllegalArgumentException("the header name '%s' is not a token"
                    .formatted(shortened(name).replaceAll("\\p{Cntrl}", "?")));
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            boolean allowed = c == '\t' || (c >= 0x20 && c <= 0x7E) || (c >= 0x80 && c <= 0xFF);
            if (!allowed) {
                throw new IllegalArgumentException(
                        "the value of header %s has a character that headers cannot carry, at %d".formatted(name, i));
            }
        }
    }

    /** Returns whether the text is a token of RFC 9110. */
    public static boolean isToken(String text) {
        return !text.isEmpty() && text.chars().allMatch(HeaderRules::isTokenChar);
    }

    private static boolean isTokenChar(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || TOKEN_CHARS.indexOf(c) >= 0;
    }

    private static String shortened(String text) {
        return text.length() <= 64 ? text : text.substring(0, 64) + "…";
    }

    /** Returns a copy with lower-case names that cannot be modified. */
    public static Map<String, List<String>> lowerCase(Map<String, List<String>> headers) {
        Map<String, List<String>> copy = new LinkedHashMap<>();
        headers.forEach((name, values) -> copy.computeIfAbsent(
                        name.toLowerCase(Locale.ROOT), n -> new ArrayList<>(values.size()))
                .addAll(values));
        copy.replaceAll((name, values) -> List.copyOf(values));
        return Collections.unmodifiableMap(copy);
    }
}
