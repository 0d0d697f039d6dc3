package network.iicp.transport;

import org.jspecify.annotations.Nullable;

/** A listener could not be started; the message names host and port and says what to do. */
public final class ListenerStartException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String host;
    private final int port;
    private final boolean portInUse;

    /**
     * Creates the exception.
     *
     * @param message what failed and what to do about it
     * @param host the host that was asked for
     * @param port the port that was asked for
     * @param portInUse whether another socket holds the port
     * @param cause the failure of the socket
     */
    public ListenerStartException(String message, String host, int port, boolean portInUse, @Nullable Throwable cause) {
        super(message, cause);
        this.host = host;
        this.port = port;
        this.portInUse = portInUse;
    }

    /** Returns the host that was asked for. */
    public String host() {
        return host;
    }

    /** Returns the port that was asked for. */
    public int port() {
        return port;
    }

    /** Returns whether another socket holds the port, so that another port may work. */
    public boolean portInUse() {
        return portInUse;
    }
}
