package network.iicp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The peer failed in a way it did not explain further.
 */
public final class ServerErrorException extends IicpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception from what is known about the failure, with its cause if there is one. */
    public ServerErrorException(IicpError error, @Nullable Throwable cause) {
        super(error, cause);
    }

    /** Creates the exception from what is known about the failure. */
    public ServerErrorException(IicpError error) {
        this(error, null);
    }

    @Override
    public ServerErrorException withError(IicpError known) {
        ServerErrorException copy = new ServerErrorException(known, getCause());
        copy.setStackTrace(getStackTrace());
        return copy;
    }
}
