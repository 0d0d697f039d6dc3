package network.iicp.json;

import java.math.BigInteger;

/**
 * A number token taken apart without ever expanding its exponent: {@code signum * digits * 10^exponent}. The digits
 * neither begin nor end with a zero; zero has no digits at all.
 */
record Decimal(int signum, String digits, BigInteger exponent) implements Comparable<Decimal> {

    private static final int LONGEST_PLAIN_EXPONENT = 18;

    /** The token must follow the JSON grammar for numbers. */
    static Decimal of(String token) {
        int start = token.charAt(0) == '-' ? 1 : 0;
        int end = token.length();
        int mark = exponentMark(token, start);
        int mantissaEnd = mark < 0 ? end : mark;
        var digits = new StringBuilder(mantissaEnd - start);
        int fraction = 0;
        boolean inFraction = false;
        for (int i = start; i < mantissaEnd; i++) {
            char c = token.charAt(i);
            if (c == '.') {
                inFraction = true;
                continue;
            }
            if (inFraction) {
                fraction++;
            }
            if (c != '0' || digits.length() > 0) {
                digits.append(c);
            }
        }
        if (digits.length() == 0) {
            return new Decimal(0, "", BigInteger.ZERO);
        }
        int trailingZeros = 0;
        while (digits.charAt(digits.length() - 1 - trailingZeros) == '0') {
            trailingZeros++;
        }
        digits.setLength(digits.length() - trailingZeros);
        BigInteger written = mark < 0 ? BigInteger.ZERO : exponentOf(token.substring(mark + 1));
        BigInteger exponent = written.add(BigInteger.valueOf((long) trailingZeros - fraction));
        return new Decimal(start == 1 ? -1 : 1, digits.toString(), exponent);
    }

    /** Whether the value is a whole number, however it was written. */
    boolean isIntegral() {
        return exponent.signum() >= 0;
    }

    /** The power of ten of the first digit; 0 for zero. */
    BigInteger magnitude() {
        return signum == 0 ? BigInteger.ZERO : exponent.add(BigInteger.valueOf(digits.length() - 1L));
    }

    /** Numerical order. */
    @Override
    public int compareTo(Decimal other) {
        if (signum != other.signum || signum == 0) {
            return Integer.compare(signum, other.signum);
        }
        int byMagnitude = magnitude().compareTo(other.magnitude());
        // With equal magnitude the digits line up, and neither side has trailing zeros: text order is value order.
        int unsigned = byMagnitude != 0 ? byMagnitude : digits.compareTo(other.digits);
        return signum * Integer.signum(unsigned);
    }

    private static int exponentMark(String token, int from) {
        for (int i = from; i < token.length(); i++) {
            char c = token.charAt(i);
            if (c == 'e' || c == 'E') {
                return i;
            }
        }
        return -1;
    }

    private static BigInteger exponentOf(String text) {
        if (text.length() <= LONGEST_PLAIN_EXPONENT) {
            return BigInteger.valueOf(Long.parseLong(text));
        }
        return new BigInteger(text);
    }
}
