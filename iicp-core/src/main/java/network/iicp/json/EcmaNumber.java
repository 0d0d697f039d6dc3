package network.iicp.json;

import com.fasterxml.jackson.core.io.NumberInput;
import com.fasterxml.jackson.core.io.NumberOutput;
import java.math.BigDecimal;
import java.math.BigInteger;
import network.iicp.json.JsonException.Reason;

/** Numbers in the one form that RFC 8785 §3.2.2.3 allows: as ECMAScript prints the nearest double. */
final class EcmaNumber {

    private static final int LONGEST_EXACT_INTEGER = 15;
    private static final int LARGEST_PLAIN_POINT = 21;
    private static final int SMALLEST_PLAIN_POINT = -5;

    /** Below, neighbouring doubles are so far apart that one digit may tell them apart. */
    private static final double COARSE = 1e-320;

    private EcmaNumber() {}

    /** The canonical form of a finite double. */
    static String of(double value) {
        if (value == 0) {
            return "0";
        }
        double magnitude = Math.abs(value);
        String shortest = NumberOutput.toString(magnitude, true);
        int mark = shortest.indexOf('E');
        int mantissaEnd = mark < 0 ? shortest.length() : mark;
        int exponent = mark < 0 ? 0 : Integer.parseInt(shortest, mark + 1, shortest.length(), 10);
        int point = shortest.indexOf('.');
        String digits = shortest.substring(0, point) + shortest.substring(point + 1, mantissaEnd);
        int first = 0;
        while (digits.charAt(first) == '0') {
            first++;
        }
        int end = digits.length();
        while (digits.charAt(end - 1) == '0') {
            end--;
        }
        String sign = value < 0 ? "-" : "";
        return sign + oneDigit(magnitude, digits.substring(first, end), point + exponent - first);
    }

    /**
     * The canonical form of a number written in JSON notation.
     *
     * @throws JsonException with {@code UNREPRESENTABLE} if the number is beyond the range of a double, or is written as
     *     an integer and would become another integer
     */
    static String of(String token) {
        boolean negative = token.charAt(0) == '-';
        boolean integer = isPlainInteger(token);
        if (integer && token.length() <= LONGEST_EXACT_INTEGER + (negative ? 1 : 0)) {
            return token.equals("-0") ? "0" : token;
        }
        double value = NumberInput.parseDouble(token, true);
        if (Double.isInfinite(value)) {
            throw new JsonException(Reason.UNREPRESENTABLE, "", "the number is beyond the range of a double");
        }
        String canonical = of(value);
        if (integer && !keepsValue(token, value, canonical)) {
            throw new JsonException(
                    Reason.UNREPRESENTABLE, "", "the integer is beyond 2^53 and no double has its value");
        }
        return canonical;
    }

    /**
     * Past 2^53 an integer survives if it is a double, or if it is how a double is written: 10^23 is not a double, but
     * the text of the nearest one.
     */
    private static boolean keepsValue(String token, double value, String canonical) {
        return new BigDecimal(value).toBigInteger().equals(new BigInteger(token))
                || Decimal.of(canonical).compareTo(Decimal.of(token)) == 0;
    }

    /**
     * The digit generator never returns fewer than two digits and then prefers the nearest of them, ECMAScript takes one
     * where one is enough. This differs for a handful of the smallest doubles only.
     */
    private static String oneDigit(double magnitude, String digits, int point) {
        if (digits.length() != 2 || magnitude >= COARSE) {
            return layOut(digits, point);
        }
        int floor = digits.charAt(0) - '0';
        int nearest = digits.charAt(1) >= '5' ? floor + 1 : floor;
        if (Double.parseDouble(nearest + "E" + (point - 1)) != magnitude) {
            return layOut(digits, point);
        }
        return nearest == 10 ? layOut("1", point + 1) : layOut(Integer.toString(nearest), point);
    }

    /** ECMA-262 Number::toString, for 0.d1d2... times ten to the point. */
    private static String layOut(String digits, int point) {
        int count = digits.length();
        if (point >= count && point <= LARGEST_PLAIN_POINT) {
            return digits + "0".repeat(point - count);
        }
        if (point > 0 && point <= LARGEST_PLAIN_POINT) {
            return digits.substring(0, point) + "." + digits.substring(point);
        }
        if (point <= 0 && point >= SMALLEST_PLAIN_POINT) {
            return "0." + "0".repeat(-point) + digits;
        }
        int exponent = point - 1;
        String mantissa = count == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return mantissa + "e" + (exponent < 0 ? "-" : "+") + Math.abs(exponent);
    }

    private static boolean isPlainInteger(String token) {
        for (int i = 0; i < token.length(); i++) {
            char c = token.charAt(i);
            if (c == '.' || c == 'e' || c == 'E') {
                return false;
            }
        }
        return true;
    }
}
