package network.iicp.transport;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which web pages may call, and what they may see. Immutable. Applied to every answer, errors included, because a browser hides an error
 * without these headers behind an opaque failure.
 *
 * @param origins origins that may call, such as {@code https://app.example}; {@code *} allows every one; empty allows none
 * @param methods methods a page may use
 * @param requestHeaders headers a page may send
 * @param exposedHeaders headers of answers a page may read
 * @param maxAge how long a browser may remember the answer to its preflight question
 */
public record CorsPolicy(
        Set<String> origins,
        List<String> methods,
        List<String> requestHeaders,
        List<String> exposedHeaders,
        Duration maxAge) {

    private static final String ANY = "*";

    /** Copies the lists. */
    public CorsPolicy {
        origins = Set.copyOf(origins);
        methods = List.copyOf(methods);
        requestHeaders = List.copyOf(requestHeaders);
        exposedHeaders = List.copyOf(exposedHeaders);
        Objects.requireNonNull(maxAge, "maxAge");
    }

    /** Returns a policy that allows no page of another origin, and adds no headers. */
    public static CorsPolicy none() {
        return new CorsPolicy(Set.of(), List.of(), List.of(), List.of(), Duration.ZERO);
    }

    /**
     * Returns a policy for every origin.
     *
     * @param methods methods a page may use
     * @param requestHeaders headers a page may send
     * @param exposedHeaders headers of answers a page may read
     */
    public static CorsPolicy anyOrigin(List<String> methods, List<String> requestHeaders, List<String> exposedHeaders) {
        return new CorsPolicy(Set.of(ANY), methods, requestHeaders, exposedHeaders, Duration.ofDays(1));
    }

    /** Returns the same policy for these origins only. */
    public CorsPolicy withOrigins(Set<String> allowed) {
        return new CorsPolicy(allowed, methods, requestHeaders, exposedHeaders, maxAge);
    }

    /**
     * Returns the headers of an ordinary answer.
     *
     * @param origin the {@code Origin} of the request, or {@code null}
     * @return names and values; without an allow header when the origin may not call
     */
    public Map<String, String> headersFor(@Nullable String origin) {
        if (origins.isEmpty()) {
            return Map.of();
        }
        Map<String, String> headers = new LinkedHashMap<>();
        if (origins.contains(ANY)) {
            headers.put("Access-Control-Allow-Origin", ANY);
        } else {
            headers.put("Vary", "Origin");
            if (origin == null || !origins.contains(origin)) {
                return headers;
            }
            headers.put("Access-Control-Allow-Origin", origin);
        }
        if (!exposedHeaders.isEmpty()) {
            headers.put("Access-Control-Expose-Headers", String.join(", ", exposedHeaders));
        }
        return headers;
    }

    /**
     * Returns the headers of an answer to OPTIONS.
     *
     * @param origin the {@code Origin} of the request, or {@code null}
     * @return names and values
     */
    public Map<String, String> headersForPreflight(@Nullable String origin) {
        Map<String, String> headers = new LinkedHashMap<>(headersFor(origin));
        if (headers.containsKey("Access-Control-Allow-Origin")) {
            headers.put("Access-Control-Allow-Methods", String.join(", ", methods));
            headers.put("Access-Control-Allow-Headers", String.join(", ", requestHeaders));
            headers.put("Access-Control-Max-Age", Long.toString(maxAge.toSeconds()));
        }
        return headers;
    }
}
