package network.iicp.transport;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Answers the requests of an {@link HttpListener}. Called on a worker thread (a virtual thread where the JVM has them), for many
 * requests at once, so implementations are thread-safe.
 */
@FunctionalInterface
public interface HttpHandler {

    /**
     * Answers one request, now or later: the exchange may be kept and answered from another thread after this method returned.
     *
     * @param exchange the request and the way to answer it
     * @throws Exception on failure; a {@link RequestRefusedException} is answered with its status and code, anything else with
     *     500 {@code internal_error}, without details
     */
    void handle(ServerExchange exchange) throws Exception;

    /**
     * Returns headers for answers that the listener gives on its own, because the request never reached this handler: malformed,
     * too large, too slow, or the listener is stopping. {@link Routes} returns its CORS headers, so that a browser can read the reason.
     *
     * @param origin the {@code Origin} of the request, or {@code null} when there is none or it could not be read
     * @return header names and values; empty by default
     */
    default Map<String, String> headersOfRefusals(@Nullable String origin) {
        return Map.of();
    }
}
