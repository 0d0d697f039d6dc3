package network.iicp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * A message could not be sealed or opened, or encryption was required and not offered.
 */
public final class ConfidentialityException extends IicpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception from what is known about the failure, with its cause if there is one. */
    public ConfidentialityException(IicpError error, @Nullable Throwable cause) {
        super(error, cause);
    }

    /** Creates the exception from what is known about the failure. */
    public ConfidentialityException(IicpError error) {
        this(error, null);
    }

    @Override
    public ConfidentialityException withError(IicpError known) {
        ConfidentialityException copy = new ConfidentialityException(known, getCause());
        copy.setStackTrace(getStackTrace());
        return copy;
    }
}
