package network.iicp.transport;

import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.TaskCancelledException;
import network.iicp.protocol.TaskTimeoutException;
import network.iicp.protocol.TransportException;
import org.jspecify.annotations.Nullable;

/** What goes wrong on the way, as exceptions of the protocol. */
final class TransportFaults {

    private TransportFaults() {}

    /** Says what a failure of the JDK's client means. */
    static RuntimeException of(Throwable thrown, HttpCall call) {
        Throwable failure = thrown;
        while (failure instanceof CompletionException && failure.getCause() != null) {
            failure = failure.getCause();
        }
        if (failure instanceof IicpException known) {
            return known;
        }
        if (call.deadline().expired()) {
            return deadlinePassed(call, 0);
        }
        if (failure instanceof IllegalArgumentException invalid) {
            return invalid;
        }
        if (has(failure, UnresolvedAddressException.class)) {
            return network("the host name of %s does not resolve".formatted(call.peer()), failure);
        }
        if (failure instanceof HttpConnectTimeoutException) {
            return notConnected(call, failure);
        }
        if (has(failure, ConnectException.class)) {
            return network("%s refused the connection or cannot be reached".formatted(call.peer()), failure);
        }
        if (has(failure, SSLException.class)) {
            return network(
                    "TLS with %s failed; check its certificate and the trust store".formatted(call.peer()), failure);
        }
        if (has(failure, ProtocolException.class)) {
            return violation(
                    ErrorCode.PROTOCOL_ERROR, "%s did not answer with valid HTTP".formatted(call.peer()), 0, failure);
        }
        return network("the connection to %s was cut before the answer was complete".formatted(call.peer()), failure);
    }

    static TransportException notConnected(HttpCall call) {
        return notConnected(call, new HttpConnectTimeoutException("the connect limit of the call passed"));
    }

    private static TransportException notConnected(HttpCall call, Throwable cause) {
        return network("%s did not accept the connection in time".formatted(call.peer()), cause);
    }

    private static boolean has(Throwable failure, Class<? extends Throwable> type) {
        int depth = 0;
        for (Throwable cause = failure; cause != null && depth < 16; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
            depth++;
        }
        return false;
    }

    static TransportException network(String message, @Nullable Throwable cause) {
        return new TransportException(error(ErrorCode.NETWORK_ERROR, message, 0), cause);
    }

    static TaskTimeoutException deadlinePassed(HttpCall call, int status) {
        String message = status == 0
                ? "%s gave no answer before the deadline of the call".formatted(call.peer())
                : "the answer of %s was not complete at the deadline of the call".formatted(call.peer());
        return new TaskTimeoutException(error(ErrorCode.TASK_TIMEOUT, message, status));
    }

    static TaskTimeoutException idle(HttpCall call, Duration idle, int status) {
        String message =
                "%s sent nothing for %d ms in the middle of its answer".formatted(call.peer(), idle.toMillis());
        return new TaskTimeoutException(error(ErrorCode.TASK_TIMEOUT, message, status));
    }

    static ProtocolViolationException tooLarge(HttpCall call, int status) {
        String message = "the answer of %s is larger than %d bytes; raise the size limit of the call if it is expected"
                .formatted(call.peer(), call.maxBytes());
        return violation(ErrorCode.RESPONSE_TOO_LARGE, message, status, null);
    }

    static ProtocolViolationException encoded(HttpCall call, int status) {
        return violation(
                ErrorCode.PROTOCOL_ERROR,
                "%s answered with a content coding although none was accepted".formatted(call.peer()),
                status,
                null);
    }

    static ProtocolViolationException noEventStream(HttpCall call, int status) {
        return violation(
                ErrorCode.PROTOCOL_ERROR,
                "%s answered with status %d instead of an event stream".formatted(call.peer(), status),
                status,
                null);
    }

    static TaskCancelledException cancelled(String message) {
        return new TaskCancelledException(error(ErrorCode.TASK_CANCELLED, message, 0));
    }

    private static ProtocolViolationException violation(
            ErrorCode code, String message, int status, @Nullable Throwable cause) {
        return new ProtocolViolationException(error(code, message, status), cause);
    }

    private static IicpError error(ErrorCode code, String message, int status) {
        return IicpError.of(code, ErrorComponent.CLIENT, message).withHttpStatus(status);
    }
}
