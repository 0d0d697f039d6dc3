package network.iicp.json;

/** Renders places in a document for people: names shortened and made harmless for logs, the whole bounded. */
final class JsonPath {

    static final String ROOT = "$";

    private static final int LONGEST_NAME = 64;
    private static final int LONGEST_PATH = 512;
    private static final char ELLIPSIS = '\u2026';
    private static final char REPLACEMENT = '\uFFFD';

    private final StringBuilder text = new StringBuilder(ROOT);

    JsonPath member(String name) {
        String shown = harmless(name);
        if (isPlain(shown)) {
            text.append('.').append(shown);
        } else {
            text.append("[\"").append(shown.replace('"', '\'')).append("\"]");
        }
        return this;
    }

    JsonPath element(int index) {
        text.append('[').append(index).append(']');
        return this;
    }

    @Override
    public String toString() {
        return bounded(text);
    }

    static String memberOf(String parent, String name) {
        JsonPath path = new JsonPath();
        path.text.setLength(0);
        path.text.append(parent);
        return path.member(name).toString();
    }

    static String elementOf(String parent, int index) {
        return bounded(new StringBuilder(parent).append('[').append(index).append(']'));
    }

    /** Keeps both ends, which say most: where the document was entered and what was looked at. */
    private static String bounded(StringBuilder text) {
        if (text.length() <= LONGEST_PATH) {
            return text.toString();
        }
        int half = LONGEST_PATH / 2;
        int head = Character.isHighSurrogate(text.charAt(half - 1)) ? half - 1 : half;
        int from = text.length() - half + 1;
        int tail = Character.isLowSurrogate(text.charAt(from)) ? from + 1 : from;
        return text.substring(0, head) + ELLIPSIS + text.substring(tail);
    }

    private static String harmless(String name) {
        boolean cut = name.length() > LONGEST_NAME;
        int end = cut ? LONGEST_NAME - 1 : name.length();
        var shown = new StringBuilder(end + 1);
        for (int i = 0; i < end; ) {
            int point = name.codePointAt(i);
            int next = i + Character.charCount(point);
            if (next > end) {
                break;
            }
            shown.appendCodePoint(isShowable(point) ? point : REPLACEMENT);
            i = next;
        }
        if (cut) {
            shown.append(ELLIPSIS);
        }
        return shown.toString();
    }

    /** Control, format (such as text direction), line separator and half characters could garble or forge log lines. */
    private static boolean isShowable(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }

    private static boolean isPlain(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!Character.isLetterOrDigit(c) && c != '_' && c != '-' && c != ELLIPSIS) {
                return false;
            }
        }
        return !name.isEmpty();
    }
}
