package network.iicp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The task was cancelled, by the caller or by the operator of the node.
 */
public final class TaskCancelledException extends IicpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception from what is known about the failure, with its cause if there is one. */
    public TaskCancelledException(IicpError error, @Nullable Throwable cause) {
        super(error, cause);
    }

    /** Creates the exception from what is known about the failure. */
    public TaskCancelledException(IicpError error) {
        this(error, null);
    }

    @Override
    public TaskCancelledException withError(IicpError known) {
        TaskCancelledException copy = new TaskCancelledException(known, getCause());
        copy.setStackTrace(getStackTrace());
        return copy;
    }
}
