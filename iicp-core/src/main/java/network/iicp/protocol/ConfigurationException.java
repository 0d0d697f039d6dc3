package network.iicp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The library or the command line was given values that cannot work. Nothing was sent.
 */
public final class ConfigurationException extends IicpException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception from what is known about the failure, with its cause if there is one. */
    public ConfigurationException(IicpError error, @Nullable Throwable cause) {
        super(error, cause);
    }

    /** Creates the exception from what is known about the failure. */
    public ConfigurationException(IicpError error) {
        this(error, null);
    }

    @Override
    public ConfigurationException withError(IicpError known) {
        ConfigurationException copy = new ConfigurationException(known, getCause());
        copy.setStackTrace(getStackTrace());
        return copy;
    }
}
