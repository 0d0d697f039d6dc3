package network.iicp.directory.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import network.iicp.transport.ServerExchange;
import org.jspecify.annotations.Nullable;

/**
 * A request whose body has been read.
 *
 * @param exchange the request
 * @param body the JSON object it carried, empty for none
 * @param source address of the caller
 */
record DirectoryCall(ServerExchange exchange, Map<String, Object> body, String source) {

    private static final Pattern AUTHORITY = Pattern.compile("[A-Za-z0-9.:_\\[\\]-]{1,255}");

    Optional<String> header(String name) {
        return exchange.header(name);
    }

    Map<String, List<String>> query() {
        return exchange.query();
    }

    String variable(String name) {
        return exchange.pathVariable(name);
    }

    @Nullable
    String authorization() {
        return exchange.header("Authorization").orElse(null);
    }

    /** Returns every id of a node the caller names, wherever it may stand. */
    List<String> nodeIds() {
        List<String> ids = new ArrayList<>();
        for (String name : List.of("proxy_node_id", "node_id", "sender_id")) {
            if (body.get(name) instanceof String id) {
                ids.add(id);
            }
            exchange.query(name).ifPresent(ids::add);
        }
        exchange.header("X-Node-Id").ifPresent(ids::add);
        return ids;
    }

    /** Returns the base URL under which the caller reached this directory, with the given fallback for its authority. */
    String baseUrl(String fallbackAuthority) {
        String authority = exchange.header("Host")
                .filter(host -> AUTHORITY.matcher(host).matches())
                .orElse(fallbackAuthority);
        return (exchange.secure() ? "https://" : "http://") + authority;
    }
}
