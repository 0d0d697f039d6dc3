package network.iicp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The peer could not be reached, or the connection was cut before the answer was complete.
 */
public final class TransportException extends IicpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception from what is known about the failure, with its cause if there is one. */
    public TransportException(IicpError error, @Nullable Throwable cause) {
        super(error, cause);
    }

    /** Creates the exception from what is known about the failure. */
    public TransportException(IicpError error) {
        this(error, null);
    }

    @Override
    public TransportException withError(IicpError known) {
        TransportException copy = new TransportException(known, getCause());
        copy.setStackTrace(getStackTrace());
        return copy;
    }
}
