package network.iicp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * A stream broke after output had begun, and was not to be continued or could not. What was delivered is not replayed;
 * {@link #textSoFar()} holds it.
 */
public final class StreamInterruptedException extends IicpException {

    private static final long serialVersionUID = 1L;

    private final String textSoFar;

    /** Creates the exception from what is known about the failure, the text delivered so far and the cause. */
    public StreamInterruptedException(IicpError error, String textSoFar, @Nullable Throwable cause) {
        super(error, cause);
        this.textSoFar = textSoFar;
    }

    /** Returns the text that was delivered before the stream broke; may be empty. Not part of the message. */
    public String textSoFar() {
        return textSoFar;
    }

    @Override
    public StreamInterruptedException withError(IicpError known) {
        StreamInterruptedException copy = new StreamInterruptedException(known, textSoFar, getCause());
        copy.setStackTrace(getStackTrace());
        return copy;
    }
}
