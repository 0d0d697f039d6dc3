package network.iicp.backend;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import network.iicp.json.JsonException;
import network.iicp.json.JsonException.Reason;
import network.iicp.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * Makes a request to the Messages API from the payload of a chat.
 *
 * @param payload the payload
 * @param model the model that answers
 * @param form the wanted form of the answer
 * @param sampling whether the request may say how tokens are drawn
 */
record AnthropicPayload(JsonObject payload, ServedModels.Model model, AnthropicForm form, boolean sampling) {

    /** Most tokens of an answer when neither caller nor operator says: the API wants a number. */
    static final int DEFAULT_MAX_TOKENS = 4096;

    private static final Set<String> EFFORTS = Set.of("low", "medium", "high", "xhigh", "max");

    /**
     * Returns the request without {@code stream}.
     *
     * @param most most tokens the operator allows, or {@code null}
     * @throws JsonException if a member is missing, of the wrong kind or out of range
     */
    Map<String, Object> request(@Nullable Integer most) {
        if (payload.optionalInt("n").orElse(1) != 1) {
            throw payload.fault("n", Reason.OUT_OF_RANGE, "must be 1 for this engine");
        }
        AnthropicTurns conversation = AnthropicTurns.of(payload);
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("model", model.engineName());
        request.put("max_tokens", tokens(most));
        if (!conversation.system().isEmpty()) {
            request.put("system", conversation.system());
        }
        request.put("messages", conversation.messages());
        AnthropicTools.add(request, payload, form, can(AnthropicModels.STRUCTURED_OUTPUTS), conversation.toolNames());
        addSampling(request);
        addStops(request);
        addOutput(request);
        payload.optionalString("user")
                .filter(user -> !user.isBlank())
                .ifPresent(user -> request.put("metadata", Map.of("user_id", user)));
        return request;
    }

    private boolean can(String ability) {
        return model.listed().can(ability);
    }

    private int tokens(@Nullable Integer most) {
        OptionalInt wanted = Stream.of("max_completion_tokens", "max_tokens")
                .filter(payload::has)
                .mapToInt(this::atLeastOne)
                .min();
        int bound = Stream.of(most, model.listed().maxOutput())
                .flatMap(Stream::ofNullable)
                .mapToInt(Integer::intValue)
                .min()
                .orElse(Integer.MAX_VALUE);
        return Math.min(bound, wanted.orElse(DEFAULT_MAX_TOKENS));
    }

    private int atLeastOne(String name) {
        int value = payload.integer(name);
        if (value < 1) {
            throw payload.fault(name, Reason.OUT_OF_RANGE, "must be at least 1, is " + value);
        }
        return value;
    }

    private void addSampling(Map<String, Object> request) {
        OptionalDouble temperature = between("temperature", 2);
        OptionalDouble topP = between("top_p", 1);
        OptionalInt topK = payload.optionalInt("top_k");
        if (!sampling) {
            return;
        }
        if (temperature.isPresent()) {
            request.put("temperature", Math.min(1, temperature.getAsDouble()));
        } else if (topP.isPresent()) {
            request.put("top_p", topP.getAsDouble());
        }
        if (topK.isPresent()) {
            request.put("top_k", topK.getAsInt());
        }
    }

    private OptionalDouble between(String name, double most) {
        OptionalDouble value = payload.optionalDouble(name);
        if (value.isPresent() && !(value.getAsDouble() >= 0 && value.getAsDouble() <= most)) {
            throw payload.fault(name, Reason.OUT_OF_RANGE, "must be between 0 and %.0f".formatted(most));
        }
        return value;
    }

    /** The API refuses sequences of white space alone. */
    private void addStops(Map<String, Object> request) {
        Object stop = payload.raw("stop");
        if (stop == null) {
            return;
        }
        List<String> wanted = stop instanceof String text ? List.of(text) : payload.strings("stop");
        List<String> sequences = wanted.stream().filter(text -> !text.isBlank()).toList();
        if (!sequences.isEmpty()) {
            request.put("stop_sequences", sequences);
        }
    }

    private void addOutput(Map<String, Object> request) {
        Map<String, Object> output = new LinkedHashMap<>();
        if (form.schema() != null) {
            output.put("format", Ordered.of("type", "json_schema", "schema", form.schema()));
        }
        payload.optionalString("reasoning_effort")
                .map(word -> word.equals("minimal") ? "low" : word)
                .filter(word -> EFFORTS.contains(word) && can(AnthropicModels.EFFORT))
                .ifPresent(word -> output.put("effort", word));
        if (!output.isEmpty()) {
            request.put("output_config", output);
        }
    }
}
