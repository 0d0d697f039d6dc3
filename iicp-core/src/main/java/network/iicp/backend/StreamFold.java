package network.iicp.backend;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.InvalidRequestException;
import network.iicp.protocol.wire.UsageCodec;
import org.jspecify.annotations.Nullable;

/**
 * Folds the chunks of one streamed answer: what brings output is passed on, finish reasons and usage are kept for the end,
 * everything else is swallowed. Not thread-safe.
 */
final class StreamFold {

    /** Most choices of one answer. */
    private static final int MOST_CHOICES = 128;

    private final DialectOperation operation;
    private final DialectResult.Origin origin;
    private final InvalidRequestException notFound;
    private final int wantedChoices;
    private final TreeMap<Integer, Choice> choices = new TreeMap<>();
    private String id;
    private @Nullable Object created;
    private String model;
    private @Nullable Map<?, ?> usage;
    private boolean passedOn;

    private static final class Choice {
        private final ToolCallFragments calls;
        private @Nullable String finish;

        Choice(ToolCallFragments calls) {
            this.calls = calls;
        }
    }

    /**
     * Starts an answer.
     *
     * @param wantedChoices how many choices were asked for
     * @param notFound what to answer if the engine reports that it does not know the model
     */
    StreamFold(
            DialectOperation operation,
            DialectResult.Origin origin,
            int wantedChoices,
            InvalidRequestException notFound) {
        this.operation = operation;
        this.origin = origin;
        this.wantedChoices = wantedChoices;
        this.notFound = notFound;
        this.id = origin.fallbackId();
        this.model = origin.model().name();
    }

    /**
     * Takes a chunk.
     *
     * @return the part to pass on, if it brings any output
     * @throws IicpException if the chunk reports an error, or there are absurdly many choices
     */
    Optional<Map<String, Object>> accept(Map<String, Object> chunk) {
        if (chunk.get("error") != null) {
            throw EngineFaults.reported(chunk.get("error"), notFound);
        }
        readEnvelope(chunk);
        List<Object> parts = new ArrayList<>();
        int position = 0;
        for (Object element : chunk.get("choices") instanceof List<?> list ? list : List.of()) {
            if (element instanceof Map<?, ?> choice) {
                Map<String, Object> part = part(choice, position++);
                if (!part.isEmpty()) {
                    parts.add(part);
                }
            }
        }
        if (parts.isEmpty()) {
            return Optional.empty();
        }
        passedOn = true;
        Map<String, Object> passing = envelope(operation.chunkObject());
        passing.put("choices", parts);
        return Optional.of(passing);
    }

    private void readEnvelope(Map<String, Object> chunk) {
        if (chunk.get("id") instanceof String text && !text.isBlank()) {
            id = text;
        }
        if (chunk.get("created") instanceof Number seconds) {
            created = seconds;
        }
        model = origin.publicModel(chunk.get("model"));
        if (chunk.get("usage") instanceof Map<?, ?> counts
                && UsageCodec.decode(counts).isKnown()) {
            usage = counts;
        }
    }

    private Map<String, Object> part(Map<?, ?> choice, int position) {
        int index = choice.get("index") instanceof Number number ? number.intValue() : position;
        if (index < 0 || index >= MOST_CHOICES) {
            throw BackendFaults.failed("the engine's stream counts choices beyond " + MOST_CHOICES, null);
        }
        Choice state =
                choices.computeIfAbsent(index, i -> new Choice(new ToolCallFragments(origin.callIdPrefix() + i + "_")));
        if (choice.get("finish_reason") instanceof String reason && !reason.isBlank()) {
            state.finish = reason;
        }
        Map<String, Object> output = operation == DialectOperation.CHAT ? delta(choice, state) : text(choice);
        if (output.isEmpty()) {
            return Map.of();
        }
        Map<String, Object> part = new LinkedHashMap<>();
        part.put("index", index);
        part.putAll(output);
        if (choice.get("logprobs") != null) {
            part.put("logprobs", choice.get("logprobs"));
        }
        part.put("finish_reason", null);
        return part;
    }

    private static Map<String, Object> text(Map<?, ?> choice) {
        return choice.get("text") instanceof String text && !text.isEmpty() ? Map.of("text", text) : Map.of();
    }

    private static Map<String, Object> delta(Map<?, ?> choice, Choice state) {
        Object given = choice.get("delta") == null ? choice.get("message") : choice.get("delta");
        if (!(given instanceof Map<?, ?> json)) {
            return Map.of();
        }
        Map<String, Object> delta = new LinkedHashMap<>();
        json.forEach((name, value) -> {
            if (!name.equals("role") && !name.equals("tool_calls") && bringsOutput(value)) {
                delta.put(String.valueOf(name), value);
            }
        });
        DialectResult.nameReasoning(delta);
        if (json.get("tool_calls") instanceof List<?> fragments) {
            List<Object> calls = state.calls.normalized(fragments);
            if (!calls.isEmpty()) {
                delta.put("tool_calls", calls);
            }
        }
        return delta.isEmpty() ? Map.of() : Map.of("delta", delta);
    }

    private static boolean bringsOutput(@Nullable Object value) {
        if (value instanceof String text) {
            return !text.isEmpty();
        }
        if (value instanceof List<?> list) {
            return !list.isEmpty();
        }
        return value instanceof Map<?, ?> map ? !map.isEmpty() : value != null;
    }

    /** Returns whether every choice that was asked for has its finish reason. */
    boolean isFinished() {
        long finished = choices.values().stream()
                .filter(choice -> choice.finish != null)
                .count();
        return finished >= wantedChoices && finished == choices.size();
    }

    /** Returns whether there was a choice, and every one has its finish reason; engines may give fewer than asked for. */
    boolean hasFinishedWhatItBegan() {
        return !choices.isEmpty() && choices.values().stream().allMatch(choice -> choice.finish != null);
    }

    /** Returns the end of the answer, or all of it if nothing was passed on. */
    Map<String, Object> end() {
        Map<String, Object> end = envelope(passedOn ? operation.chunkObject() : operation.object());
        List<Object> ends = new ArrayList<>();
        choices.forEach((index, choice) -> {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("index", index);
            if (operation == DialectOperation.COMPLETION) {
                json.put("text", "");
            } else if (passedOn) {
                json.put("delta", Map.of());
            } else {
                Map<String, Object> message = new LinkedHashMap<>();
                message.put("role", "assistant");
                message.put("content", "");
                json.put("message", message);
            }
            json.put("finish_reason", DialectResult.finishReason(choice.finish, choice.calls.isPresent()));
            ends.add(json);
        });
        end.put("choices", ends);
        if (usage != null) {
            end.put("usage", usage);
        }
        return end;
    }

    private Map<String, Object> envelope(String object) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", id);
        json.put("object", object);
        if (created != null) {
            json.put("created", created);
        }
        json.put("model", model);
        return json;
    }
}
