package network.iicp.client;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import network.iicp.client.cooperation.FirstChoice;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.TaskResult;
import network.iicp.spi.AnswerEquality;
import org.jspecify.annotations.Nullable;

/**
 * Two answers are the same when the text of their first choice is, up to white space and the composition of letters; where both texts are
 * JSON, when their values are; and where there is no text, when the results are the same JSON value. Tool calls count by name and arguments.
 */
record SameAnswer() implements AnswerEquality {

    @Override
    public boolean agree(TaskResult first, TaskResult second) {
        Optional<Map<?, ?>> left = FirstChoice.of(first);
        Optional<Map<?, ?>> right = FirstChoice.of(second);
        if (left.isEmpty() || right.isEmpty()) {
            return left.isEmpty() && right.isEmpty() && sameValue(first.result(), second.result());
        }
        return sameText(FirstChoice.text(left.get()), FirstChoice.text(right.get()))
                && sameCalls(left.get(), right.get());
    }

    private static boolean sameText(String a, String b) {
        if (plain(a).equals(plain(b))) {
            return true;
        }
        Optional<Object> left = structure(a);
        Optional<Object> right = structure(b);
        return left.isPresent() && right.isPresent() && sameValue(left.get(), right.get());
    }

    private static String plain(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFC).strip().replaceAll("\\s+", " ");
    }

    private static Optional<Object> structure(String text) {
        String trimmed = text.strip();
        if (!trimmed.startsWith("{") && !trimmed.startsWith("[")) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(Json.parse(trimmed, JsonLimits.DEFAULT));
        } catch (JsonException e) {
            return Optional.empty();
        }
    }

    private static boolean sameCalls(Map<?, ?> a, Map<?, ?> b) {
        return calls(a).equals(calls(b));
    }

    private static List<String> calls(Map<?, ?> choice) {
        Object calls = choice.get("message") instanceof Map<?, ?> message ? message.get("tool_calls") : null;
        return calls instanceof List<?> list
                ? list.stream().map(SameAnswer::call).toList()
                : List.of();
    }

    private static String call(@Nullable Object call) {
        if (!(call instanceof Map<?, ?> json) || !(json.get("function") instanceof Map<?, ?> function)) {
            return "";
        }
        String arguments = String.valueOf(function.get("arguments"));
        String canonical = structure(arguments).map(Json::text).orElse(plain(arguments));
        return function.get("name") + " " + canonical;
    }

    private static boolean sameValue(@Nullable Object a, @Nullable Object b) {
        try {
            return Arrays.equals(Json.canonical(a), Json.canonical(b));
        } catch (JsonException e) {
            return Json.text(a).equals(Json.text(b)); // numbers beyond what the canonical form can say
        }
    }
}
