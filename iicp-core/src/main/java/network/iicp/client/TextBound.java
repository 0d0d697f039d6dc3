package network.iicp.client;

import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.ProtocolViolationException;

/** The bound of what is kept of one streamed answer, and what is wrong with answers that are none. */
final class TextBound {

    private final long most;

    /**
     * @param most most characters that are kept
     */
    TextBound(long most) {
        this.most = most;
    }

    /**
     * Checks how much is kept.
     *
     * @throws ProtocolViolationException if that is too much
     */
    void check(long kept) {
        if (kept > most) {
            throw new ProtocolViolationException(IicpError.of(
                    ErrorCode.RESPONSE_TOO_LARGE,
                    ErrorComponent.CLIENT,
                    "the streamed answer is longer than %d characters; raise maxResponseBytes if it is expected"
                            .formatted(most)));
        }
    }

    static ProtocolViolationException unreadable() {
        return new ProtocolViolationException(IicpError.of(
                ErrorCode.PROTOCOL_ERROR,
                ErrorComponent.NODE,
                "the node sent a part of the result that is neither an object nor a text"));
    }

    static ProtocolViolationException noAnswer(String what) {
        return new ProtocolViolationException(IicpError.of(ErrorCode.PROTOCOL_ERROR, ErrorComponent.NODE, what));
    }
}
