package network.iicp.node;

import java.time.Duration;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;

/** Makes the exceptions with which a node refuses a task. */
final class Refusal {

    private Refusal() {}

    /** Returns the exception of a code; the message goes to the caller, so it names values but holds nothing private. */
    static IicpException of(ErrorCode code, String message) {
        return IicpException.of(IicpError.of(code, ErrorComponent.NODE, message));
    }

    /** Returns the exception of a code, with the time after which the caller may try again. */
    static IicpException of(ErrorCode code, String message, Duration retryAfter) {
        return IicpException.of(IicpError.of(code, ErrorComponent.NODE, message).withRetryAfter(retryAfter));
    }
}
