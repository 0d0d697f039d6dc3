package network.iicp.backend;

import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import org.jspecify.annotations.Nullable;

/**
 * Values that the demo engine finds in what it was told, to fill tool arguments and JSON answers with. Used by one answer
 * only, not thread-safe. Members of tool answers that are JSON objects come by name. Texts come in this order, each once:
 * other tool answers of at most {@value #LONGEST_REPLY} characters, what stands in quotes in the user's message, and words
 * with a capital letter after {@code in}, {@code at}, {@code for}, {@code from}, {@code of}, {@code to}, {@code named},
 * {@code called} or {@code about}. Numbers are those of the user's message, each once.
 */
final class DemoValues {

    static final int LONGEST_REPLY = 200;

    /** Longest part of a message that is searched for values. */
    private static final int LONGEST_SEARCH = 8_000;

    private static final Pattern QUOTED =
            Pattern.compile("[\"\u201c\u201e]([^\"\u201c\u201d\u201e]{1,200})[\"\u201c\u201d]");

    private static final Pattern NAMED = Pattern.compile(
            "\\b(?i:in|at|for|from|of|to|named|called|about)\\s{1,4}(\\p{Lu}[\\p{L}\\p{M}'-]{0,60}(?: \\p{Lu}[\\p{L}\\p{M}'-]{0,60}){0,4})");

    private static final Pattern NUMBER =
            Pattern.compile("(?<![\\p{L}\\p{N}.])-?\\d{1,15}(?:\\.\\d{1,15})?(?![\\p{L}\\p{N}])");

    private final Map<String, Object> byName = new LinkedHashMap<>();
    private final Deque<String> texts = new ArrayDeque<>();
    private final Deque<BigDecimal> numbers = new ArrayDeque<>();
    private final String searched;

    private DemoValues(String searched) {
        this.searched = searched;
    }

    static DemoValues of(DemoPrompt prompt) {
        String text = prompt.userText();
        String searched = text.substring(0, Math.min(LONGEST_SEARCH, text.length()));
        DemoValues values = new DemoValues(searched.toLowerCase(Locale.ROOT));
        for (DemoPrompt.Message reply : prompt.toolReplies()) {
            values.addReply(reply.text());
        }
        Matcher quoted = QUOTED.matcher(searched);
        while (quoted.find()) {
            values.texts.add(quoted.group(1));
        }
        Matcher named = NAMED.matcher(searched);
        while (named.find()) {
            values.texts.add(named.group(1));
        }
        Matcher number = NUMBER.matcher(searched);
        while (number.find()) {
            values.numbers.add(new BigDecimal(number.group()));
        }
        return values;
    }

    private void addReply(String text) {
        if (text.stripLeading().startsWith("{")) {
            try {
                byName.putAll(Json.parseObject(text, JsonLimits.DEFAULT));
                return;
            } catch (JsonException e) {
                // A tool may answer with any text; this one is not JSON after all.
            }
        }
        if (!text.isBlank() && text.length() <= LONGEST_REPLY) {
            texts.add(text.strip());
        }
    }

    /** Returns what a tool said under that name; {@code null} if no tool did. */
    @Nullable
    Object named(String name) {
        return byName.get(name);
    }

    Optional<String> nextText() {
        return Optional.ofNullable(texts.poll());
    }

    /** Returns the first number that fits, and takes it out. */
    Optional<BigDecimal> nextNumber(java.util.function.Predicate<BigDecimal> fits) {
        Optional<BigDecimal> found = numbers.stream().filter(fits).findFirst();
        found.ifPresent(numbers::remove);
        return found;
    }

    /** Returns whether the user's message holds the text as whole words. */
    boolean mentions(String text) {
        String wanted = text.toLowerCase(Locale.ROOT);
        if (wanted.isBlank()) {
            return false;
        }
        for (int at = searched.indexOf(wanted); at >= 0; at = searched.indexOf(wanted, at + 1)) {
            int end = at + wanted.length();
            boolean opens = at == 0 || !Character.isLetterOrDigit(searched.codePointBefore(at));
            boolean closes = end == searched.length() || !Character.isLetterOrDigit(searched.codePointAt(end));
            if (opens && closes) {
                return true;
            }
        }
        return false;
    }

    /** Returns those of the options that the user's message mentions. */
    List<String> mentioned(List<String> options) {
        return options.stream().filter(this::mentions).toList();
    }
}
