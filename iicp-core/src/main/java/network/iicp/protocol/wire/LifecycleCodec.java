package network.iicp.protocol.wire;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import network.iicp.json.JsonException;
import network.iicp.json.JsonObject;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.Quoted;
import network.iicp.protocol.lifecycle.LifecycleEvent;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the {@code data} of lifecycle events. With confidentiality the members {@code result}, {@code error} and
 * {@code metrics} travel sealed in {@code iicp_conf_resp}; only task, sequence, event and finality stay in clear.
 */
public final class LifecycleCodec {

    /** Opens the sealed part of an event. */
    @FunctionalInterface
    public interface Opener {
        /**
         * Returns the JSON object with {@code result}, {@code error} and {@code metrics}.
         *
         * @throws network.iicp.protocol.ConfidentialityException if it cannot be opened
         */
        Map<String, Object> open(long sequence, String event, Map<String, Object> sealed);
    }

    private LifecycleCodec() {}

    /** Returns the event in clear. */
    public static Map<String, Object> encode(LifecycleEvent event) {
        Map<String, Object> json = frame(event);
        json.putAll(body(event));
        return json;
    }

    /** Returns the part of the event that is sealed when the task was: result, error and metrics. */
    public static Map<String, Object> body(LifecycleEvent event) {
        Map<String, Object> json = new LinkedHashMap<>();
        if (event.result() != null) {
            json.put("result", event.result());
        }
        if (event.error() != null) {
            json.put("error", ErrorCodec.encode(event.error()));
        }
        if (!event.metrics().isEmpty()) {
            json.put("metrics", event.metrics());
        }
        return json;
    }

    /** Returns the event with its body sealed. */
    public static Map<String, Object> encodeSealed(LifecycleEvent event, Map<String, Object> sealed) {
        Map<String, Object> json = frame(event);
        json.put("iicp_conf_resp", sealed);
        return json;
    }

    private static Map<String, Object> frame(LifecycleEvent event) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("task_id", event.taskId());
        json.put("sequence", event.sequence());
        json.put("event", event.type().wireName());
        json.put("is_final", event.isTerminal());
        return json;
    }

    /**
     * Reads one event.
     *
     * @param data the JSON object of the event
     * @param opener opens sealed bodies; {@code null} when the task was sent in clear
     * @return the event
     * @throws ProtocolViolationException if it is not a lifecycle event, its finality contradicts its type, or it is not
     *     sealed although the task was
     * @throws network.iicp.protocol.ConfidentialityException if it cannot be opened
     */
    public static LifecycleEvent decode(Map<String, Object> data, @Nullable Opener opener) {
        try {
            return decode(JsonObject.of(data), opener);
        } catch (JsonException e) {
            throw violation("the node sent an event that is not readable: " + e.getMessage(), e);
        }
    }

    private static LifecycleEvent decode(JsonObject json, @Nullable Opener opener) {
        String taskId = json.string("task_id");
        long sequence = json.optionalLong("sequence").orElse(-1);
        if (sequence < 0) {
            throw violation("the node sent an event without a sequence", null);
        }
        String word = json.string("event");
        LifecycleEvent.Type type = type(word);
        boolean isFinal = json.bool("is_final", type.isTerminal());
        if (isFinal != type.isTerminal()) {
            throw violation("the node sent event %s with is_final %s".formatted(type.wireName(), isFinal), null);
        }
        JsonObject body = body(json, sequence, type, word, opener);
        return new LifecycleEvent(
                taskId,
                sequence,
                type,
                body.raw("result"),
                error(body),
                body.optionalObject("metrics").map(JsonObject::asMap).orElse(Map.of()));
    }

    private static JsonObject body(
            JsonObject json, long sequence, LifecycleEvent.Type type, String word, @Nullable Opener opener) {
        if (opener == null || type == LifecycleEvent.Type.ACCEPTED) {
            return json;
        }
        Optional<JsonObject> sealed = json.optionalObject("iicp_conf_resp");
        if (sealed.isEmpty()) {
            throw violation("the node sent an event in clear although the task was encrypted", null);
        }
        return JsonObject.of(opener.open(sequence, word, sealed.get().asMap()));
    }

    private static @Nullable IicpError error(JsonObject body) {
        return body.optionalObject("error")
                .map(error -> ErrorCodec.decodeMember(error, ErrorComponent.NODE))
                .orElse(null);
    }

    private static LifecycleEvent.Type type(String word) {
        return LifecycleEvent.Type.of(word)
                .orElseThrow(() -> violation("the node sent an unknown event %s".formatted(Quoted.of(word)), null));
    }

    private static ProtocolViolationException violation(String message, @Nullable Throwable cause) {
        return new ProtocolViolationException(
                IicpError.of(ErrorCode.PROTOCOL_ERROR, ErrorComponent.NODE, message), cause);
    }
}
