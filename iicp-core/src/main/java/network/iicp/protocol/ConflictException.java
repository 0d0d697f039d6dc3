package network.iicp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The task id, nonce or envelope was used before, with other content or still running.
 */
public final class ConflictException extends IicpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception from what is known about the failure, with its cause if there is one. */
    public ConflictException(IicpError error, @Nullable Throwable cause) {
        super(error, cause);
    }

    /** Creates the exception from what is known about the failure. */
    public ConflictException(IicpError error) {
        this(error, null);
    }

    @Override
    public ConflictException withError(IicpError known) {
        ConflictException copy = new ConflictException(known, getCause());
        copy.setStackTrace(getStackTrace());
        return copy;
    }
}
