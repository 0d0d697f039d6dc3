package network.iicp.backend;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import network.iicp.spi.TaskContext;

/**
 * Judges texts without a model: a text is flagged when it holds one of a few words. Good enough to see a flag go through a
 * mesh, and for nothing else.
 */
final class DemoModeration {

    private static final Pattern BETWEEN_WORDS = Pattern.compile("[^\\p{L}\\p{N}]+");

    /** Categories and the words that stand for them. */
    private static final Map<String, Set<String>> WORDS = words();

    private DemoModeration() {}

    private static Map<String, Set<String>> words() {
        Map<String, Set<String>> words = new LinkedHashMap<>();
        words.put("hate", Set.of("hate", "despise"));
        words.put("violence", Set.of("attack", "bomb", "kill"));
        words.put("spam", Set.of("casino", "lottery"));
        return words;
    }

    /** Returns the answer in the OpenAI dialect: one verdict for each text. */
    static Map<String, Object> answer(List<String> texts, TaskContext context, String model, DemoOutput.Pace pace)
            throws InterruptedException {
        List<Object> results = new ArrayList<>();
        for (String text : texts) {
            pace.next(context);
            results.add(verdict(text));
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("id", "modr-" + context.task().id());
        answer.put("model", model);
        answer.put("results", results);
        return answer;
    }

    private static Map<String, Object> verdict(String text) {
        Set<String> found = Set.copyOf(List.of(BETWEEN_WORDS.split(text.toLowerCase(Locale.ROOT), -1)));
        Map<String, Object> categories = new LinkedHashMap<>();
        Map<String, Object> scores = new LinkedHashMap<>();
        WORDS.forEach((category, words) -> {
            boolean applies = words.stream().anyMatch(found::contains);
            categories.put(category, applies);
            scores.put(category, applies ? 1.0 : 0.0);
        });
        Map<String, Object> verdict = new LinkedHashMap<>();
        verdict.put("flagged", categories.containsValue(true));
        verdict.put("categories", categories);
        verdict.put("category_scores", scores);
        return verdict;
    }
}
