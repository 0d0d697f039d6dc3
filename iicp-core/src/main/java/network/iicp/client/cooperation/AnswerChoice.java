package network.iicp.client.cooperation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.TaskResult;
import network.iicp.spi.AnswerEquality;
import org.jspecify.annotations.Nullable;

/** Which of several answers counts. Source: IICP core, aggregation. */
public final class AnswerChoice {

    /** Answers are compared by as many characters, unless the application compares them itself. */
    private static final int COMPARED = 512;

    private AnswerChoice() {}

    /**
     * The answer that was taken.
     *
     * @param answer the answer
     * @param votes answers that say the same, itself included
     */
    public record Chosen(TaskResult answer, int votes) {}

    /**
     * Returns the best answer: of structured ones that which fills most members of the schema, of texts that with the least perplexity, or
     * the longest that was not cut off; of others the first.
     *
     * @param schema the schema asked for, or {@code null}
     */
    static Chosen best(List<TaskResult> answers, @Nullable Map<?, ?> schema) {
        if (schema != null) {
            return new Chosen(last(answers, Comparator.comparingInt(answer -> filled(answer, schema))), 1);
        }
        List<TaskResult> rated =
                answers.stream().filter(a -> perplexity(a).isPresent()).toList();
        if (!rated.isEmpty()) {
            Comparator<TaskResult> worst =
                    Comparator.comparingDouble(a -> perplexity(a).orElseThrow());
            return new Chosen(last(rated, worst.reversed()), 1);
        }
        Comparator<TaskResult> byLength = Comparator.comparing((TaskResult a) -> !isCut(a))
                .thenComparingInt(answer -> text(answer).length());
        return new Chosen(last(answers, byLength), 1);
    }

    /** Returns the greatest; of equals the first. */
    private static TaskResult last(List<TaskResult> answers, Comparator<TaskResult> order) {
        TaskResult best = answers.get(0);
        for (TaskResult answer : answers) {
            best = order.compare(answer, best) > 0 ? answer : best;
        }
        return best;
    }

    /**
     * Returns the answer that enough others agree with; of those the one that came fastest.
     *
     * @param equality the application's comparison, or {@code null} to compare the first 512 characters
     */
    static Optional<Chosen> majority(List<TaskResult> answers, int quorum, @Nullable AnswerEquality equality) {
        AnswerEquality rule = equality == null ? AnswerChoice::sameBeginning : equality;
        List<TaskResult> largest = List.of();
        for (TaskResult candidate : answers) {
            List<TaskResult> group = new ArrayList<>();
            for (TaskResult other : answers) {
                if (other.equals(candidate) || rule.agree(candidate, other)) {
                    group.add(other);
                }
            }
            largest = group.size() > largest.size() ? group : largest;
        }
        int votes = largest.size();
        return votes < quorum
                ? Optional.empty()
                : largest.stream()
                        .min(Comparator.comparingDouble(AnswerChoice::latency))
                        .map(answer -> new Chosen(answer, votes));
    }

    private static boolean sameBeginning(TaskResult a, TaskResult b) {
        return beginning(a).equals(beginning(b));
    }

    private static String beginning(TaskResult answer) {
        String text = text(answer);
        String whole = text.isEmpty() ? Json.text(answer.result()) : text;
        return whole.length() <= COMPARED ? whole : whole.substring(0, COMPARED);
    }

    private static double latency(TaskResult answer) {
        return answer.metrics().get("latency_ms") instanceof Number millis ? millis.doubleValue() : Double.MAX_VALUE;
    }

    private static Optional<Double> perplexity(TaskResult answer) {
        return answer.metrics().get("perplexity") instanceof Number value
                ? Optional.of(value.doubleValue())
                : Optional.empty();
    }

    private static boolean isCut(TaskResult answer) {
        return "length".equals(choice(answer).get("finish_reason"));
    }

    private static int filled(TaskResult answer, Map<?, ?> schema) {
        if (!(schema.get("properties") instanceof Map<?, ?> members)) {
            return 0;
        }
        try {
            Map<String, Object> value = Json.parseObject(text(answer), JsonLimits.DEFAULT);
            return (int) members.keySet().stream()
                    .filter(name -> value.get(String.valueOf(name)) != null)
                    .count();
        } catch (JsonException e) {
            return -1; // no structure at all
        }
    }

    /** Returns the text of the first choice; empty for answers of another kind. */
    static String text(TaskResult answer) {
        return FirstChoice.text(choice(answer));
    }

    private static Map<?, ?> choice(TaskResult answer) {
        return FirstChoice.of(answer).orElse(Map.of());
    }
}
