package network.iicp.backend;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import network.iicp.json.JsonException;
import network.iicp.json.JsonNumber;
import org.jspecify.annotations.Nullable;

/** Makes strings and numbers within the bounds of a JSON Schema. */
final class DemoScalars {

    private static final int LONGEST_TEXT = 10_000;

    /** Numbers with more digits than this, before or behind the point, are not made. */
    private static final int MOST_DIGITS = 100;

    private DemoScalars() {}

    /** Returns a whole number of the schema, such as a length; {@code fallback} if it is absent or none. */
    static int count(Map<String, Object> rules, String name, int fallback) {
        return rules.get(name) instanceof Number number
                ? (int) Math.max(0, Math.min(Integer.MAX_VALUE, number.longValue()))
                : fallback;
    }

    /** Returns whether a value may be taken as it is: right type, no bounds to check. */
    static boolean fits(Object value, String type, Map<String, Object> rules) {
        if (value instanceof String text) {
            return type.equals("string")
                    && !rules.containsKey("format")
                    && sized(text, rules).filter(text::equals).isPresent();
        }
        if (value instanceof Number number) {
            boolean numeric = type.equals("number") || type.equals("integer");
            return numeric
                    && range(rules, type)
                            .flatMap(range -> exact(number).filter(range::contains))
                            .isPresent();
        }
        return value instanceof Boolean && type.equals("boolean");
    }

    /** Returns the fixed text of a format that is known. */
    static Optional<String> format(@Nullable Object format, int variant) {
        if (!(format instanceof String name)) {
            return Optional.empty();
        }
        int day = variant % 28 + 1;
        return Optional.ofNullable(
                switch (name) {
                    case "date" -> "2026-01-%02d".formatted(day);
                    case "date-time" -> "2026-01-%02dT12:00:00Z".formatted(day);
                    case "time" -> "12:%02d:00Z".formatted(variant % 60);
                    case "duration" -> "P%dD".formatted(variant + 1);
                    case "email", "idn-email" -> "demo%s@example.org".formatted(numbered(variant));
                    case "hostname", "idn-hostname" -> "demo%s.example.org".formatted(numbered(variant));
                    case "ipv4" -> "192.0.2.%d".formatted(variant % 254 + 1);
                    case "ipv6" -> "2001:db8::%x".formatted(variant + 1);
                    case "uri", "url", "iri", "uri-reference" -> "https://example.org/%s".formatted(numbered(variant));
                    case "uuid" -> "00000000-0000-4000-8000-%012d".formatted(variant);
                    default -> null;
                });
    }

    private static String numbered(int variant) {
        return variant == 0 ? "" : String.valueOf(variant + 1);
    }

    /** Cuts or fills a text to the lengths of the schema, which count code points. */
    static Optional<String> sized(String text, Map<String, Object> rules) {
        int least = count(rules, "minLength", 0);
        int most = count(rules, "maxLength", Integer.MAX_VALUE);
        if (least > most || least > LONGEST_TEXT) {
            return Optional.empty();
        }
        int length = text.codePointCount(0, text.length());
        if (length > most) {
            return Optional.of(text.substring(0, text.offsetByCodePoints(0, most)));
        }
        return Optional.of(length < least ? text + "x".repeat(least - length) : text);
    }

    /** Writes whole numbers of ordinary size as such. */
    static Number plain(BigDecimal number) {
        BigDecimal stripped = number.stripTrailingZeros();
        if (stripped.scale() <= 0 && stripped.precision() - stripped.scale() <= 18) {
            return stripped.longValueExact();
        }
        return stripped;
    }

    /** Returns the bounds of a number; empty if one of them is absurdly long. */
    static Optional<Range> range(Map<String, Object> rules, String type) {
        for (String name : List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")) {
            if (rules.get(name) instanceof Number number && exact(number).isEmpty()) {
                return Optional.empty();
            }
        }
        Bound low = bound(rules, "minimum", "exclusiveMinimum");
        Bound high = bound(rules, "maximum", "exclusiveMaximum");
        BigDecimal step = exactMember(rules, "multipleOf");
        if (step != null && step.signum() <= 0) {
            return Optional.empty();
        }
        if (type.equals("integer")) {
            step = step == null ? BigDecimal.ONE : wholeStep(step);
        }
        return Optional.of(new Range(low, high, step));
    }

