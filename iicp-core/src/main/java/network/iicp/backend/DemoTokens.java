package network.iicp.backend;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits text into the demo engine's tokens. A token is the white space before it, if any, and then either up to
 * {@value #LONGEST_WORD_PIECE} letters, digits and accents of one word, or one other character; an ideograph stands for
 * itself, and white space at the very end is a token of its own. The tokens put together are the text again.
 */
final class DemoTokens {

    static final int LONGEST_WORD_PIECE = 8;

    private DemoTokens() {}

    /** Returns the tokens of the text, none for the empty text. */
    static List<String> of(String text) {
        List<String> tokens = new ArrayList<>();
        int start = 0;
        while (start < text.length()) {
            int end = end(text, start);
            tokens.add(text.substring(start, end));
            start = end;
        }
        return tokens;
    }

    /** Returns how many tokens the text has. */
    static int count(String text) {
        int count = 0;
        for (int start = 0; start < text.length(); start = end(text, start)) {
            count++;
        }
        return count;
    }

    private static int end(String text, int start) {
        int at = start;
        while (at < text.length() && Character.isWhitespace(text.codePointAt(at))) {
            at += Character.charCount(text.codePointAt(at));
        }
        if (at == text.length()) {
            return at;
        }
        int first = text.codePointAt(at);
        at += Character.charCount(first);
        if (!isWordPart(first)) {
            return at;
        }
        for (int length = 1; length < LONGEST_WORD_PIECE && at < text.length(); length++) {
            int next = text.codePointAt(at);
            if (!isWordPart(next)) {
                return at;
            }
            at += Character.charCount(next);
        }
        return at;
    }

    private static boolean isWordPart(int codePoint) {
        if (Character.isIdeographic(codePoint)) {
            return false;
        }
        int type = Character.getType(codePoint);
        return Character.isLetterOrDigit(codePoint)
                || type == Character.NON_SPACING_MARK
                || type == Character.COMBINING_SPACING_MARK;
    }
}
