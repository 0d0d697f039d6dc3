package network.iicp.json;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The form in which peers written in Python hash JSON: {@code json.dumps(value, sort_keys=True, separators=(",", ":"))} of what their
 * reader makes of our text. Everything but printable ASCII is escaped, by UTF-16 units and in lower case; members are sorted by code
 * points; integers stay as written, and every other number is printed as Python prints the nearest double. Source: IICP, hash of responses.
 */
public final class PythonJson {

    private static final int SMALLEST_PLAIN_POINT = -4;
    private static final int LARGEST_PLAIN_POINT = 16;

    /** Python compares code points, Java UTF-16 units; they differ where surrogates meet the last part of the basic plane. */
    private static final Comparator<String> BY_CODE_POINT = (a, b) -> {
        int at = 0;
        while (at < a.length() && at < b.length()) {
            int one = a.codePointAt(at);
            int other = b.codePointAt(at);
            if (one != other) {
                return Integer.compare(one, other);
            }
            at += Character.charCount(one);
        }
        return Integer.compare(a.length(), b.length());
    };

    private final StringBuilder text = new StringBuilder();

    private PythonJson() {}

    /**
     * Writes a value in that form.
     *
     * @param value a JSON value
     * @return ASCII
     * @throws JsonException if the value is no JSON, see {@link Json#bytes}
     */
    public static byte[] canonical(@Nullable Object value) {
        PythonJson writer = new PythonJson();
        // As the peer sees it: our own text, read again, with the numbers as they were written.
        byte[] written = Json.bytes(value);
        writer.write(Json.parse(
                written, JsonLimits.DEFAULT.withMaxBytes(written.length).withMaxStringLength(written.length)));
        return writer.text.toString().getBytes(US_ASCII);
    }

    private void write(@Nullable Object value) {
        if (value instanceof Map<?, ?> members) {
            writeMembers(members);
        } else if (value instanceof List<?> elements) {
            writeElements(elements);
        } else if (value instanceof String string) {
            writeString(string);
        } else if (value instanceof Number number) {
            text.append(number(number.toString()));
        } else {
            text.append(value);
        }
    }

    private void writeMembers(Map<?, ?> members) {
        List<String> names = new ArrayList<>();
        members.keySet().forEach(name -> names.add((String) name));
        names.sort(BY_CODE_POINT);
        char before = '{';
        for (String name : names) {
            text.append(before);
            writeString(name);
            text.append(':');
            write(members.get(name));
            before = ',';
        }
        text.append(names.isEmpty() ? "{}" : "}");
    }

    private void writeElements(List<?> elements) {
        char before = '[';
        for (Object element : elements) {
            text.append(before);
            write(element);
            before = ',';
        }
        text.append(elements.isEmpty() ? "[]" : "]");
    }

    private void writeString(String string) {
        text.append('"');
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                case '\f' -> text.append("\\f");
                case '\b' -> text.append("\\b");
                default -> {
                    if (c >= ' ' && c <= '~') {
                        text.append(c);
                    } else {
                        text.append("\\u%04x".formatted((int) c));
                    }
                }
            }
        }
        text.append('"');
    }

    private static String number(String token) {
        boolean integer = token.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9'));
        return integer ? new BigInteger(token).toString() : real(Double.parseDouble(token));
    }

    private static String real(double value) {
        if (Double.isInfinite(value)) {
            return value < 0 ? "-Infinity" : "Infinity";
        }
        String sign = Double.doubleToRawLongBits(value) < 0 ? "-" : "";
        if (value == 0) {
            return sign + "0.0";
        }
        BigDecimal shortest = new BigDecimal(EcmaNumber.of(Math.abs(value))).stripTrailingZeros();
        String digits = shortest.unscaledValue().toString();
        int point = digits.length() - shortest.scale();
        return sign
                + (point > SMALLEST_PLAIN_POINT && point <= LARGEST_PLAIN_POINT
                        ? plain(digits, point)
                        : scientific(digits, point));
    }

    private static String plain(String digits, int point) {
        if (point <= 0) {
            return "0." + "0".repeat(-point) + digits;
        }
        return point >= digits.length()
                ? digits + "0".repeat(point - digits.length()) + ".0"
                : digits.substring(0, point) + "." + digits.substring(point);
    }

    private static String scientific(String digits, int point) {
        String fraction = digits.length() == 1 ? "" : "." + digits.substring(1);
        int exponent = point - 1;
        return "%s%se%s%02d".formatted(digits.charAt(0), fraction, exponent < 0 ? "-" : "+", Math.abs(exponent));
    }
}
