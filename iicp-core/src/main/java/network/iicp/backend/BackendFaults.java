package network.iicp.backend;

import java.time.Duration;
import java.util.Collection;
import java.util.stream.Collectors;
import network.iicp.json.JsonException;
import network.iicp.protocol.BackendException;
import network.iicp.protocol.CapacityException;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.Intent;
import network.iicp.protocol.InvalidRequestException;
import network.iicp.protocol.Quoted;
import org.jspecify.annotations.Nullable;

/** The failures that engines answer with, in the words of the protocol. */
final class BackendFaults {

    /** Most models that a message names. */
    private static final int NAMED_MODELS = 8;

    private BackendFaults() {}

    private static IicpError error(ErrorCode code, String message) {
        return IicpError.of(code, ErrorComponent.NODE, message);
    }

    static ConfigurationException invalidConfig(String problem) {
        return new ConfigurationException(error(ErrorCode.INVALID_CONFIG, problem));
    }

    static InvalidRequestException invalidPayload(JsonException cause) {
        return new InvalidRequestException(error(ErrorCode.VALIDATION_ERROR, "payload: " + cause.getMessage()), cause);
    }

    static InvalidRequestException invalidPayload(String problem) {
        return new InvalidRequestException(error(ErrorCode.VALIDATION_ERROR, "payload: " + problem));
    }

    static InvalidRequestException unknownIntent(Intent intent) {
        return new InvalidRequestException(
                error(ErrorCode.UNKNOWN_INTENT, "this engine does not serve " + Quoted.of(intent.urn())));
    }

    static InvalidRequestException modelNotFound(String model, Collection<String> served) {
        return new InvalidRequestException(error(
                ErrorCode.MODEL_NOT_FOUND,
                "model %s is not served here; %s".formatted(Quoted.of(model), named(served))));
    }

    static InvalidRequestException modelMissing(Collection<String> served) {
        return invalidPayload("name a model; " + named(served));
    }

    private static String named(Collection<String> served) {
        if (served.isEmpty()) {
            return "no model is served for this intent";
        }
        String names = served.stream().limit(NAMED_MODELS).map(Quoted::of).collect(Collectors.joining(", "));
        int more = served.size() - NAMED_MODELS;
        return "served: " + names + (more > 0 ? " and %d more".formatted(more) : "");
    }

    /** The engine failed; another node may do better. */
    static BackendException failed(String problem, @Nullable Throwable cause) {
        return new BackendException(error(ErrorCode.BACKEND_ERROR, problem), cause);
    }

    /** The engine refused the request itself. */
    static BackendException rejected(String problem) {
        return new BackendException(error(ErrorCode.BACKEND_REJECTED, problem));
    }

    static CapacityException unavailable(String problem, @Nullable Duration retryAfter) {
        return new CapacityException(
                error(ErrorCode.TEMPORARILY_UNAVAILABLE, problem).withRetryAfter(retryAfter));
    }
}
