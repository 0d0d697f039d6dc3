package network.iicp.backend;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import network.iicp.json.JsonException;
import network.iicp.json.JsonException.Reason;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Quoted;
import org.jspecify.annotations.Nullable;

/**
 * The options of a chat or completion that the demo engine honours.
 *
 * @param maxTokens most tokens of one answer, at least 1
 * @param stop sequences that end an answer
 * @param choices how many answers to give
 * @param json whether the answer is a JSON object
 * @param schema the schema it follows, or {@code null}
 */
record DemoOptions(
        int maxTokens,
        List<String> stop,
        int choices,
        boolean json,
        @Nullable Map<String, Object> schema) {

    static final int MOST_CHOICES = 16;
    static final int MOST_STOPS = 16;

    /**
     * Reads the options.
     *
     * @param payload payload of a chat or completion
     * @param limit most tokens of one answer whatever is asked for
     * @throws JsonException if one has the wrong type or is out of range
     */
    static DemoOptions of(JsonObject payload, int limit) {
        OptionalInt newName = positive(payload, "max_completion_tokens");
        OptionalInt maxTokens = newName.isPresent() ? newName : positive(payload, "max_tokens");
        int choices = payload.optionalInt("n").orElse(1);
        if (choices < 1 || choices > MOST_CHOICES) {
            throw payload.fault("n", Reason.OUT_OF_RANGE, "must be 1 to %d, is %d".formatted(MOST_CHOICES, choices));
        }
        requireRange(payload, "temperature", 0, 2);
        requireRange(payload, "top_p", 0, 1);
        String format = payload.optionalObject("response_format")
                .map(form -> form.string("type"))
                .orElse("text");
        Map<String, Object> schema = null;
        if (format.equals("json_schema")) {
            schema = payload.object("response_format")
                    .object("json_schema")
                    .object("schema")
                    .asMap();
        } else if (!format.equals("text") && !format.equals("json_object")) {
            throw payload.fault("response_format", Reason.OUT_OF_RANGE, "%s is no format".formatted(Quoted.of(format)));
        }
        int most = Math.min(limit, maxTokens.orElse(limit));
        return new DemoOptions(most, stop(payload), choices, !format.equals("text"), schema);
    }

    private static OptionalInt positive(JsonObject payload, String name) {
        OptionalInt value = payload.optionalInt(name);
        if (value.isPresent() && value.getAsInt() < 1) {
            throw payload.fault(name, Reason.OUT_OF_RANGE, "must be at least 1, is " + value.getAsInt());
        }
        return value;
    }

    private static void requireRange(JsonObject payload, String name, double from, double to) {
        payload.optionalDouble(name).ifPresent(value -> {
            if (!(value >= from && value <= to)) {
                throw payload.fault(name, Reason.OUT_OF_RANGE, "must be %s to %s, is %s".formatted(from, to, value));
            }
        });
    }

    private static List<String> stop(JsonObject payload) {
        List<String> stops = payload.raw("stop") instanceof String one ? List.of(one) : payload.strings("stop");
        if (stops.size() > MOST_STOPS) {
            throw payload.fault(
                    "stop",
                    Reason.OUT_OF_RANGE,
                    "%d stop sequences exceed the limit of %d".formatted(stops.size(), MOST_STOPS));
        }
        return stops.stream().filter(stop -> !stop.isEmpty()).toList();
    }

    /** Cuts the text before the first place where a stop sequence begins. */
    String stopped(String text) {
        int end = text.length();
        for (String sequence : stop) {
            int at = text.indexOf(sequence);
            end = at >= 0 && at < end ? at : end;
        }
        return text.substring(0, end);
    }
}
