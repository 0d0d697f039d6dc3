package network.iicp.protocol;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Every failure of this library. The subtype says what the caller can do about it, {@link #code()} says what happened,
 * {@link #retryable()} whether the same request may succeed later or elsewhere, and {@link #attempts()} what was tried.
 * Messages never contain payloads, credentials or full endpoints. Instances are immutable apart from suppressed exceptions.
 */
public abstract sealed class IicpException extends RuntimeException
        permits InvalidRequestException,
                PolicyRefusedException,
                UnauthorizedException,
                ConflictException,
                NoProviderException,
                CapacityException,
                TransportException,
                TaskTimeoutException,
                TaskCancelledException,
                ProtocolViolationException,
                BackendException,
                ConfidentialityException,
                EndpointRefusedException,
                ConfigurationException,
                ServerErrorException,
                StreamInterruptedException {

    private static final long serialVersionUID = 1L;

    private final IicpError error;

    IicpException(IicpError error, @Nullable Throwable cause) {
        super(error.message(), cause);
        this.error = Objects.requireNonNull(error, "error");
    }

    /**
     * Returns the exception that fits a failure reported by a peer: by its code where the code is a listed one, else by
     * its HTTP status.
     */
    public static IicpException of(IicpError error, @Nullable Throwable cause) {
        return error.knownCode()
                .map(code -> byCode(code, error, cause))
                .orElseGet(() -> byStatus(error.httpStatus(), error, cause));
    }

    /** Returns the exception that fits a failure reported by a peer, without a cause. */
    public static IicpException of(IicpError error) {
        return of(error, null);
    }

    private static IicpException byCode(ErrorCode code, IicpError error, @Nullable Throwable cause) {
        return switch (code) {
            case INVALID_HTTP_BODY,
                    REQUEST_TOO_LARGE,
                    REQUEST_TIMEOUT,
                    UNSUPPORTED_MEDIA_TYPE,
                    UNSUPPORTED_CONTENT_ENCODING,
                    VALIDATION_ERROR,
                    NOT_FOUND,
                    METHOD_NOT_ALLOWED,
                    UNKNOWN_INTENT,
                    MODEL_NOT_FOUND,
                    UNSUPPORTED_PROFILE -> new InvalidRequestException(error, cause);
            case UNAUTHORIZED,
                    TOKEN_EXPIRED,
                    FORBIDDEN,
                    OWNERSHIP_NOT_PROVEN,
                    CONSUMER_AUTH_REQUIRED,
                    REPUTATION_TOO_LOW -> new UnauthorizedException(error, cause);
            case POLICY_REJECTED,
                    TOOL_EXECUTION_DENIED,
                    ROUTING_POLICY,
                    POLICY_MANIFEST_MISMATCH,
                    DISPATCH_TICKET_UNAVAILABLE,
                    DISPATCH_TICKET_UNVERIFIED,
                    REPLICA_UNVERIFIED,
                    CANDIDATE_RANKER_REFUSED,
                    IDENTITY_CONTEXT_UNSUPPORTED,
                    CREDITS_INSUFFICIENT -> new PolicyRefusedException(error, cause);
            case CONFLICT, REPLAY_DETECTED -> new ConflictException(error, cause);
            case RATE_LIMITED, CAPACITY_EXCEEDED, CAPACITY_EXHAUSTED, TEMPORARILY_UNAVAILABLE, NOT_CONFIGURED ->
                new CapacityException(error, cause);
            case BACKEND_ERROR, BACKEND_REJECTED, TOOLS_LOST, NO_CONSENSUS -> new BackendException(error, cause);
            case TASK_TIMEOUT -> new TaskTimeoutException(error, cause);
            case TASK_CANCELLED -> new TaskCancelledException(error, cause);
            case CX_UNAVAILABLE,
                    CX_DECRYPT_FAILED,
                    CX_RESPONSE_UNAVAILABLE,
                    CX_SEAL_FAILED,
                    CX_REQUIRED,
                    CX_RESPONSE_REQUIRED,
                    CX_RESPONSE_INVALID -> new ConfidentialityException(error, cause);
            case RESPONSE_TOO_LARGE, PROTOCOL_ERROR, DISPATCH_TICKET_MALFORMED ->
                new ProtocolViolationException(error, cause);
            case INTERNAL_ERROR -> new ServerErrorException(error, cause);
            case NO_PROVIDER, NO_AVAILABLE_NODE, NOT_ENOUGH_WORKERS -> new NoProviderException(error, cause);
            case ENDPOINT_REFUSED, ENDPOINT_NOT_ROUTABLE, LIVENESS_FAILED -> new EndpointRefusedException(error, cause);
            case NETWORK_ERROR -> new TransportException(error, cause);
            case STREAM_INTERRUPTED -> new StreamInterruptedException(error, "", cause);
            case INVALID_CONFIG -> new ConfigurationException(error, cause);
        };
    }

    private static IicpException byStatus(int status, IicpError error, @Nullable Throwable cause) {
        return switch (status) {
            case 401, 403 -> new UnauthorizedException(error, cause);
            case 408, 504 -> new TaskTimeoutException(error, cause);
            case 409 -> new ConflictException(error, cause);
            case 429, 503 -> new CapacityException(error, cause);
            case 499 -> new TaskCancelledException(error, cause);
            case 502 -> new BackendException(error, cause);
            default ->
                status >= 400 && status < 500
                        ? new InvalidRequestException(error, cause)
                        : new ServerErrorException(error, cause);
        };
    }

    /** Returns all that is known about the failure. */
    public final IicpError error() {
        return error;
    }

    /** Returns the readable code, see {@link ErrorCode#slug()}; a peer may send others. */
    public final String code() {
        return error.code();
    }

    /** Returns the numeric code such as {@code IICP-E021}, if there is one. */
    public final Optional<String> iicpCode() {
        return Optional.ofNullable(error.iicpCode());
    }

    /** Returns who reported the failure. */
    public final ErrorComponent component() {
        return error.component();
    }

    /** Returns whether the same request may succeed if sent again, to this node or another. */
    public final boolean retryable() {
        return error.retryable();
    }

    /** Returns the HTTP status that carried the failure, or 0. */
    public final int httpStatus() {
        return error.httpStatus();
    }

    /** Returns how long the peer asked to wait before the next try. */
    public final Optional<Duration> retryAfter() {
        return Optional.ofNullable(error.retryAfter());
    }

    /** Returns the task the failure concerns. */
    public final Optional<String> taskId() {
        return Optional.ofNullable(error.taskId());
    }

    /** Returns the first eight characters of the node's id. */
    public final Optional<String> node() {
        return Optional.ofNullable(error.node());
    }

    /** Returns every send of the call, in order; empty when nothing was sent. */
    public final List<Attempt> attempts() {
        return error.attempts();
    }

    /** Returns candidates of the call that were not asked, and why; at most 32. */
    public final List<LeftOut> leftOut() {
        return error.leftOut();
    }

    /** Returns the same failure with more known about it; the cause stays. */
    public abstract IicpException withError(IicpError known);
}
