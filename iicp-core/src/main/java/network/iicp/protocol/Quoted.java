package network.iicp.protocol;

/** Puts values from outside into messages: quoted, shortened, without control characters. */
public final class Quoted {

    private static final int LONGEST = 64;

    private Quoted() {}

    /**
     * Returns {@code value} in double quotes, at most 64 characters of it, with everything that is not printable ASCII
     * replaced by a question mark, so that a hostile value cannot forge a log line.
     */
    public static String of(CharSequence value) {
        StringBuilder text = new StringBuilder(LONGEST + 8).append('"');
        int shown = Math.min(value.length(), LONGEST);
        for (int i = 0; i < shown; i++) {
            char c = value.charAt(i);
            text.append(c >= ' ' && c < 127 && c != '"' ? c : '?');
        }
        if (value.length() > LONGEST) {
            text.append("...");
        }
        return text.append('"').toString();
    }
}
