package network.iicp.crypto;

import java.util.Base64;
import java.util.Optional;

/**
 * Base64url as the protocol writes it: without padding. Reading accepts padding and refuses everything else that is not
 * the one spelling of its bytes, so that equal bytes always have equal text.
 */
final class Base64Url {

    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private Base64Url() {}

    static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Returns the bytes, or empty if the text is not base64url or stands for more than {@code maxBytes} bytes. */
    static Optional<byte[]> decode(String text, int maxBytes) {
        if (text.length() > (maxBytes + 2L) / 3 * 4) {
            return Optional.empty();
        }
        int length = lengthWithoutPadding(text);
        int spareBits = length % 4 == 0 ? 0 : 6 * (length % 4) % 8;
        if (length % 4 == 1 || !endsInZeroBits(text, length, spareBits)) {
            return Optional.empty();
        }
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(text.substring(0, length));
            return bytes.length <= maxBytes ? Optional.of(bytes) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Returns exactly {@code length} bytes, or empty. */
    static Optional<byte[]> decodeExactly(String text, int length) {
        return decode(text, length).filter(bytes -> bytes.length == length);
    }

    /** Padding counts only where it belongs: at the end of a text whose length is a multiple of four, at most twice. */
    private static int lengthWithoutPadding(String text) {
        int length = text.length();
        if (length == 0 || length % 4 != 0) {
            return length;
        }
        if (text.endsWith("==")) {
            return length - 2;
        }
        return text.endsWith("=") ? length - 1 : length;
    }

    private static boolean endsInZeroBits(String text, int length, int spareBits) {
        return spareBits == 0 || (ALPHABET.indexOf(text.charAt(length - 1)) & ((1 << spareBits) - 1)) == 0;
    }
}
