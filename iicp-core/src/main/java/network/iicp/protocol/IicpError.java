package network.iicp.protocol;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known about a failure. Immutable. The message is meant for a person, names the value at fault and never
 * contains payloads, credentials or full endpoints.
 *
 * @param code the readable code; one of {@link ErrorCode#slug()} or whatever text the peer sent
 * @param iicpCode the numeric code, or {@code null}
 * @param message what went wrong and what to do about it
 * @param component who reported it
 * @param retryable whether the same request may succeed later or elsewhere
 * @param httpStatus the HTTP status that carried it, or 0
 * @param retryAfter how long the peer asked to wait, or {@code null}
 * @param taskId the task it concerns, or {@code null}
 * @param node first eight characters of the node's id, or {@code null}
 * @param attempts every send of the call so far, in order
 * @param leftOut candidates of the call that were not asked, and why; at most 32
 */
public record IicpError(
        String code,
        @Nullable String iicpCode,
        String message,
        ErrorComponent component,
        boolean retryable,
        int httpStatus,
        @Nullable Duration retryAfter,
        @Nullable String taskId,
        @Nullable String node,
        List<Attempt> attempts,
        List<LeftOut> leftOut)
        implements Serializable {

    /** Checks that nothing required is missing and copies the attempts. */
    public IicpError {
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(component, "component");
        attempts = List.copyOf(attempts);
        leftOut = List.copyOf(leftOut);
    }

    /** Creates an error of which no candidates are known. */
    public IicpError(
            String code,
            @Nullable String iicpCode,
            String message,
            ErrorComponent component,
            boolean retryable,
            int httpStatus,
            @Nullable Duration retryAfter,
            @Nullable String taskId,
            @Nullable String node,
            List<Attempt> attempts) {
        this(code, iicpCode, message, component, retryable, httpStatus, retryAfter, taskId, node, attempts, List.of());
    }

    /** Returns an error with the defaults of {@code code}. */
    public static IicpError of(ErrorCode code, ErrorComponent component, String message) {
        return new IicpError(
                code.slug(),
                code.iicpCode().orElse(null),
                message,
                component,
                code.retryable(),
                code.httpStatus(),
                null,
                null,
                null,
                List.of());
    }

    /** Returns the listed code, if {@link #code()} or {@link #iicpCode()} is one. */
    public Optional<ErrorCode> knownCode() {
        Optional<ErrorCode> bySlug = ErrorCode.of(code, httpStatus);
        return bySlug.isPresent() || iicpCode == null ? bySlug : ErrorCode.of(iicpCode, httpStatus);
    }

    /** Returns a copy with the given HTTP status. */
    public IicpError withHttpStatus(int status) {
        return new IicpError(
                code, iicpCode, message, component, retryable, status, retryAfter, taskId, node, attempts, leftOut);
    }

    /** Returns a copy with another numeric code, where one slug has several. */
    public IicpError withIicpCode(@Nullable String numeric) {
        return new IicpError(
                code, numeric, message, component, retryable, httpStatus, retryAfter, taskId, node, attempts);
    }

    /** Returns a copy with another answer to whether a retry may help. */
    public IicpError withRetryable(boolean mayRetry) {
        return new IicpError(
                code, iicpCode, message, component, mayRetry, httpStatus, retryAfter, taskId, node, attempts, leftOut);
    }

    /** Returns a copy with the time the peer asked to wait. */
    public IicpError withRetryAfter(@Nullable Duration wait) {
        return new IicpError(
                code, iicpCode, message, component, retryable, httpStatus, wait, taskId, node, attempts, leftOut);
    }

    /** Returns a copy that names the task. */
    public IicpError withTaskId(@Nullable String id) {
        return new IicpError(
                code, iicpCode, message, component, retryable, httpStatus, retryAfter, id, node, attempts, leftOut);
    }

    /** Returns a copy that names the node by the first eight characters of its id. */
    public IicpError withNode(@Nullable String prefix) {
        return new IicpError(
                code,
                iicpCode,
                message,
                component,
                retryable,
                httpStatus,
                retryAfter,
                taskId,
                prefix,
                attempts,
                leftOut);
    }

    /** Returns a copy with the sends of the call. */
    public IicpError withAttempts(List<Attempt> sends) {
        return new IicpError(
                code, iicpCode, message, component, retryable, httpStatus, retryAfter, taskId, node, sends, leftOut);
    }

    /** Returns a copy with the candidates that were not asked. */
    public IicpError withLeftOut(List<LeftOut> candidates) {
        return new IicpError(
                code,
                iicpCode,
                message,
                component,
                retryable,
                httpStatus,
                retryAfter,
                taskId,
                node,
                attempts,
                candidates);
    }
}
