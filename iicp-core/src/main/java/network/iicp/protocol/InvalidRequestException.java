package network.iicp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The request itself is wrong: a member is missing, malformed, too large or out of range. Sending it again does not help.
 */
public final class InvalidRequestException extends IicpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception from what is known about the failure, with its cause if there is one. */
    public InvalidRequestException(IicpError error, @Nullable Throwable cause) {
        super(error, cause);
    }

    /** Creates the exception from what is known about the failure. */
    public InvalidRequestException(IicpError error) {
        this(error, null);
    }

    @Override
    public InvalidRequestException withError(IicpError known) {
        InvalidRequestException copy = new InvalidRequestException(known, getCause());
        copy.setStackTrace(getStackTrace());
        return copy;
    }
}
