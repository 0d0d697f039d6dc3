package network.iicp.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Strict UTF-8: the tokeniser below us lets overlong forms, encoded surrogates and code points past U+10FFFF through. */
final class Utf8 {

    /** Result of {@link #firstInvalid} for valid text. */
    static final int VALID = -1;

    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long HIGH_BITS = 0x8080808080808080L;

    private Utf8() {}

    /** The index of the first byte that does not belong to well-formed UTF-8 (Unicode table 3-7), or {@link #VALID}. */
    static int firstInvalid(byte[] bytes) {
        int i = 0;
        while (i < bytes.length) {
            if (i + Long.BYTES <= bytes.length && ((long) EIGHT_BYTES.get(bytes, i) & HIGH_BITS) == 0) {
                i += Long.BYTES;
                continue;
            }
            int length = sequenceLength(bytes, i);
            if (length == 0) {
                return i;
            }
            i += length;
        }
        return VALID;
    }

    /** How many bytes the text takes. The text must be well formed. */
    static int length(String text) {
        int length = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x800 && !Character.isSurrogate(c)) {
                length += 2;
            } else if (c >= 0x80) {
                // Each half of a surrogate pair stands for two of the four bytes.
                length++;
            }
        }
        return length;
    }

    /** The index of the first surrogate without its partner, or {@link #VALID}. */
    static int firstLoneSurrogate(String text) {
        int i = 0;
        while (i < text.length()) {
            if (!Character.isSurrogate(text.charAt(i))) {
                i++;
            } else if (i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1))) {
                i += 2;
            } else {
                return i;
            }
        }
        return VALID;
    }

    /** Bytes of the character that begins here; 0 if none does. */
    private static int sequenceLength(byte[] bytes, int at) {
        int lead = bytes[at] & 0xFF;
        if (lead < 0x80) {
            return 1;
        }
        if (lead >= 0xC2 && lead <= 0xDF) {
            return isTail(bytes, at + 1) ? 2 : 0;
        }
        if (lead >= 0xE0 && lead <= 0xEF) {
            int low = lead == 0xE0 ? 0xA0 : 0x80;
            int high = lead == 0xED ? 0x9F : 0xBF;
            return isBetween(bytes, at + 1, low, high) && isTail(bytes, at + 2) ? 3 : 0;
        }
        if (lead >= 0xF0 && lead <= 0xF4) {
            int low = lead == 0xF0 ? 0x90 : 0x80;
            int high = lead == 0xF4 ? 0x8F : 0xBF;
            return isBetween(bytes, at + 1, low, high) && isTail(bytes, at + 2) && isTail(bytes, at + 3) ? 4 : 0;
        }
        return 0;
    }

    private static boolean isTail(byte[] bytes, int at) {
        return isBetween(bytes, at, 0x80, 0xBF);
    }

    private static boolean isBetween(byte[] bytes, int at, int low, int high) {
        if (at >= bytes.length) {
            return false;
        }
        int value = bytes[at] & 0xFF;
        return value >= low && value <= high;
    }
}
