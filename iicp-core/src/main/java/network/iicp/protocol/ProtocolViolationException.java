package network.iicp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The peer answered with something that is not the protocol: not JSON, another task id, an event out of order, an answer over the size limit.
 */
public final class ProtocolViolationException extends IicpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception from what is known about the failure, with its cause if there is one. */
    public ProtocolViolationException(IicpError error, @Nullable Throwable cause) {
        super(error, cause);
    }

    /** Creates the exception from what is known about the failure. */
    public ProtocolViolationException(IicpError error) {
        this(error, null);
    }

    @Override
    public ProtocolViolationException withError(IicpError known) {
        ProtocolViolationException copy = new ProtocolViolationException(known, getCause());
        copy.setStackTrace(getStackTrace());
        return copy;
    }
}
