package network.iicp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * An address is not one that this process may connect to or register: wrong scheme, private, loopback or reserved outside its scope.
 */
public final class EndpointRefusedException extends IicpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception from what is known about the failure, with its cause if there is one. */
    public EndpointRefusedException(IicpError error, @Nullable Throwable cause) {
        super(error, cause);
    }

    /** Creates the exception from what is known about the failure. */
    public EndpointRefusedException(IicpError error) {
        this(error, null);
    }

    @Override
    public EndpointRefusedException withError(IicpError known) {
        EndpointRefusedException copy = new EndpointRefusedException(known, getCause());
        copy.setStackTrace(getStackTrace());
        return copy;
    }
}
