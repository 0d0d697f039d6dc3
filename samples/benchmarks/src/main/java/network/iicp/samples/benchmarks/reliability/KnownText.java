package network.iicp.samples.benchmarks.reliability;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Texts that can be checked: each belongs to an id, and no part of one occurs twice in it. */
final class KnownText {

    private static final Pattern ID = Pattern.compile("id=(\\w+)");

    private KnownText() {}

    static String prompt(String id) {
        return "Say the text with id=" + id + " please.";
    }

    /** Finds the id in the last message of a chat. */
    static String idIn(Map<String, Object> payload) {
        Matcher matcher = ID.matcher(String.valueOf(payload.get("messages")));
        if (!matcher.find()) {
            throw new IllegalArgumentException("the prompt has no id");
        }
        return matcher.group(1);
    }

    /** Returns 5 to 40 parts of differing length, with characters of one to four bytes. */
    static List<String> parts(String id) {
        Random random = new Random(id.hashCode());
        int count = 5 + random.nextInt(36);
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String filling = "äß→\uD83D\uDE00x".repeat(random.nextInt(4));
            parts.add("%s.%d%s ".formatted(id, i, filling));
        }
        return parts;
    }

    static String of(String id) {
        return String.join("", parts(id));
    }
}
