package network.iicp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * A policy forbids the request: the intent is prohibited or high risk, or no candidate passes the routing policy.
 */
public final class PolicyRefusedException extends IicpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception from what is known about the failure, with its cause if there is one. */
    public PolicyRefusedException(IicpError error, @Nullable Throwable cause) {
        super(error, cause);
    }

    /** Creates the exception from what is known about the failure. */
    public PolicyRefusedException(IicpError error) {
        this(error, null);
    }

    @Override
    public PolicyRefusedException withError(IicpError known) {
        PolicyRefusedException copy = new PolicyRefusedException(known, getCause());
        copy.setStackTrace(getStackTrace());
        return copy;
    }
}