    /** Returns the smallest whole multiple of the step. */
    private static BigDecimal wholeStep(BigDecimal step) {
        BigDecimal stripped = step.stripTrailingZeros();
        if (stripped.scale() <= 0) {
            return stripped;
        }
        BigInteger denominator = BigInteger.TEN.pow(stripped.scale());
        BigInteger numerator = stripped.unscaledValue();
        return new BigDecimal(numerator.divide(numerator.gcd(denominator)));
    }

    private static Bound bound(Map<String, Object> rules, String inclusive, String exclusive) {
        BigDecimal plain = exactMember(rules, inclusive);
        BigDecimal strict = exactMember(rules, exclusive);
        if (strict == null) {
            // Draft 4 wrote {"minimum": 1, "exclusiveMinimum": true}.
            return new Bound(plain, Boolean.TRUE.equals(rules.get(exclusive)));
        }
        if (plain == null) {
            return new Bound(strict, true);
        }
        boolean strictIsTighter =
                inclusive.equals("minimum") ? strict.compareTo(plain) >= 0 : strict.compareTo(plain) <= 0;
        return strictIsTighter ? new Bound(strict, true) : new Bound(plain, false);
    }

    private static @Nullable BigDecimal exactMember(Map<String, Object> rules, String name) {
        return rules.get(name) instanceof Number number ? exact(number).orElse(null) : null;
    }

    /** Returns the value of a number; empty if it is absurdly long. */
    static Optional<BigDecimal> exact(Number number) {
        try {
            BigDecimal exact =
                    number instanceof JsonNumber json ? json.bigDecimalValue() : new BigDecimal(number.toString());
            boolean ordinary = exact.scale() <= MOST_DIGITS && exact.precision() - exact.scale() <= MOST_DIGITS;
            return ordinary ? Optional.of(exact) : Optional.empty();
        } catch (NumberFormatException | JsonException e) {
            return Optional.empty();
        }
    }

    /** One end of a range. */
    private record Bound(@Nullable BigDecimal value, boolean exclusive) {}

    /**
     * Allowed numbers.
     *
     * @param step allowed numbers are multiples of it; {@code null} allows all
     */
    record Range(Bound low, Bound high, @Nullable BigDecimal step) {

        /** Returns whether every number is allowed. */
        boolean isOpen() {
            return low.value() == null && high.value() == null && step == null;
        }

        boolean contains(BigDecimal number) {
            return aboveLow(number)
                    && belowHigh(number)
                    && (step == null || number.remainder(step).signum() == 0);
        }

        private boolean aboveLow(BigDecimal number) {
            BigDecimal least = low.value();
            return least == null || number.compareTo(least) > (low.exclusive() ? 0 : -1);
        }

        private boolean belowHigh(BigDecimal number) {
            BigDecimal most = high.value();
            return most == null || number.compareTo(most) < (high.exclusive() ? 0 : 1);
        }

        /** Returns 1 if it is allowed, else the allowed number next to a bound; further variants count up from there. */
        Optional<BigDecimal> simplest(int variant) {
            BigDecimal width = step == null ? BigDecimal.ONE : step;
            BigDecimal offset = width.multiply(BigDecimal.valueOf(variant));
            for (BigDecimal start : List.of(BigDecimal.ONE, width, atLow(width), atHigh(width), between())) {
                if (contains(start.add(offset))) {
                    return Optional.of(start.add(offset));
                }
                if (contains(start.subtract(offset))) {
                    return Optional.of(start.subtract(offset));
                }
            }
            return Optional.empty();
        }

        private BigDecimal atLow(BigDecimal width) {
            BigDecimal least = low.value();
            if (least == null) {
                return BigDecimal.ZERO;
            }
            if (step == null) {
                return low.exclusive() ? least.add(width) : least;
            }
            BigDecimal multiple = least.divide(width, 0, RoundingMode.CEILING).multiply(width);
            return low.exclusive() && multiple.compareTo(least) == 0 ? multiple.add(width) : multiple;
        }

        private BigDecimal atHigh(BigDecimal width) {
            BigDecimal most = high.value();
            if (most == null) {
                return BigDecimal.ZERO;
            }
            if (step == null) {
                return high.exclusive() ? most.subtract(width) : most;
            }
            BigDecimal multiple = most.divide(width, 0, RoundingMode.FLOOR).multiply(width);
            return high.exclusive() && multiple.compareTo(most) == 0 ? multiple.subtract(width) : multiple;
        }

        private BigDecimal between() {
            BigDecimal least = low.value();
            BigDecimal most = high.value();
            return least == null || most == null
                    ? BigDecimal.ZERO
                    : least.add(most).divide(BigDecimal.valueOf(2));
        }
    }
}
