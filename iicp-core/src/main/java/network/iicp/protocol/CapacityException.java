package network.iicp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The peer is busy, draining or limits the rate. {@link #retryAfter()} tells how long to wait.
 */
public final class CapacityException extends IicpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception from what is known about the failure, with its cause if there is one. */
    public CapacityException(IicpError error, @Nullable Throwable cause) {
        super(error, cause);
    }

    /** Creates the exception from what is known about the failure. */
    public CapacityException(IicpError error) {
        this(error, null);
    }

    @Override
    public CapacityException withError(IicpError known) {
        CapacityException copy = new CapacityException(known, getCause());
        copy.setStackTrace(getStackTrace());
        return copy;
    }
}
