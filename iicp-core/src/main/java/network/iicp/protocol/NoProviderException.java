package network.iicp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * No node can take the task: none is known, or every one that was tried failed. {@link #attempts()} tells which.
 */
public final class NoProviderException extends IicpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception from what is known about the failure, with its cause if there is one. */
    public NoProviderException(IicpError error, @Nullable Throwable cause) {
        super(error, cause);
    }

    /** Creates the exception from what is known about the failure. */
    public NoProviderException(IicpError error) {
        this(error, null);
    }

    @Override
    public NoProviderException withError(IicpError known) {
        NoProviderException copy = new NoProviderException(known, getCause());
        copy.setStackTrace(getStackTrace());
        return copy;
    }
}
