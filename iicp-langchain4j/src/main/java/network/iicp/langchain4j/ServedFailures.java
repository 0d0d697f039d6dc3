package network.iicp.langchain4j;

import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import java.time.Duration;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.CapacityException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what failures of a served model mean to the consumer. What the model's maker wrote stays here. */
final class ServedFailures {

    private static final Logger log = LoggerFactory.getLogger(ServedFailures.class);

    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    private ServedFailures() {}

    static IicpException translate(Throwable failure) {
        if (failure instanceof IicpException told) {
            return told;
        }
        log.debug("a served model failed", failure);
        if (failure instanceof RateLimitException) {
            return new CapacityException(error(ErrorCode.TEMPORARILY_UNAVAILABLE, "the model is busy")
                    .withRetryAfter(RETRY_AFTER));
        }
        if (failure instanceof InvalidRequestException
                || failure instanceof UnsupportedFeatureException
                || failure instanceof ContentFilteredException
                || failure instanceof IllegalArgumentException) {
            return new BackendException(error(ErrorCode.BACKEND_REJECTED, "the model refused the request"), failure);
        }
        return new BackendException(error(ErrorCode.BACKEND_ERROR, "the model failed"), failure);
    }

    static IicpException rejected(String why) {
        return new BackendException(error(ErrorCode.BACKEND_REJECTED, why));
    }

    private static IicpError error(ErrorCode code, String message) {
        return IicpError.of(code, ErrorComponent.NODE, message);
    }
}
