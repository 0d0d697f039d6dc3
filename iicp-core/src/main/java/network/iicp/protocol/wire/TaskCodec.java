package network.iicp.protocol.wire;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import network.iicp.json.JsonException;
import network.iicp.json.JsonObject;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Intent;
import network.iicp.protocol.InvalidRequestException;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import network.iicp.protocol.Quoted;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskConstraints;
import org.jspecify.annotations.Nullable;

/** Reads and writes the body of {@code POST /v1/task}. Source: IICP core, task request; {@code schemas/task.json}. */
public final class TaskCodec {

    private static final int MAX_PROFILES = 16;
    private static final int MAX_TEXT = 256;

    private TaskCodec() {}

    /** Returns the body. Urgency is written as {@code qos} and, for providers that read that, as {@code qos_class}. */
    public static Map<String, Object> encode(TaskEnvelope envelope) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("task_id", envelope.taskId());
        body.put("intent", envelope.intent().urn());
        if (envelope.payload() != null) {
            body.put("payload", envelope.payload());
        }
        if (envelope.confidential() != null) {
            body.put("iicp_conf", envelope.confidential());
        }
        if (envelope.encryptResponse()) {
            body.put("cx_response_encryption", "required");
        }
        Map<String, Object> constraints = encodeConstraints(envelope.constraints());
        if (!constraints.isEmpty()) {
            body.put("constraints", constraints);
        }
        if (envelope.authToken() != null) {
            body.put("auth", Map.of("node_token", envelope.authToken()));
        }
        putIfPresent(body, "source_node_id", envelope.sourceNodeId());
        putIfPresent(body, "nonce", envelope.nonce());
        if (!envelope.trace().isEmpty()) {
            body.put("trace", envelope.trace());
        }
        if (!envelope.cip().isEmpty()) {
            body.put("cip", envelope.cip());
        }
        return body;
    }

    private static Map<String, Object> encodeConstraints(TaskConstraints constraints) {
        Map<String, Object> json = new LinkedHashMap<>();
        if (constraints.timeout() != null) {
            json.put("timeout_ms", constraints.timeout().toMillis());
        }
        if (constraints.qos() != null) {
            json.put("qos", constraints.qos().wireName());
            json.put("qos_class", constraints.qos().wireName());
        }
        if (constraints.priority() != null) {
            json.put("priority", constraints.priority().wireName());
        }
        putIfPresent(json, "model", constraints.model());
        if (!constraints.requiredProfiles().isEmpty()) {
            json.put("required_profiles", constraints.requiredProfiles());
        }
        return json;
    }

    private static void putIfPresent(Map<String, Object> json, String name, @Nullable String value) {
        if (value != null) {
            json.put(name, value);
        }
    }

    /**
     * Reads a body that a node received.
     *
     * @param body the JSON object
     * @return the envelope
     * @throws InvalidRequestException if a member is missing, of the wrong type or out of range; code
     *     {@code validation_error}, the message names the member
     */
    public static TaskEnvelope decode(Map<String, Object> body) {
        try {
            return decode(JsonObject.of(body));
        } catch (JsonException e) {
            throw invalid(e.getMessage(), e);
        }
    }

    private static TaskEnvelope decode(JsonObject json) {
        String taskId = json.string("task_id");
        if (!Task.isValidId(taskId)) {
            throw invalid("task_id %s is not a version 4 UUID".formatted(Quoted.of(taskId)), null);
        }
        Intent intent = Intent.parse(json.string("intent"));
        Map<String, Object> payload =
                json.optionalObject("payload").map(JsonObject::asMap).orElse(null);
        Map<String, Object> confidential =
                json.optionalObject("iicp_conf").map(JsonObject::asMap).orElse(null);
        if ((payload == null) == (confidential == null)) {
            throw invalid("exactly one of payload and iicp_conf must be present", null);
        }
        return new TaskEnvelope(
                taskId,
                intent,
                payload,
                confidential,
                encryptResponse(json),
                decodeConstraints(json.optionalObject("constraints")),
                authToken(json),
                shortText(json, "source_node_id").orElse(null),
                shortText(json, "nonce").orElse(null),
                json.optionalObject("trace").map(JsonObject::asMap).orElse(Map.of()),
                json.optionalObject("cip").map(JsonObject::asMap).orElse(Map.of()));
    }

    private static boolean encryptResponse(JsonObject json) {
        Optional<String> wish = json.optionalString("cx_response_encryption");
        if (wish.isPresent() && !wish.get().equals("required")) {
            throw invalid(
                    "cx_response_encryption %s is not known; the only value is \"required\""
                            .formatted(Quoted.of(wish.get())),
                    null);
        }
        return wish.isPresent();
    }

    private static @Nullable String authToken(JsonObject json) {
        return json.optionalObject("auth")
                .flatMap(auth -> auth.optionalString("node_token").or(() -> auth.optionalString("token")))
                .orElse(null);
    }

    private static Optional<String> shortText(JsonObject json, String name) {
        Optional<String> text = json.optionalString(name);
        if (text.isPresent() && text.get().length() > MAX_TEXT) {
            throw invalid("%s is longer than %d characters".formatted(name, MAX_TEXT), null);
        }
        return text;
    }

    private static TaskConstraints decodeConstraints(Optional<JsonObject> member) {
        if (member.isEmpty()) {
            return TaskConstraints.NONE;
        }
        JsonObject json = member.get();
        OptionalLong timeout = json.optionalLong("timeout_ms");
        if (timeout.isPresent() && (timeout.getAsLong() < 0 || timeout.getAsLong() > Integer.MAX_VALUE)) {
            throw invalid(
                    "constraints.timeout_ms is %d; it must be between 100 and 300000".formatted(timeout.getAsLong()),
                    null);
        }
        List<String> profiles = json.strings("required_profiles");
        if (profiles.size() > MAX_PROFILES) {
            throw invalid("constraints.required_profiles has more than %d entries".formatted(MAX_PROFILES), null);
        }
        return new TaskConstraints(
                timeout.isPresent() ? Duration.ofMillis(timeout.getAsLong()) : null,
                qos(json),
                priority(json),
                json.optionalString("model").orElse(null),
                profiles);
    }

    private static @Nullable Qos qos(JsonObject json) {
        Optional<String> word = json.optionalString("qos").or(() -> json.optionalString("qos_class"));
        if (word.isEmpty()) {
            return null;
        }
        return Qos.of(word.get())
                .orElseThrow(() -> invalid(
                        "constraints.qos %s is none of realtime, interactive, batch, best-effort"
                                .formatted(Quoted.of(word.get())),
                        null));
    }

    private static @Nullable Priority priority(JsonObject json) {
        Optional<String> word = json.optionalString("priority");
        if (word.isEmpty()) {
            return null;
        }
        return Priority.of(word.get())
                .orElseThrow(() -> invalid(
                        "constraints.priority %s is none of low, normal, high, critical"
                                .formatted(Quoted.of(word.get())),
                        null));
    }

    private static InvalidRequestException invalid(@Nullable String message, @Nullable Throwable cause) {
        return new InvalidRequestException(
                IicpError.of(
                        ErrorCode.VALIDATION_ERROR,
                        ErrorComponent.NODE,
                        message == null ? "the task is not valid" : message),
                cause);
    }
}
