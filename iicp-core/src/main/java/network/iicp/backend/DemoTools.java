package network.iicp.backend;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import network.iicp.json.JsonException;
import network.iicp.json.JsonException.Reason;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Quoted;
import org.jspecify.annotations.Nullable;

/**
 * The tools of one request, and the rule by which the demo engine chooses among them: words of three letters and more that
 * the user's message shares with a tool count, those of its name three times as much as those of its description; the tool
 * with the highest count is called if it shares a word of its name or two of its description. Very common words and
 * {@code get}, {@code set}, {@code tool} do not count; words are the same if the shorter one, of at least four letters,
 * begins the longer one. Ties go to the tool that was offered first.
 *
 * @param offered the tools
 * @param mode what the request says about calling them
 */
record DemoTools(List<Offer> offered, Mode mode) {

    /** Longest part of a message or description that is searched for words. */
    private static final int LONGEST_SEARCH = 2_000;

    /** Most tools of one request. */
    static final int MOST_TOOLS = 128;

    private static final int NAME_WEIGHT = 3;
    private static final int LEAST_SCORE = 2;
    private static final int SHORTEST_WORD = 3;
    private static final int SHORTEST_STEM = 4;

    private static final Set<String> COMMON = Set.of(
            "the",
            "and",
            "for",
            "get",
            "set",
            "tool",
            "function",
            "what",
            "which",
            "who",
            "how",
            "are",
            "was",
            "you",
            "your",
            "from",
            "with",
            "this",
            "that",
            "returns",
            "return",
            "given",
            "can",
            "into",
            "about",
            "please",
            "has",
            "have",
            "not",
            "use",
            "used",
            "when",
            "where",
            "any",
            "all",
            "its",
            "will",
            "does",
            "there",
            "here");

    private static final Pattern BETWEEN_WORDS = Pattern.compile("[^\\p{L}\\p{N}]+|(?<=\\p{Ll})(?=\\p{Lu})");

    /** Whether a tool is called. */
    enum Mode {
        NONE,
        AUTO,
        REQUIRED
    }

    /**
     * A tool.
     *
     * @param name its name
     * @param description what it does, or empty
     * @param parameters JSON Schema of its arguments
     */
    record Offer(String name, String description, Map<String, Object> parameters) {}

    /**
     * Reads {@code tools} and {@code tool_choice}.
     *
     * @throws JsonException if they are malformed, or the choice names a tool that is not offered
     */
    static DemoTools of(JsonObject payload) {
        List<Offer> offers = new ArrayList<>();
        for (JsonObject tool : payload.objects("tools")) {
            if (tool.string("type", "function").equals("function")) {
                JsonObject function = tool.object("function");
                offers.add(new Offer(
                        function.string("name"),
                        function.string("description", ""),
                        function.optionalObject("parameters")
                                .map(JsonObject::asMap)
                                .orElse(Map.of("type", "object"))));
            }
        }
        if (offers.size() > MOST_TOOLS) {
            throw payload.fault(
                    "tools",
                    Reason.OUT_OF_RANGE,
                    "%d tools exceed the limit of %d".formatted(offers.size(), MOST_TOOLS));
        }
        Object choice = payload.raw("tool_choice");
        if (choice instanceof Map<?, ?>) {
            String name = payload.object("tool_choice").object("function").string("name");
            List<Offer> named =
                    offers.stream().filter(offer -> offer.name().equals(name)).toList();
            if (named.isEmpty()) {
                throw payload.fault(
                        "tool_choice", Reason.OUT_OF_RANGE, "tool %s is not on offer".formatted(Quoted.of(name)));
            }
            return new DemoTools(named, Mode.REQUIRED);
        }
        return new DemoTools(offers, mode(payload, payload.string("tool_choice", "auto"), offers));
    }

    private static Mode mode(JsonObject payload, String word, List<Offer> offers) {
        Mode mode =
                switch (word) {
                    case "none" -> Mode.NONE;
                    case "auto" -> Mode.AUTO;
                    case "required", "any" -> Mode.REQUIRED;
                    default ->
                        throw payload.fault(
                                "tool_choice", Reason.OUT_OF_RANGE, "%s is no choice".formatted(Quoted.of(word)));
                };
        if (mode == Mode.REQUIRED && offers.isEmpty()) {
            throw payload.fault("tool_choice", Reason.OUT_OF_RANGE, "a call is required and no tool is on offer");
        }
        return offers.isEmpty() ? Mode.NONE : mode;
    }

    /** Returns the names of the tools that may be called. */
    List<String> names() {
        return mode == Mode.NONE ? List.of() : offered.stream().map(Offer::name).toList();
    }

    /** Returns the tool to call for a message. */
    Optional<Offer> choose(String userText) {
        if (mode == Mode.NONE) {
            return Optional.empty();
        }
        Set<String> said = words(userText);
        Offer best = null;
        int bestScore = 0;
        for (Offer offer : offered) {
            int score = NAME_WEIGHT * shared(said, words(offer.name())) + shared(said, words(offer.description()));
            if (score > bestScore) {
                best = offer;
                bestScore = score;
            }
        }
        if (mode == Mode.REQUIRED) {
            return Optional.of(best == null ? offered.get(0) : best);
        }
        return bestScore >= LEAST_SCORE ? Optional.ofNullable(best) : Optional.empty();
    }

    private static int shared(Set<String> said, Set<String> words) {
        return (int) words.stream()
                .filter(word -> said.stream().anyMatch(other -> same(word, other)))
                .count();
    }

    private static boolean same(String one, String two) {
        if (one.equals(two)) {
            return true;
        }
        boolean oneIsShorter = one.length() < two.length();
        String shorter = oneIsShorter ? one : two;
        String longer = oneIsShorter ? two : one;
        return shorter.length() >= SHORTEST_STEM && longer.startsWith(shorter);
    }

    /** Returns the words of a text or of a name in camel, kebab or snake case. */
    private static Set<String> words(@Nullable String text) {
        if (text == null) {
            return Set.of();
        }
        String searched = text.substring(0, Math.min(LONGEST_SEARCH, text.length()));
        Set<String> words = new LinkedHashSet<>();
        for (String word : BETWEEN_WORDS.split(searched, -1)) {
            String lower = word.toLowerCase(Locale.ROOT);
            if (lower.length() >= SHORTEST_WORD && !COMMON.contains(lower)) {
                words.add(lower);
            }
        }
        return words;
    }
}
