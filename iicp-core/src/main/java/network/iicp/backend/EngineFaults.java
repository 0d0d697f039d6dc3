package network.iicp.backend;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.InvalidRequestException;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.Quoted;
import network.iicp.protocol.TaskTimeoutException;
import network.iicp.protocol.TransportException;
import network.iicp.protocol.wire.RetryAfter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says what failures of an engine mean to the consumer. What the engine wrote stays here: it may quote prompts, paths and
 * addresses. Only well-known code words pass.
 */
final class EngineFaults {

    /** Wait that is advised when a busy engine does not name one. */
    static final Duration DEFAULT_RETRY_AFTER = Duration.ofSeconds(2);

    private static final Logger log = LoggerFactory.getLogger(EngineFaults.class);

    private static final JsonLimits ERROR_LIMITS = JsonLimits.DEFAULT;

    private static final Set<String> PASSING_CODES = Set.of(
            "context_length_exceeded",
            "content_filter",
            "content_policy_violation",
            "exceed_context_size_error",
            "invalid_value",
            "rate_limit_exceeded",
            "string_above_max_length",
            "unsupported_parameter",
            "unsupported_value");

    /** The statuses that would have come with errors of the Messages API that come in the middle of a stream. */
    private static final Map<String, Integer> STATUS_OF_TYPE = Map.of(
            "invalid_request_error", 400,
            "authentication_error", 401,
            "permission_error", 403,
            "not_found_error", 404,
            "request_too_large", 413,
            "rate_limit_error", 429,
            "api_error", 500,
            "timeout_error", 504,
            "overloaded_error", 529);

    private static final Pattern NO_SUCH_MODEL = Pattern.compile(
            "model\\b.{0,200}\\b(?:not found|not exist|not loaded|unknown|no such)|(?:not find|no such|unknown) model",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    /** What an engine wrote about a failure. */
    private record Report(String code, String type, String message, int status) {

        static final Report EMPTY = new Report("", "", "", 0);

        static Report of(@Nullable Object error) {
            if (error instanceof Map<?, ?> json) {
                Object code = json.get("code");
                int status = number(code) != 0 ? number(code) : number(json.get("status"));
                String type = text(json.get("type"));
                return new Report(
                        text(code),
                        type,
                        text(json.get("message")),
                        status == 0 ? STATUS_OF_TYPE.getOrDefault(type, 0) : status);
            }
            return new Report("", "", text(error), 0);
        }

        private static int number(@Nullable Object value) {
            return value instanceof Number number ? number.intValue() : 0;
        }

        private static String text(@Nullable Object value) {
            return value instanceof String text ? text : "";
        }

        boolean isAboutModel() {
            String where = (code + " " + type).toLowerCase(Locale.ROOT);
            String beginning = message.substring(0, Math.min(message.length(), 1_000));
            return where.contains("model_not_found")
                    || (type.equals("not_found_error") && beginning.startsWith("model:"))
                    || NO_SUCH_MODEL.matcher(beginning).find();
        }

        String reason() {
            if (PASSING_CODES.contains(code)) {
                return ": " + code;
            }
            return PASSING_CODES.contains(type) ? ": " + type : "";
        }
    }

    private EngineFaults() {}

    /** The exchange of a task failed before an answer was complete. */
    static IicpException unanswered(Throwable failure, Deadline deadline) {
        if (deadline.expired()) {
            return new TaskTimeoutException(
                    IicpError.of(
                            ErrorCode.TASK_TIMEOUT,
                            ErrorComponent.NODE,
                            "the engine did not finish inside the time limit of the task"),
                    failure);
        }
        if (failure instanceof TaskTimeoutException) {
            return BackendFaults.failed("the engine fell silent in the middle of its answer", failure);
        }
        return silent(failure);
    }

    /** The engine cannot be reached, or answered with something that is not HTTP or too large. */
    static IicpException silent(Throwable failure) {
        if (failure instanceof TransportException) {
            return BackendFaults.failed("the engine cannot be reached or cut the connection", failure);
        }
        if (failure instanceof TaskTimeoutException) {
            return BackendFaults.failed("the engine did not answer in time", failure);
        }
        if (failure instanceof ProtocolViolationException violation) {
            boolean tooLarge = violation.code().equals(ErrorCode.RESPONSE_TOO_LARGE.slug());
            return BackendFaults.failed(
                    tooLarge ? "the engine's answer is too large" : "the engine's answer is not valid HTTP", failure);
        }
        return BackendFaults.failed("asking the engine failed", failure);
    }

    /**
     * Returns what an answer without success means.
     *
     * @param status its HTTP status
     * @param retryAfter its {@code Retry-After}, or {@code null}
     * @param body its body, whatever it is
     * @param notFound what to answer if the engine does not know the model
     */
    static IicpException refused(
            int status, @Nullable String retryAfter, byte[] body, InvalidRequestException notFound, Instant now) {
        Report report = report(body);
        log.debug(
                "the engine answered HTTP {} with code {}, type {}, message {}",
                status,
                Quoted.of(report.code()),
                Quoted.of(report.type()),
                Quoted.of(report.message()));
        Duration wait = Optional.ofNullable(retryAfter)
                .flatMap(header -> RetryAfter.parse(header, now))
                .orElse(DEFAULT_RETRY_AFTER);
        return byStatus(status, report, wait, notFound);
    }

    /** Returns what an {@code error} member means, in a body with status 200 or in the middle of a stream. */
    static IicpException reported(@Nullable Object error, InvalidRequestException notFound) {
        Report report = Report.of(error);
        log.debug(
                "the engine reported an error with code {}, type {}, message {}",
                Quoted.of(report.status() == 0 ? report.code() : String.valueOf(report.status())),
                Quoted.of(report.type()),
                Quoted.of(report.message()));
        return byStatus(report.status(), report, DEFAULT_RETRY_AFTER, notFound);
    }

    private static IicpException byStatus(
            int status, Report report, Duration retryAfter, InvalidRequestException notFound) {
        return switch (status) {
            case 429, 503, 529 -> BackendFaults.unavailable("the engine is busy or not ready", retryAfter);
            case 404 -> report.isAboutModel() ? notFound : rejected(status, report);
            case 400, 413, 422 -> report.code().equals("model_not_found") ? notFound : rejected(status, report);
            case 401, 403 ->
                BackendFaults.failed(
                        "the engine refused this node's credential; its operator has to set a valid API key", null);
            case 0 -> BackendFaults.failed("the engine reported an error" + report.reason(), null);
            default -> BackendFaults.failed("the engine failed with HTTP status " + status + report.reason(), null);
        };
    }

    private static IicpException rejected(int status, Report report) {
        return BackendFaults.rejected("the engine refused the request with HTTP status " + status + report.reason());
    }

    private static Report report(byte[] body) {
        if (body.length == 0 || body.length > ERROR_LIMITS.maxBytes()) {
            return Report.EMPTY;
        }
        try {
            Map<String, Object> json = Json.parseObject(body, ERROR_LIMITS);
            return Report.of(json.containsKey("error") ? json.get("error") : json);
        } catch (JsonException e) {
            return Report.EMPTY;
        }
    }
}
