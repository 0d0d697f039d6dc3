package network.iicp.protocol.registration;

import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The price a node declares. Source: IICP directory, registration, {@code pricing}.
 *
 * @param creditCostMultiplier factor on the usual price, 0 to 1000
 * @param model {@code per_token}, {@code per_request} or {@code flat}
 * @param declarationSignature lower-case hex HMAC over the declaration, or {@code null} when it is not signed
 */
public record NodePricing(
        double creditCostMultiplier, String model, @Nullable String declarationSignature) {

    /** The words for {@link #model()}. */
    public static final Set<String> MODELS = Set.of("per_token", "per_request", "flat");

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if the multiplier is out of range or the model is no known word
     */
    public NodePricing {
        Objects.requireNonNull(model, "model");
        if (!(creditCostMultiplier >= 0 && creditCostMultiplier <= 1000)) {
            throw new IllegalArgumentException(
                    "creditCostMultiplier must be between 0 and 1000, was " + creditCostMultiplier);
        }
        if (!MODELS.contains(model)) {
            throw new IllegalArgumentException("model must be one of %s, was %s".formatted(MODELS, model));
        }
    }

    /** Returns an unsigned price per token. */
    public static NodePricing perToken(double creditCostMultiplier) {
        return new NodePricing(creditCostMultiplier, "per_token", null);
    }
}
