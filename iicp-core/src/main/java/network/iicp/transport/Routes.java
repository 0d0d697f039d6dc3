package network.iicp.transport;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import network.iicp.protocol.ErrorCode;
import network.iicp.transport.internal.HeaderRules;
import network.iicp.transport.internal.PathTemplate;
import network.iicp.transport.internal.RoutedExchange;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Picks the handler of a request by method and path. Answers everything else itself, as JSON: an unknown path with 404 {@code not_found},
 * a known path with another method with 405 {@code method_not_allowed} and {@code Allow}, OPTIONS with 204. HEAD is answered by the
 * handler of GET. Adds the headers of its {@link CorsPolicy} to every answer. Immutable, thread-safe.
 *
 * <p>A template is a path whose segments are literal or one variable, such as {@code /v1/task/{task_id}/cancel}; a variable is one
 * non-empty segment. A literal segment wins over a variable, from left to right.
 */
public final class Routes implements HttpHandler {

    private static final Logger log = LoggerFactory.getLogger(Routes.class);

    private final List<Route> routes;
    private final CorsPolicy cors;

    private record Route(String method, PathTemplate template, HttpHandler handler) {}

    private record Match(Route route, Map<String, String> variables) {}

    private Routes(Builder builder) {
        this.routes = builder.routes.stream()
                .sorted((a, b) -> a.template().compareTo(b.template()))
                .toList();
        this.cors = builder.cors;
    }

    /** Returns a builder without routes and without CORS headers. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns whether a path is known, whatever the method. */
    public boolean knows(String path) {
        return routes.stream().anyMatch(route -> route.template().match(path) != null);
    }

    @Override
    public Map<String, String> headersOfRefusals(@Nullable String origin) {
        return cors.headersFor(origin);
    }

    @Override
    public void handle(ServerExchange exchange) {
        String origin = exchange.header("origin").orElse(null);
        String path = exchange.path();
        if (exchange.method().equals("OPTIONS")) {
            answerOptions(exchange, origin, path);
            return;
        }
        Match match = find(exchange.method(), path);
        if (match == null && exchange.method().equals("HEAD")) {
            match = find("GET", path);
        }
        Map<String, String> variables = match == null ? Map.of() : match.variables();
        ServerExchange routed = new RoutedExchange(exchange, cors.headersFor(origin), variables);
        if (match != null) {
            call(match.route().handler(), routed);
            return;
        }
        refuseUnmatched(routed, path);
    }

    private void answerOptions(ServerExchange exchange, @Nullable String origin, String path) {
        Map<String, String> headers = new LinkedHashMap<>(cors.headersForPreflight(origin));
        Set<String> methods = methodsOf(path);
        if (!methods.isEmpty()) {
            headers.put("Allow", String.join(", ", methods));
        }
        exchange.respond(204, headers, new byte[0]);
    }

    private void refuseUnmatched(ServerExchange exchange, String path) {
        Set<String> methods = methodsOf(path);
        if (methods.isEmpty()) {
            exchange.refuse(new RequestRefusedException(ErrorCode.NOT_FOUND, "there is nothing at this path"));
            return;
        }
        String allowed = String.join(", ", methods);
        ErrorCode code = ErrorCode.METHOD_NOT_ALLOWED;
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", code.slug());
        error.put("message", "this path takes " + allowed);
        exchange.respondJson(code.httpStatus(), Map.of("error", error), Map.of("Allow", allowed));
    }

    /** Runs the handler; what it throws is answered here, where the CORS headers are known. */
    private static void call(HttpHandler handler, ServerExchange exchange) {
        try {
            handler.handle(exchange);
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            answerFor(unwrapped(e), exchange);
        }
    }

    private static void answerFor(Throwable failure, ServerExchange exchange) {
        if (exchange.isCommitted()) {
            // The listener logs it and cuts a stream that was begun.
            throw new CompletionException(failure);
        }
        if (failure instanceof RequestRefusedException refusal) {
            exchange.refuse(refusal);
            return;
        }
        if (!(failure instanceof ClientGoneException)) {
            log.warn("the handler of {} {} failed", exchange.method(), exchange.path(), failure);
        }
        exchange.refuse(
                new RequestRefusedException(ErrorCode.INTERNAL_ERROR, "the server failed to answer this request"));
    }

    private static Throwable unwrapped(Throwable thrown) {
        Throwable cause = thrown;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private @Nullable Match find(String method, String path) {
        for (Route route : routes) {
            if (route.method().equals(method)) {
                Map<String, String> variables = route.template().match(path);
                if (variables != null) {
                    return new Match(route, variables);
                }
            }
        }
        return null;
    }

    private Set<String> methodsOf(String path) {
        Set<String> methods = new TreeSet<>();
        for (Route route : routes) {
            if (route.template().match(path) != null) {
                methods.add(route.method());
            }
        }
        if (methods.contains("GET")) {
            methods.add("HEAD");
        }
        if (!methods.isEmpty()) {
            methods.add("OPTIONS");
        }
        return methods;
    }

    /** Collects routes; not thread-safe. */
    public static final class Builder {

        private final List<Route> routes = new ArrayList<>();
        private CorsPolicy cors = CorsPolicy.none();

        private Builder() {}

        /**
         * Adds a route.
         *
         * @param method an upper-case method, such as {@code GET}
         * @param template the path, with variables in braces
         * @param handler what answers
         * @throws IllegalArgumentException if the method or the template is malformed, or the pair is taken
         */
        public Builder route(String method, String template, HttpHandler handler) {
            if (!HeaderRules.isToken(method)) {
                throw new IllegalArgumentException("'%s' is not a method".formatted(method));
            }
            Objects.requireNonNull(handler, "handler");
            Route route = new Route(method, PathTemplate.of(template), handler);
            boolean taken = routes.stream()
                    .anyMatch(other ->
                            other.method().equals(method) && other.template().compareTo(route.template()) == 0);
            if (taken) {
                throw new IllegalArgumentException("%s %s has a handler already".formatted(method, template));
            }
            routes.add(route);
            return this;
        }

        /** Sets the CORS policy of every answer. */
        public Builder cors(CorsPolicy policy) {
            cors = Objects.requireNonNull(policy, "policy");
            return this;
        }

        /** Returns the routes. */
        public Routes build() {
            return new Routes(this);
        }
    }
}
