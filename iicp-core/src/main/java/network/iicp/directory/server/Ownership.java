package network.iicp.directory.server;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import network.iicp.crypto.Hashes;

/**
 * Who may register a node again. The current token proves ownership and allows everything. Without it the
 * confidentiality key must stay (E049); a strict directory refuses every change of a node that has a key (E050); a
 * lenient one allows what keeps the route, or moves it away from an endpoint that no longer answers.
 */
enum Ownership {
    /** The current token was shown. */
    PROVEN,
    /** Nothing was proven, and nothing needs to be. */
    ALLOWED,
    /** Allowed if the endpoint that was registered before does not answer any more. */
    ALLOWED_IF_OLD_ENDPOINT_IS_DEAD,
    /** The confidentiality key would change. */
    KEY_CHANGE,
    /** The node is secured, or its route would change. */
    ROUTE_CHANGE;

    /** Judges a registration of a node that is known. */
    static Ownership of(NodeRecord known, RegistrationRequest request, OwnershipRule rule) {
        if (isProven(known, request)) {
            return PROVEN;
        }
        Optional<Map<String, Object>> key = known.profile().confidentialityKey();
        if (key.isPresent() && !key.equals(request.profile().confidentialityKey())) {
            return KEY_CHANGE;
        }
        if (rule == OwnershipRule.STRICT && key.isPresent()) {
            return ROUTE_CHANGE;
        }
        boolean sameEndpoint =
                known.profile().endpoint().equals(request.profile().endpoint());
        return sameEndpoint ? ALLOWED : ALLOWED_IF_OLD_ENDPOINT_IS_DEAD;
    }

    private static boolean isProven(NodeRecord known, RegistrationRequest request) {
        String token = request.currentToken();
        return token != null
                && Hashes.constantTimeEquals(
                        Hashes.sha256Hex(token),
                        Objects.requireNonNull(known.credentials().tokenSha256()));
    }

    /**
     * Ends a registration that is not allowed.
     *
     * @throws DirectoryRefusal with code IICP-E049 or IICP-E050
     */
    void require(NodeRecord known) {
        if (this == KEY_CHANGE) {
            throw DirectoryRefusal.notOwner(
                    "IICP-E049",
                    "node %s has another confidentiality key; send current_node_token, or let the operator of the directory forget the node"
                            .formatted(known.prefix()));
        }
        if (this == ROUTE_CHANGE) {
            throw oldEndpointAnswers(known);
        }
    }

    static DirectoryRefusal oldEndpointAnswers(NodeRecord known) {
        return DirectoryRefusal.notOwner(
                "IICP-E050",
                "node %s is registered; send current_node_token to register it again, or let the operator of the directory forget the node"
                        .formatted(known.prefix()));
    }
}
