package network.iicp.protocol.wire;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import network.iicp.json.JsonObject;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes error bodies. Written: {@code {"task_id"?, "status", "error": {"code", "iicp_code"?, "message",
 * "component", "retryable", "retry_after_ms"?}}}. Read: that form, the flat form, and a bare text under {@code error},
 * as older peers send them.
 */
public final class ErrorCodec {

    private static final int LONGEST_CODE = 64;
    private static final int LONGEST_MESSAGE = 300;

    private ErrorCodec() {}

    /**
     * Returns the body of a refused or failed task: the error, the task id when it is known, and {@code status} with the
     * word {@code timeout} for a time-out, else {@code error}.
     */
    public static Map<String, Object> encodeTask(IicpError error) {
        Map<String, Object> body = new LinkedHashMap<>();
        if (error.taskId() != null) {
            body.put("task_id", error.taskId());
        }
        body.put("status", error.code().equals(ErrorCode.TASK_TIMEOUT.slug()) ? "timeout" : "error");
        body.put("error", encode(error));
        return body;
    }

    /** Returns the body {@code {"error": {...}}} of a refused call. */
    public static Map<String, Object> encodeBody(IicpError error) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("error", encode(error));
        return body;
    }

    /** Returns the error object alone. */
    public static Map<String, Object> encode(IicpError error) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("code", error.code());
        if (error.iicpCode() != null) {
            json.put("iicp_code", error.iicpCode());
        }
        json.put("message", error.message());
        json.put("component", error.component().wireName());
        json.put("retryable", error.retryable());
        if (error.retryAfter() != null) {
            json.put("retry_after_ms", error.retryAfter().toMillis());
        }
        return json;
    }

    /**
     * Reads the error a peer answered with.
     *
     * @param httpStatus status of the answer
     * @param body the JSON object; may be empty
     * @param retryAfterHeader value of {@code Retry-After}, or {@code null}
     * @param component who answered
     * @param now the current time, for {@code Retry-After} dates
     * @return what is known; the longer of header and {@code retry_after_ms} counts
     */
    public static IicpError decode(
            int httpStatus,
            Map<String, Object> body,
            @Nullable String retryAfterHeader,
            ErrorComponent component,
            Instant now) {
        IicpError error = decodeBody(httpStatus, body, component);
        Duration wait = error.retryAfter();
        if (retryAfterHeader != null) {
            Duration header = RetryAfter.parse(retryAfterHeader, now).orElse(null);
            wait = longer(wait, header);
        }
        return error.withRetryAfter(wait);
    }

    /** Reads an error object that stands inside another message, for example in the last event of a stream. */
    public static IicpError decodeMember(JsonObject error, ErrorComponent component) {
        return read(error, error.optionalString("message").orElse(""), 0, component);
    }

    private static IicpError decodeBody(int httpStatus, Map<String, Object> body, ErrorComponent component) {
        Object member = body.get("error");
        if (member instanceof Map<?, ?>) {
            JsonObject nested = JsonObject.of(body).object("error");
            JsonObject outer = JsonObject.of(body);
            IicpError error = read(nested, textOf(nested, "message").orElse(""), httpStatus, component);
            return error.withRetryAfter(longer(error.retryAfter(), wait(outer)));
        }
        JsonObject flat = JsonObject.of(body);
        if (member instanceof String text && textOf(flat, "code").isEmpty()) {
            boolean isCode = ErrorCode.of(text).isPresent() || text.startsWith("IICP-");
            String message = textOf(flat, "message").orElse(isCode ? "" : text);
            return error(isCode ? text : null, message, httpStatus, component).withRetryAfter(wait(flat));
        }
        return read(flat, textOf(flat, "message").orElse(""), httpStatus, component);
    }

    private static IicpError read(JsonObject json, String message, int httpStatus, ErrorComponent component) {
        String code = textOf(json, "code").orElse(null);
        IicpError error = error(code, message, httpStatus, component);
        Optional<String> iicpCode = textOf(json, "iicp_code");
        if (iicpCode.isPresent()) {
            error = new IicpError(
                    error.code(),
                    iicpCode.get(),
                    error.message(),
                    component,
                    error.retryable(),
                    httpStatus,
                    null,
                    null,
                    null,
                    List.of());
        }
        Object retryable = json.raw("retryable");
        if (retryable instanceof Boolean may) {
            error = error.withRetryable(may);
        }
        return error.withRetryAfter(wait(json));
    }

    private static IicpError error(@Nullable String code, String message, int httpStatus, ErrorComponent component) {
        Optional<ErrorCode> known = code == null ? Optional.empty() : ErrorCode.of(code, httpStatus);
        String slug = known.map(ErrorCode::slug)
                .orElseGet(() -> code == null ? "http_" + httpStatus : shorten(code, LONGEST_CODE));
        boolean retryable = known.map(ErrorCode::retryable)
                .orElse(httpStatus == 408 || httpStatus == 429 || httpStatus >= 500 || httpStatus == 0);
        String text = message.isBlank()
                ? "the %s answered %s".formatted(component.wireName(), httpStatus == 0 ? slug : "HTTP " + httpStatus)
                : shorten(message, LONGEST_MESSAGE);
        return new IicpError(
                slug,
                known.flatMap(ErrorCode::iicpCode).orElse(null),
                text,
                component,
                retryable,
                httpStatus,
                null,
                null,
                null,
                List.of());
    }

    private static Optional<String> textOf(JsonObject json, String name) {
        Object value = json.raw(name);
        if (value instanceof String text && !text.isBlank()) {
            return Optional.of(text);
        }
        return value instanceof Number number ? Optional.of(number.toString()) : Optional.empty();
    }

    private static @Nullable Duration wait(JsonObject json) {
        Duration millis = number(json, "retry_after_ms").map(Duration::ofMillis).orElse(null);
        Duration seconds = number(json, "retry_after").map(Duration::ofSeconds).orElse(null);
        return longer(millis, seconds);
    }

    private static Optional<Long> number(JsonObject json, String name) {
        Object value = json.raw(name);
        if (value instanceof Number number) {
            double amount = number.doubleValue();
            if (amount >= 0 && amount <= 86_400_000d) {
                return Optional.of((long) Math.ceil(amount));
            }
        }
        return Optional.empty();
    }

    private static @Nullable Duration longer(@Nullable Duration a, @Nullable Duration b) {
        if (a == null || b == null) {
            Duration one = a == null ? b : a;
            return one == null ? null : RetryAfter.bounded(one);
        }
        return RetryAfter.bounded(a.compareTo(b) > 0 ? a : b);
    }

    private static String shorten(String text, int longest) {
        StringBuilder clean = new StringBuilder(Math.min(text.length(), longest));
        text.codePoints()
                .limit(longest)
                .map(c -> Character.isISOControl(c) ? ' ' : c)
                .forEach(clean::appendCodePoint);
        return clean.toString();
    }
}
