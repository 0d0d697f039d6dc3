package network.iicp.node;

import java.util.Optional;
import network.iicp.json.JsonException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns what handlers and the node itself throw into what the consumer is told: a listed code, and nothing of the inside. */
final class Failures {

    private static final Logger log = LoggerFactory.getLogger(Failures.class);
    private static final int LONGEST_MESSAGE = 300;

    private Failures() {}

    /** Returns what a consumer is told about the failure of a handler. */
    static IicpError ofHandler(Throwable failure, Intent intent) {
        if (failure instanceof IicpException known) {
            return ofNode(known);
        }
        if (failure instanceof JsonException) {
            log.warn("the handler of {} produced something that is not JSON: {}", intent, failure.getMessage());
            return error(ErrorCode.BACKEND_ERROR, "the handler produced something that is not JSON");
        }
        if (!(failure instanceof InterruptedException)) {
            // The message of a foreign exception may hold parts of the payload; its place in the code does not.
            log.warn(
                    "the handler of {} failed: {} {}",
                    intent,
                    failure.getClass().getName(),
                    place(failure));
            log.debug("the handler of {} failed", intent, failure);
        }
        return error(ErrorCode.BACKEND_ERROR, "the handler of this node failed");
    }

    private static String place(Throwable failure) {
        StackTraceElement[] stack = failure.getStackTrace();
        return stack.length == 0 ? "" : "at " + stack[0];
    }

    /**
     * Returns the error of an exception of the family as this node tells it. Codes that never cross the wire, such as a broken
     * connection to the engine, become {@code backend_error}.
     */
    static IicpError ofNode(IicpException known) {
        IicpError error = known.error();
        Optional<ErrorCode> code = error.knownCode().filter(c -> c.httpStatus() > 0);
        if (code.isEmpty()) {
            return error(ErrorCode.BACKEND_ERROR, "the engine of this node cannot be used")
                    .withRetryAfter(error.retryAfter());
        }
        String numeric = error.iicpCode() == null ? code.get().iicpCode().orElse(null) : error.iicpCode();
        return IicpError.of(code.get(), ErrorComponent.NODE, shortened(error.message()))
                .withIicpCode(numeric)
                .withRetryable(error.retryable())
                .withRetryAfter(error.retryAfter());
    }

    private static String shortened(String message) {
        StringBuilder text = new StringBuilder();
        message.codePoints()
                .limit(LONGEST_MESSAGE)
                .map(c -> Character.isISOControl(c) ? ' ' : c)
                .forEach(text::appendCodePoint);
        return text.toString();
    }

    private static IicpError error(ErrorCode code, String message) {
        return IicpError.of(code, ErrorComponent.NODE, message);
    }
}
