package network.iicp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The peer did not accept the credential, or wanted one.
 */
public final class UnauthorizedException extends IicpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception from what is known about the failure, with its cause if there is one. */
    public UnauthorizedException(IicpError error, @Nullable Throwable cause) {
        super(error, cause);
    }

    /** Creates the exception from what is known about the failure. */
    public UnauthorizedException(IicpError error) {
        this(error, null);
    }

    @Override
    public UnauthorizedException withError(IicpError known) {
        UnauthorizedException copy = new UnauthorizedException(known, getCause());
        copy.setStackTrace(getStackTrace());
        return copy;
    }
}
