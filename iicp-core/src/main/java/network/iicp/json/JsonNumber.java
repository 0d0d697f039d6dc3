package network.iicp.json;

import com.fasterxml.jackson.core.io.NumberInput;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * A JSON number that keeps the text it was written as, so that {@code 1.0}, {@code 1} and {@code 1e0} pass through
 * unchanged. Converting costs time at the moment of the call and never more memory than the text is long: an exponent
 * of a thousand million is harmless. Immutable and thread-safe.
 *
 * <p>Two numbers are {@linkplain #equals equal} when their text is; {@link #compareTo} orders by value and is therefore
 * not consistent with equals, as for {@link BigDecimal}.
 */
public final class JsonNumber extends Number implements Comparable<JsonNumber> {

    /** {@link #bigDecimalValue()} converts numbers from 10<sup>-1000</sup> to 10<sup>1001</sup>, and zero. */
    public static final int MAX_EXPONENT = 1_000;

    private static final long serialVersionUID = 1L;

    private static final int LONGEST_SURE_LONG = 18;
    private static final int LONGEST_LONG_MAGNITUDE = 18;

    private static final JsonNumber[] SINGLE_DIGITS = singleDigits();

    /** The number as written. */
    private final String token;

    private JsonNumber(String token) {
        this.token = token;
    }

    /**
     * The number written as the given text.
     *
     * @param token a number in JSON notation, at most {@value JsonLimits#MAX_NUMBER_LENGTH} characters
     * @return the number
     * @throws JsonException with {@code MALFORMED} if the text is not one JSON number, with {@code TOO_LARGE} if it is
     *     too long
     */
    public static JsonNumber of(String token) {
        Objects.requireNonNull(token, "token");
        if (token.length() > JsonLimits.MAX_NUMBER_LENGTH) {
            throw new JsonException(
                    JsonException.Reason.TOO_LARGE,
                    "",
                    "a number of %d characters exceeds the limit of %d"
                            .formatted(token.length(), JsonLimits.MAX_NUMBER_LENGTH));
        }
        if (!isNumber(token)) {
            throw new JsonException(JsonException.Reason.MALFORMED, "", "the text is not a JSON number");
        }
        return ofChecked(token);
    }

    /** For text that is known to be a JSON number. */
    static JsonNumber ofChecked(String token) {
        if (token.length() == 1) {
            return SINGLE_DIGITS[token.charAt(0) - '0'];
        }
        return new JsonNumber(token);
    }

    /**
     * The number exactly as it was written.
     *
     * @return text that follows the JSON grammar for numbers
     */
    public String token() {
        return token;
    }

    /**
     * Whether the value is a whole number of any size, however it is written: {@code 5}, {@code 5.0} and {@code 5e2}
     * are, {@code 5.5} and {@code 5e-2} are not.
     *
     * @return true for whole numbers
     */
    public boolean isIntegral() {
        return isPlainInteger() || Decimal.of(token).isIntegral();
    }

    /**
     * The exact value.
     *
     * @return the value, with the scale it was written with; plain zero for every zero
     * @throws JsonException with {@code OUT_OF_RANGE} if the magnitude lies outside
     *     10<sup>&plusmn;{@value #MAX_EXPONENT}</sup>
     */
    public BigDecimal bigDecimalValue() {
        Decimal decimal = Decimal.of(token);
        if (decimal.signum() == 0) {
            return BigDecimal.ZERO;
        }
        if (decimal.magnitude().abs().compareTo(BigInteger.valueOf(MAX_EXPONENT)) > 0) {
            throw new JsonException(
                    JsonException.Reason.OUT_OF_RANGE,
                    "",
                    "the number lies outside 1e-%d to 1e%d".formatted(MAX_EXPONENT, MAX_EXPONENT + 1));
        }
        return new BigDecimal(token);
    }

    /**
     * The value as a {@code long}, if it is one.
     *
     * @return the exact value
     * @throws JsonException with {@code WRONG_TYPE} if it is not a whole number, with {@code OUT_OF_RANGE} if it does
     *     not fit
     */
    public long longValueExact() {
        OptionalLong quick = shortLong();
        if (quick.isPresent()) {
            return quick.getAsLong();
        }
        Decimal decimal = Decimal.of(token);
        if (!decimal.isIntegral()) {
            throw new JsonException(JsonException.Reason.WRONG_TYPE, "", "the number is not a whole number");
        }
        if (decimal.signum() == 0) {
            return 0;
        }
        if (!mayFitLong(decimal) || !fitsLong(new BigDecimal(token).toBigInteger())) {
            throw new JsonException(JsonException.Reason.OUT_OF_RANGE, "", "the number does not fit 64 bits");
        }
        return new BigDecimal(token).longValueExact();
    }

    /**
     * The value without its fraction, or the nearest {@code long} if it does not fit.
     *
     * @return the value, cut to the range of {@code long}
     */
    @Override
    public long longValue() {
        OptionalLong quick = shortLong();
        if (quick.isPresent()) {
            return quick.getAsLong();
        }
        Decimal decimal = Decimal.of(token);
        if (decimal.signum() == 0 || decimal.magnitude().signum() < 0) {
            return 0;
        }
        if (mayFitLong(decimal)) {
            BigInteger whole = new BigDecimal(token).toBigInteger();
            if (fitsLong(whole)) {
                return whole.longValue();
            }
        }
        return decimal.signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }

    /**
     * The value without its fraction, or the nearest {@code int} if it does not fit.
     *
     * @return the value, cut to the range of {@code int}
     */
    @Override
    public int intValue() {
        return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, longValue()));
    }

    /**
     * The nearest {@code double}; infinite for numbers beyond its range.
     *
     * @return the value, rounded half to even
     */
    @Override
    public double doubleValue() {
        return NumberInput.parseDouble(token, true);
    }

    /**
     * The nearest {@code float}; infinite for numbers beyond its range.
     *
     * @return the value, rounded half to even
     */
    @Override
    public float floatValue() {
        return NumberInput.parseFloat(token, true);
    }

    /**
     * Order by value: {@code 1} and {@code 1.0} compare as equal.
     *
     * @param other the number to compare with
     * @return negative, zero or positive as this value is less, the same or greater
     */
    @Override
    public int compareTo(JsonNumber other) {
        OptionalLong left = shortLong();
        OptionalLong right = other.shortLong();
        if (left.isPresent() && right.isPresent()) {
            return Long.compare(left.getAsLong(), right.getAsLong());
        }
        return Decimal.of(token).compareTo(Decimal.of(other.token));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof JsonNumber number && token.equals(number.token);
    }

    @Override
    public int hashCode() {
        return token.hashCode();
    }

    /**
     * The number exactly as it was written.
     *
     * @return the {@link #token()}
     */
    @Override
    public String toString() {
        return token;
    }

    /** Whether the number is written without fraction and exponent. */
    boolean isPlainInteger() {
        for (int i = token.length() - 1; i >= 0; i--) {
            char c = token.charAt(i);
            if (c != '-' && !isDigit(c)) {
                return false;
            }
        }
        return true;
    }

    /** The value, if it is written as an integer too short to overflow: nearly every integer there is. */
    private OptionalLong shortLong() {
        int length = token.length();
        if (length > LONGEST_SURE_LONG) {
            return OptionalLong.empty();
        }
        boolean negative = token.charAt(0) == '-';
        long value = 0;
        for (int i = negative ? 1 : 0; i < length; i++) {
            char c = token.charAt(i);
            if (!isDigit(c)) {
                return OptionalLong.empty();
            }
            value = value * 10 + (c - '0');
        }
        return OptionalLong.of(negative ? -value : value);
    }

    private static boolean mayFitLong(Decimal decimal) {
        BigInteger magnitude = decimal.magnitude();
        return magnitude.compareTo(BigInteger.valueOf(LONGEST_LONG_MAGNITUDE)) <= 0;
    }

    private static boolean fitsLong(BigInteger value) {
        return value.bitLength() < Long.SIZE;
    }

    /** {@code -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?}, by hand. */
    private static boolean isNumber(String text) {
        int length = text.length();
        int start = length > 0 && text.charAt(0) == '-' ? 1 : 0;
        int i = skipDigits(text, start);
        if (i == start || (text.charAt(start) == '0' && i > start + 1)) {
            return false;
        }
        if (i < length && text.charAt(i) == '.') {
            int fraction = i + 1;
            i = skipDigits(text, fraction);
            if (i == fraction) {
                return false;
            }
        }
        if (i < length && (text.charAt(i) == 'e' || text.charAt(i) == 'E')) {
            int exponent = i + 1;
            if (exponent < length && (text.charAt(exponent) == '+' || text.charAt(exponent) == '-')) {
                exponent++;
            }
            i = skipDigits(text, exponent);
            if (i == exponent) {
                return false;
            }
        }
        return i == length;
    }

    private static int skipDigits(String text, int from) {
        int i = from;
        while (i < text.length() && isDigit(text.charAt(i))) {
            i++;
        }
        return i;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static JsonNumber[] singleDigits() {
        var numbers = new JsonNumber[10];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = new JsonNumber(Integer.toString(i));
        }
        return numbers;
    }
}
