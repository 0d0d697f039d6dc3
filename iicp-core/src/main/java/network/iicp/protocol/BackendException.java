package network.iicp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The engine behind a node failed or refused the request.
 */
public final class BackendException extends IicpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception from what is known about the failure, with its cause if there is one. */
    public BackendException(IicpError error, @Nullable Throwable cause) {
        super(error, cause);
    }

    /** Creates the exception from what is known about the failure. */
    public BackendException(IicpError error) {
        this(error, null);
    }

    @Override
    public BackendException withError(IicpError known) {
        BackendException copy = new BackendException(known, getCause());
        copy.setStackTrace(getStackTrace());
        return copy;
    }
}
