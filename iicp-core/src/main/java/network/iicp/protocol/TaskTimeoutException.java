package network.iicp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The time limit of the call passed, at this side or at the node.
 */
public final class TaskTimeoutException extends IicpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception from what is known about the failure, with its cause if there is one. */
    public TaskTimeoutException(IicpError error, @Nullable Throwable cause) {
        super(error, cause);
    }

    /** Creates the exception from what is known about the failure. */
    public TaskTimeoutException(IicpError error) {
        this(error, null);
    }

    @Override
    public TaskTimeoutException withError(IicpError known) {
        TaskTimeoutException copy = new TaskTimeoutException(known, getCause());
        copy.setStackTrace(getStackTrace());
        return copy;
    }
}
