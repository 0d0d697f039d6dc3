package network.iicp.client;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.function.Predicate;
import javax.net.ssl.SSLHandshakeException;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.CapacityException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.ServerErrorException;
import network.iicp.protocol.TaskCancelledException;
import network.iicp.protocol.TaskTimeoutException;
import network.iicp.protocol.TransportException;

/**
 * What follows from a failed send. Codes of IICP collide between components and statuses, so the decision looks at code
 * and HTTP status together. The table is in {@code docs/consumer.md}.
 */
enum RetryRule {
    /** The failure is final; another node would say the same, or must not be asked. */
    STOP,
    /** Another node at once; the same one only after a pause, when there is no other. */
    OTHER_NODE,
    /** Like {@link #OTHER_NODE}, and no further when that fails in the same way: the task itself may be what nodes fail at. */
    OTHER_NODE_ONCE,
    /** The description of the node was out of date: ask the directory again, then another node. */
    REFRESH,
    /** The same node again after the pause it named; never without one. */
    SAME_NODE_LATER;

    static RetryRule of(IicpException fault) {
        ErrorCode code = fault.error().knownCode().orElse(null);
        if (code != null) {
            switch (code) {
                case CX_UNAVAILABLE, CX_DECRYPT_FAILED, NOT_FOUND -> {
                    return REFRESH;
                }
                case CONFLICT -> {
                    return fault.retryAfter().isPresent() ? SAME_NODE_LATER : STOP;
                }
                case MODEL_NOT_FOUND -> {
                    return fault.httpStatus() == 200 && !fault.retryable() ? STOP : OTHER_NODE;
                }
                case UNKNOWN_INTENT, ENDPOINT_REFUSED, CX_REQUIRED, REPUTATION_TOO_LOW, REQUEST_TIMEOUT -> {
                    return OTHER_NODE;
                }
                case RESPONSE_TOO_LARGE, CX_RESPONSE_INVALID, CX_RESPONSE_REQUIRED, BACKEND_REJECTED -> {
                    return STOP;
                }
                default -> {
                    // decided by kind and status below
                }
            }
        }
        return byKind(fault);
    }

    private static RetryRule byKind(IicpException fault) {
        if (fault.component() == ErrorComponent.DIRECTORY) {
            return STOP;
        }
        int status = fault.httpStatus();
        if (status == 404 || status == 410) {
            return REFRESH;
        }
        if (fault instanceof TaskCancelledException) {
            // This client has not cancelled: the node gave the task up, as it does when it stops.
            return fault.component() == ErrorComponent.NODE ? OTHER_NODE : STOP;
        }
        if (fault instanceof ServerErrorException) {
            return OTHER_NODE_ONCE;
        }
        if (fault instanceof TransportException
                || fault instanceof ProtocolViolationException
                || fault instanceof CapacityException
                || fault instanceof TaskTimeoutException) {
            return OTHER_NODE;
        }
        if (fault instanceof BackendException) {
            return fault.retryable() ? OTHER_NODE : STOP;
        }
        return STOP;
    }

    /** Returns whether the node itself is at fault, so that its breaker should hear of it. */
    static boolean blamesNode(IicpException fault) {
        return fault instanceof TransportException
                || fault instanceof ProtocolViolationException
                || fault instanceof TaskTimeoutException
                || fault instanceof ServerErrorException
                || (fault instanceof BackendException && fault.retryable());
    }

    /** Returns whether the task certainly never reached the node: it cannot have run there. */
    static boolean neverSent(IicpException fault) {
        ErrorCode code = fault.error().knownCode().orElse(null);
        if (fault.component() == ErrorComponent.CLIENT
                && (code == ErrorCode.ENDPOINT_REFUSED || code == ErrorCode.CX_REQUIRED)) {
            return true;
        }
        return hasCause(
                fault,
                cause -> cause instanceof ConnectException
                        || cause instanceof HttpConnectTimeoutException
                        || cause instanceof UnresolvedAddressException
                        || cause instanceof UnknownHostException
                        || cause instanceof SSLHandshakeException);
    }

    /** Returns whether nobody took the connection, which is known at once. */
    static boolean connectionRefused(IicpException fault) {
        return hasCause(
                fault, cause -> cause instanceof ConnectException && !(cause instanceof HttpConnectTimeoutException));
    }

    private static boolean hasCause(IicpException fault, Predicate<Throwable> wanted) {
        int depth = 0;
        for (Throwable cause = fault.getCause(); cause != null && depth < 16; cause = cause.getCause()) {
            if (wanted.test(cause)) {
                return true;
            }
            depth++;
        }
        return false;
    }
}
