package network.iicp.transport;

import org.jspecify.annotations.Nullable;

/** The peer that sent a request has closed the connection, reset it or stopped reading; what is written to it now is lost. */
public final class ClientGoneException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message how it was noticed
     * @param cause the failure of the connection, or {@code null}
     */
    public ClientGoneException(String message, @Nullable Throwable cause) {
        super(message, cause, false, false);
    }
}
