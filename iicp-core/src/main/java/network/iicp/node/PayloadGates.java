package network.iicp.node;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.Intent;
import network.iicp.protocol.ModelName;
import network.iicp.protocol.wire.PayloadRules;
import network.iicp.protocol.wire.TaskEnvelope;
import org.jspecify.annotations.Nullable;

/** What the opened payload must satisfy: the form that its intent demands, a model that is served, and no more output than was promised. */
final class PayloadGates {

    private PayloadGates() {}

    /**
     * Checks the payload: that an engine can work with it, or all that the intent registry says.
     *
     * @throws network.iicp.protocol.InvalidRequestException if it does not fit; the message names the member
     */
    static void check(Intent intent, Map<String, Object> payload, boolean registered) {
        PayloadRules.requireUsable(intent, payload, ErrorComponent.NODE);
        if (registered) {
            PayloadRules.requireRegistered(intent, payload, ErrorComponent.NODE);
        }
    }

    /**
     * Finds what serves the task.
     *
     * @throws network.iicp.protocol.IicpException if payload or constraints name a model that is not served to this caller now
     */
    static Offers.Match match(Offers offers, TaskEnvelope envelope, Map<String, Object> payload, Caller caller) {
        String byConstraint = envelope.constraints().model();
        String byPayload = model(payload);
        if (byConstraint != null && byPayload != null && !ModelName.same(byConstraint, byPayload)) {
            // Both are checked: the payload's model is the one engines use.
            offers.match(envelope.intent(), byConstraint, caller);
        }
        return offers.match(envelope.intent(), byPayload == null ? byConstraint : byPayload, caller);
    }

    private static @Nullable String model(Map<String, Object> payload) {
        Object model = payload.get("model");
        if (model == null) {
            return null;
        }
        if (model instanceof String name && !name.isBlank()) {
            return name;
        }
        throw Refusal.of(ErrorCode.VALIDATION_ERROR, "payload.model must be a text that is not blank");
    }

    /** Returns the payload with the model that serves it, by the name the engine has for it: handlers need not choose one again. */
    static Map<String, Object> nameModel(Map<String, Object> payload, Offers.Match match) {
        if (match.model() == null || match.model().equals(payload.get("model"))) {
            return payload;
        }
        Map<String, Object> named = new LinkedHashMap<>(payload);
        named.put("model", match.model());
        return named;
    }

    /**
     * Returns the payload with {@code max_tokens} and {@code max_completion_tokens} no larger than the capability promises.
     *
     * @throws network.iicp.protocol.InvalidRequestException if one of them is not a whole number from 1
     */
    static Map<String, Object> boundTokens(Map<String, Object> payload, Capability capability) {
        Integer most = capability.maxTokens();
        Map<String, Object> bounded = payload;
        for (String name : new String[] {"max_tokens", "max_completion_tokens"}) {
            Object wanted = payload.get(name);
            if (wanted == null) {
                continue;
            }
            long tokens = wholeNumber(wanted, name);
            if (most != null && tokens > most) {
                bounded = new LinkedHashMap<>(bounded);
                bounded.put(name, most);
            }
        }
        return bounded;
    }

    private static long wholeNumber(Object value, String name) {
        try {
            long number = value instanceof Number ? new BigDecimal(value.toString()).longValueExact() : 0;
            if (number >= 1) {
                return number;
            }
        } catch (ArithmeticException | NumberFormatException e) {
            throw notWhole(name, e);
        }
        throw notWhole(name, null);
    }

    private static RuntimeException notWhole(String name, @Nullable Throwable cause) {
        RuntimeException refusal =
                Refusal.of(ErrorCode.VALIDATION_ERROR, "payload.%s must be a whole number from 1".formatted(name));
        if (cause != null) {
            refusal.addSuppressed(cause);
        }
        return refusal;
    }
}
