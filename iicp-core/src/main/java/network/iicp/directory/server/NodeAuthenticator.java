package network.iicp.directory.server;

import java.util.List;
import java.util.Optional;
import network.iicp.crypto.Hashes;
import org.jspecify.annotations.Nullable;

/**
 * Finds the node that calls. The bearer token alone names it; ids that come along must name the same one. Thread-safe.
 */
final class NodeAuthenticator {

    private static final int LONGEST_TOKEN = 256;
    private static final String SCHEME = "Bearer ";

    private final NodeStore store;

    NodeAuthenticator(NodeStore store) {
        this.store = store;
    }

    /**
     * Finds the node.
     *
     * @param authorization the header, or {@code null}
     * @param hints ids the caller names anywhere in the request
     * @throws DirectoryRefusal with 401 when the token is missing, unknown or another node's; with 404 when it is unknown
     *     and so is every id named, so that the node knows it has to register again
     */
    NodeRecord authenticate(@Nullable String authorization, List<String> hints) {
        String token = token(authorization);
        if (token == null) {
            throw DirectoryRefusal.unauthorized("send the node's token as Authorization: Bearer <node_token>");
        }
        Optional<NodeRecord> holder = store.findByToken(Hashes.sha256Hex(token));
        if (holder.isEmpty()) {
            throw unknown(hints);
        }
        NodeRecord record = holder.get();
        if (!hints.stream().allMatch(record.id()::equals)) {
            throw rejected();
        }
        return record;
    }

    private DirectoryRefusal unknown(List<String> hints) {
        boolean anyKnown = hints.stream().anyMatch(id -> store.find(id).isPresent());
        return hints.isEmpty() || anyKnown
                ? rejected()
                : DirectoryRefusal.unknownNode("no node is registered under this id; register first");
    }

    static DirectoryRefusal rejected() {
        return DirectoryRefusal.unauthorized(
                "the token is not the node's current one; a registration replaces all earlier tokens");
    }

    private static @Nullable String token(@Nullable String authorization) {
        if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return null;
        }
        String token = authorization.substring(SCHEME.length()).strip();
        return token.isEmpty() || token.length() > LONGEST_TOKEN ? null : token;
    }
}
