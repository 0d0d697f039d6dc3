package network.iicp.langchain4j;

import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnresolvedModelServerException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.CapacityException;
import network.iicp.protocol.ConflictException;
import network.iicp.protocol.EndpointRefusedException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.NoProviderException;
import network.iicp.protocol.PolicyRefusedException;
import network.iicp.protocol.StreamInterruptedException;
import network.iicp.protocol.TaskTimeoutException;
import network.iicp.protocol.TransportException;
import network.iicp.protocol.UnauthorizedException;
import org.jspecify.annotations.Nullable;

/**
 * The one place where failures of the mesh become LangChain4j's exceptions. The message stays, the failure is the cause.
 *
 * <p>LangChain4j splits exceptions into those where the same request may succeed later and those where it may not. A failure
 * that is not in the table below goes by {@link IicpException#retryable()}.
 */
final class MeshErrors {

    private MeshErrors() {}

    /**
     * Returns what the caller of a model is told.
     *
     * @param failure what went wrong, wrapped by futures or not
     * @param model the model that was asked for by name, or {@code null}
     * @return an exception of LangChain4j; what is neither the mesh's nor a wrong argument stays as it is
     */
    static RuntimeException translate(Throwable failure, @Nullable String model) {
        Throwable inner = unwrapped(failure);
        if (inner instanceof IicpException fault) {
            return ofMesh(fault, fault, model);
        }
        if (inner instanceof IllegalArgumentException wrong) {
            return new InvalidRequestException(message(wrong), wrong);
        }
        return inner instanceof RuntimeException known ? known : new InternalServerException(message(inner), inner);
    }

    private static Throwable unwrapped(Throwable failure) {
        Throwable inner = failure;
        while ((inner instanceof CompletionException || inner instanceof ExecutionException)
                && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    /**
     * Chooses the exception.
     *
     * @param decisive the failure that decides the kind
     * @param whole the failure that is told and becomes the cause
     */
    private static RuntimeException ofMesh(IicpException decisive, IicpException whole, @Nullable String model) {
        String message = message(whole);
        ErrorCode code = decisive.error().knownCode().orElse(null);
        if (decisive instanceof UnauthorizedException) {
            return new AuthenticationException(message, whole);
        }
        if (decisive instanceof TaskTimeoutException || code == ErrorCode.REQUEST_TIMEOUT) {
            return new TimeoutException(message, whole);
        }
        if (code == ErrorCode.MODEL_NOT_FOUND || (code == ErrorCode.NO_PROVIDER && model != null)) {
            return new ModelNotFoundException(message, whole);
        }
        if (decisive instanceof NoProviderException && decisive.getCause() instanceof IicpException last) {
            // Every node that was tried failed: how the last one did says most about what to do.
            return ofMesh(last, whole, model);
        }
        if (decisive instanceof StreamInterruptedException) {
            // What was delivered cannot be taken back, so the same request is not simply sent again.
            return decisive.getCause() instanceof TaskTimeoutException
                    ? new TimeoutException(message, whole)
                    : new NonRetriableException(message, whole);
        }
        if (decisive instanceof CapacityException && code != ErrorCode.NOT_CONFIGURED) {
            return isLimit(decisive, code)
                    ? new RateLimitException(message, whole)
                    : new InternalServerException(message, whole);
        }
        if (isUnreachable(decisive)) {
            return new UnresolvedModelServerException(message, whole);
        }
        if (isRefusedRequest(decisive, code)) {
            return new InvalidRequestException(message, whole);
        }
        return decisive.retryable()
                ? new InternalServerException(message, whole)
                : new NonRetriableException(message, whole);
    }

    private static boolean isLimit(IicpException fault, @Nullable ErrorCode code) {
        return code == ErrorCode.RATE_LIMITED || code == ErrorCode.CAPACITY_EXCEEDED || fault.httpStatus() == 429;
    }

    /** The directory does not answer, or no endpoint it names may be connected to: another address is needed. */
    private static boolean isUnreachable(IicpException fault) {
        return fault instanceof EndpointRefusedException
                || (fault instanceof TransportException && fault.component() == ErrorComponent.DIRECTORY);
    }

    private static boolean isRefusedRequest(IicpException fault, @Nullable ErrorCode code) {
        return fault instanceof network.iicp.protocol.InvalidRequestException
                || (fault instanceof PolicyRefusedException && !fault.retryable())
                || fault instanceof ConflictException
                || (fault instanceof BackendException && code == ErrorCode.BACKEND_REJECTED);
    }

    private static String message(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }
}
