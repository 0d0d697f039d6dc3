package network.iicp.client;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.ServerErrorException;
import network.iicp.protocol.TaskCancelledException;
import network.iicp.protocol.TaskTimeoutException;
import org.jspecify.annotations.Nullable;

/** Turns what futures throw into the exception family. */
final class Faults {

    private Faults() {}

    static Throwable unwrap(Throwable fault) {
        Throwable inner = fault;
        while ((inner instanceof CompletionException || inner instanceof ExecutionException)
                && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    /** Every failure leaves as an {@link IicpException}; what is none is a defect of this library and says so. */
    static IicpException typed(Throwable fault) {
        Throwable inner = unwrap(fault);
        if (inner instanceof IicpException known) {
            return known;
        }
        if (inner instanceof CancellationException) {
            return new TaskCancelledException(
                    IicpError.of(ErrorCode.TASK_CANCELLED, ErrorComponent.CLIENT, "the call was cancelled"), inner);
        }
        return new ServerErrorException(
                IicpError.of(
                                ErrorCode.INTERNAL_ERROR,
                                ErrorComponent.CLIENT,
                                "the call failed inside the client: "
                                        + inner.getClass().getSimpleName())
                        .withHttpStatus(0)
                        .withRetryable(false),
                inner);
    }

    static TaskTimeoutException timeout(String message) {
        return new TaskTimeoutException(IicpError.of(ErrorCode.TASK_TIMEOUT, ErrorComponent.CLIENT, message)
                .withHttpStatus(0));
    }

    static IicpException error(ErrorCode code, String message) {
        return error(code, message, null);
    }

    static IicpException error(ErrorCode code, String message, @Nullable Throwable cause) {
        return IicpException.of(
                IicpError.of(code, ErrorComponent.CLIENT, message).withHttpStatus(0), cause);
    }
}
