package network.iicp.protocol.wire;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.Quoted;
import network.iicp.protocol.Usage;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes answers to {@code POST /v1/task}. HTTP 200 does not mean success: official nodes report engine failures
 * inside it in several ways, and all of them are read as the failures they are.
 */
public final class TaskReplyCodec {

    /** The status word this library writes. Official nodes also say {@code completed}, some peers {@code ok}. */
    public static final String SUCCESS = "success";

    private static final List<String> SUCCESS_WORDS = List.of(SUCCESS, "completed", "ok");

    /** What engines of the OpenAI dialect call errors that every other engine would repeat. */
    private static final List<String> REFUSALS_OF_ENGINES = List.of("invalid_request_error", "invalid_request");

    private TaskReplyCodec() {}

    /** Returns the body of a successful answer. Token counts are repeated at the top level for consumers that look there. */
    public static Map<String, Object> success(
            String taskId, Object result, Usage usage, @Nullable String model, Map<String, Object> metrics) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("task_id", taskId);
        body.put("status", SUCCESS);
        body.put("result", result);
        Map<String, Object> counts = UsageCodec.encode(usage);
        if (!counts.isEmpty()) {
            body.put("usage", counts);
        }
        body.put("metrics", metrics);
        if (model != null) {
            body.put("model_used", model);
        }
        body.put("generated_by_ai", true);
        return body;
    }

    /** Returns the body of a sealed answer. */
    public static Map<String, Object> encrypted(String taskId, Map<String, Object> sealed) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("task_id", taskId);
        body.put("status", "encrypted");
        body.put("iicp_conf_resp", sealed);
        return body;
    }

    /** Returns the sealed answer inside a body, if it is one. */
    @SuppressWarnings("unchecked")
    public static Optional<Map<String, Object>> sealedPart(Map<String, Object> body) {
        return body.get("iicp_conf_resp") instanceof Map<?, ?> sealed
                ? Optional.of((Map<String, Object>) sealed)
                : Optional.empty();
    }

    /**
     * Reads an answer that is in clear, or was opened.
     *
     * @param httpStatus status of the answer
     * @param body the JSON object
     * @param retryAfterHeader value of {@code Retry-After}, or {@code null}
     * @param taskId the task that was asked
     * @param now the current time
     * @return the success
     * @throws IicpException if the answer is a failure in any of its forms, belongs to another task, or is no answer
     */
    public static TaskReply decode(
            int httpStatus, Map<String, Object> body, @Nullable String retryAfterHeader, String taskId, Instant now) {
        if (httpStatus >= 400) {
            throw IicpException.of(ErrorCodec.decode(httpStatus, body, retryAfterHeader, ErrorComponent.NODE, now)
                    .withTaskId(taskId));
        }
        if (httpStatus < 200 || httpStatus > 299) {
            throw violation(taskId, "the node answered HTTP %d, which is no answer to a task".formatted(httpStatus));
        }
        requireSameTask(body, taskId);
        failureInside(body).ifPresent(error -> {
            throw IicpException.of(error.withTaskId(taskId));
        });
        return success(body, taskId);
    }

    private static TaskReply success(Map<String, Object> body, String taskId) {
        Object status = body.get("status");
        if (status != null && !(status instanceof String word && SUCCESS_WORDS.contains(word))) {
            throw violation(taskId, "the node answered with status %s".formatted(Quoted.of(status.toString())));
        }
        Object result = body.get("result");
        if (result == null) {
            throw violation(taskId, "the node answered without a result");
        }
        Map<String, Object> metrics = asMap(body.get("metrics"));
        Map<String, Object> inner = asMap(result);
        return new TaskReply(
                taskId,
                result,
                usage(body, inner, metrics),
                model(body, inner),
                metrics,
                asMap(body.get("trace")),
                body.get("cip_receipt") instanceof Map<?, ?> ? asMap(body.get("cip_receipt")) : null);
    }

    private static Usage usage(Map<String, Object> body, Map<String, Object> result, Map<String, Object> metrics) {
        Usage usage = UsageCodec.decode(result.get("usage"));
        if (!usage.isKnown()) {
            usage = UsageCodec.decode(body.get("usage"));
        }
        if (!usage.isKnown()) {
            usage = new Usage(null, null, UsageCodec.count(metrics.get("tokens_used")));
        }
        return usage;
    }

    private static @Nullable String model(Map<String, Object> body, Map<String, Object> result) {
        if (result.get("model") instanceof String name && !name.isBlank()) {
            return name;
        }
        return body.get("model_used") instanceof String name && !name.isBlank() ? name : null;
    }

    private static void requireSameTask(Map<String, Object> body, String taskId) {
        if (body.get("task_id") instanceof String answered && !answered.equals(taskId)) {
            throw violation(taskId, "the node answered task %s instead".formatted(Quoted.of(answered)));
        }
    }

    /** Failures that travel inside HTTP 200: numeric at the top or in the result, an error object at the top or in the result. */
    private static Optional<IicpError> failureInside(Map<String, Object> body) {
        Optional<IicpError> numeric = numericFailure(body);
        if (numeric.isPresent()) {
            return numeric;
        }
        if (isFailureObject(body.get("error"))) {
            return Optional.of(carried(body));
        }
        Map<String, Object> result = asMap(body.get("result"));
        numeric = numericFailure(result);
        if (numeric.isPresent()) {
            return numeric;
        }
        if (isFailureObject(result.get("error")) && !result.containsKey("choices")) {
            return Optional.of(carried(Map.of("error", nonNull(result.get("error")))));
        }
        Object status = body.get("status");
        return status instanceof String word && (word.equals("error") || word.equals("timeout"))
                ? Optional.of(IicpError.of(
                        word.equals("timeout") ? ErrorCode.TASK_TIMEOUT : ErrorCode.BACKEND_ERROR,
                        ErrorComponent.NODE,
                        "the node reported that the task failed"))
                : Optional.empty();
    }

    private static Object nonNull(@Nullable Object value) {
        return value == null ? Map.of() : value;
    }

    private static boolean isFailureObject(@Nullable Object error) {
        return error instanceof Map<?, ?> map ? !map.isEmpty() : error instanceof String text && !text.isBlank();
    }

    /** An error object inside a success status: retried elsewhere unless its code is one that another node repeats. */
    private static IicpError carried(Map<String, Object> body) {
        IicpError error = ErrorCodec.decode(0, body, null, ErrorComponent.NODE, Instant.EPOCH);
        if (error.knownCode().isPresent()) {
            return error.withHttpStatus(200);
        }
        Map<String, Object> object = asMap(body.get("error"));
        if (REFUSALS_OF_ENGINES.contains(String.valueOf(object.get("type")))) {
            return failure(ErrorCode.BACKEND_REJECTED, error.message(), false);
        }
        Optional<IicpError> numeric = numeric(object.get("code"));
        if (numeric.isPresent()) {
            return numeric.get();
        }
        IicpError backend = IicpError.of(ErrorCode.BACKEND_ERROR, ErrorComponent.NODE, error.message());
        return backend.withHttpStatus(200).withRetryAfter(error.retryAfter());
    }

    private static Optional<IicpError> numericFailure(Map<String, Object> json) {
        return numeric(json.get("error_code"));
    }

    private static Optional<IicpError> numeric(@Nullable Object value) {
        if (!(value instanceof Number number)) {
            return Optional.empty();
        }
        int code = number.intValue();
        String reported = "the engine behind the node reported " + code;
        return Optional.of(
                switch (code) {
                    case 408, 504 -> failure(ErrorCode.TASK_TIMEOUT, reported, true);
                    case 429 -> failure(ErrorCode.CAPACITY_EXCEEDED, reported, true);
                    case 400, 413, 422 -> failure(ErrorCode.BACKEND_REJECTED, reported, false);
                    case 401, 403 -> failure(ErrorCode.BACKEND_ERROR, reported, false);
                    case 404 -> failure(ErrorCode.MODEL_NOT_FOUND, reported, false);
                    default -> failure(ErrorCode.BACKEND_ERROR, reported, true);
                });
    }

    private static IicpError failure(ErrorCode code, String message, boolean retryable) {
        return IicpError.of(code, ErrorComponent.NODE, message)
                .withHttpStatus(200)
                .withRetryable(retryable);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> asMap(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
    }

    private static ProtocolViolationException violation(String taskId, String message) {
        return new ProtocolViolationException(IicpError.of(ErrorCode.PROTOCOL_ERROR, ErrorComponent.NODE, message)
                .withTaskId(taskId));
    }
}
