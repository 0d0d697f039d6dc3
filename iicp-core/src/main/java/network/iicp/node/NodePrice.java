package network.iicp.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.LinkedHashMap;
import java.util.Map;
import network.iicp.crypto.Hashes;
import network.iicp.json.Json;
import network.iicp.protocol.registration.NodePricing;

/**
 * What a node asks for its work.
 *
 * @param creditCostMultiplier factor on the usual price, 0 to 1000
 * @param model {@code per_token}, {@code per_request} or {@code flat}
 * @param signed whether the declaration is signed, so that a directory can show it as attested. The node then brings the key it shares with
 *     the directory instead of being given one
 */
public record NodePrice(double creditCostMultiplier, String model, boolean signed) {

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if the multiplier is out of range or the model is no known word
     */
    public NodePrice {
        NodePricing checked = new NodePricing(creditCostMultiplier, model, null);
        model = checked.model();
    }

    /** Returns the declaration, signed with the key that the node shares with the directory. */
    NodePricing declare(String hmacKey) {
        Map<String, Object> declaration = new LinkedHashMap<>();
        declaration.put("credit_cost_multiplier", creditCostMultiplier);
        declaration.put("pricing_model", model);
        // The canonical form writes whole numbers without a fraction, which is how directories print them.
        return new NodePricing(
                creditCostMultiplier,
                model,
                Hashes.hmacSha256Hex(hmacKey, new String(Json.canonical(declaration), UTF_8)));
    }

    /** Returns the declaration without a signature. */
    NodePricing declare() {
        return new NodePricing(creditCostMultiplier, model, null);
    }
}
