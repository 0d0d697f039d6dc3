package network.iicp.transport;

import java.util.Objects;
import java.util.Optional;
import network.iicp.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * An inbound request that is answered with an error instead of being handled: its body is too large, too slow, truncated or encoded,
 * or a handler found it wanting. The listener turns it into a JSON answer. The message is sent to the caller, so it must not hold
 * anything private.
 */
public final class RequestRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;
    private final @Nullable String iicpCode;

    /**
     * Creates a refusal with a listed code.
     *
     * @param code what is wrong; its HTTP status is the status of the answer
     * @param message what is wrong and what to do about it, for the caller
     * @throws IllegalArgumentException if the code has no HTTP status
     */
    public RequestRefusedException(ErrorCode code, String message) {
        this(code.httpStatus(), code.slug(), code.iicpCode().orElse(null), message);
    }

    /**
     * Creates a refusal with a status and code of its own.
     *
     * @param status the HTTP status, 400 to 599
     * @param code the readable code, such as {@code uri_too_long}
     * @param message what is wrong and what to do about it, for the caller
     * @throws IllegalArgumentException if the status is not an error
     */
    public RequestRefusedException(int status, String code, String message) {
        this(status, code, null, message);
    }

    private RequestRefusedException(int status, String code, @Nullable String iicpCode, String message) {
        super(Objects.requireNonNull(message, "message"), null, false, false);
        if (status < 400 || status > 599) {
            throw new IllegalArgumentException("status %d of refusal %s is not an error".formatted(status, code));
        }
        this.status = status;
        this.code = Objects.requireNonNull(code, "code");
        this.iicpCode = iicpCode;
    }

    /** Returns the HTTP status of the answer. */
    public int status() {
        return status;
    }

    /** Returns the readable code, such as {@code request_too_large}. */
    public String code() {
        return code;
    }

    /** Returns the numeric code, such as {@code IICP-E023}, if one is assigned. */
    public Optional<String> iicpCode() {
        return Optional.ofNullable(iicpCode);
    }
}
