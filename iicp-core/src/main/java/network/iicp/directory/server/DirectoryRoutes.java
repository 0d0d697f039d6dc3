package network.iicp.directory.server;

import java.net.InetAddress;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.Quoted;
import network.iicp.transport.CallerAddress;
import network.iicp.transport.ClientGoneException;
import network.iicp.transport.CorsPolicy;
import network.iicp.transport.HttpHandler;
import network.iicp.transport.RequestRefusedException;
import network.iicp.transport.Routes;
import network.iicp.transport.ServerExchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The paths of a directory, under {@code /v1} and {@code /api/v1} alike. Whatever fails is answered with JSON, because
 * official consumers take a page for the end of the world.
 */
final class DirectoryRoutes {

    private static final Logger log = LoggerFactory.getLogger(DirectoryRoutes.class);
    private static final List<String> PREFIXES = List.of("/v1", "/api/v1");
    private static final Set<String> CHANGING = Set.of("POST", "DELETE");
    static final JsonLimits LIMITS = new JsonLimits(256 * 1024, 24, 16 * 1024, 64, 20_000);

    private final CorsPolicy cors;
    private final CallerAddress callers;
    private final Clock clock;
    private final RateLimits rates;
    private final Routes.Builder routes = Routes.builder();

    private DirectoryRoutes(CorsPolicy cors, CallerAddress callers, RateLimits rates, Clock clock) {
        this.cors = cors;
        this.callers = callers;
        this.rates = rates;
        this.clock = clock;
        routes.cors(cors);
    }

    /** Returns the handler of all paths. */
    static HttpHandler of(DirectoryApi api, CorsPolicy cors, CallerAddress callers, RateLimits rates, Clock clock) {
        DirectoryRoutes directory = new DirectoryRoutes(cors, callers, rates, clock);
        directory.add("POST", "/register", api::register);
        directory.add("DELETE", "/register", now(api::deregister));
        directory.add("POST", "/heartbeat", now(api::heartbeat));
        directory.add("POST", "/peers", now(api::peers));
        directory.add("POST", "/consumer-token", now(api::consumerToken));
        directory.counted("POST", "/dispatch/ticket", api::ticket);
        directory.read("/discover", api::discover);
        directory.read("/node/{id}", api::nodeDetail);
        directory.read("/bootstrap", api::bootstrap);
        directory.read("/me", api::me);
        directory.read("/directory-key", api::directoryKey);
        directory.read("/registry/nodes", api::registryNodes);
        directory.read("/registry/nodes/{prefix}", api::registryNode);
        directory.read("/registry/intents", api::registryIntents);
        directory.read("/stats", api::stats);
        directory.add("GET", "/health", now(api::health));
        for (String path : List.of("/health", "/iicp/health")) {
            directory.routes.route("GET", path, directory.handler(now(api::health)));
        }
        return directory.routes.build();
    }

    private static Function<DirectoryCall, CompletableFuture<Answer>> now(Function<DirectoryCall, Answer> endpoint) {
        return call -> CompletableFuture.completedFuture(endpoint.apply(call));
    }

    private void add(String method, String path, Function<DirectoryCall, CompletableFuture<Answer>> endpoint) {
        HttpHandler handler = handler(endpoint);
        for (String prefix : PREFIXES) {
            routes.route(method, prefix + path, handler);
        }
    }

    /** A reading endpoint; each counts its callers by itself. */
    private void read(String path, Function<DirectoryCall, Answer> endpoint) {
        counted("GET", path, endpoint);
    }

    private void counted(String method, String path, Function<DirectoryCall, Answer> endpoint) {
        RateLimiter limiter = new RateLimiter("calls of " + path, rates.readsPerMinute(), clock);
        add(method, path, now(call -> {
            limiter.admit(CallerAddress.countedAs(call.source()));
            return endpoint.apply(call);
        }));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the last stage answers in either case, its result is of no use
    private HttpHandler handler(Function<DirectoryCall, CompletableFuture<Answer>> endpoint) {
        return exchange -> read(exchange).thenCompose(endpoint).whenComplete((answer, thrown) -> {
            if (thrown == null) {
                exchange.respondJson(answer.status(), answer.json(), answer.headers());
            } else {
                refuse(exchange, thrown);
            }
        });
    }

    private CompletableFuture<DirectoryCall> read(ServerExchange exchange) {
        InetAddress address = callers.of(exchange);
        String source = address == null ? exchange.remote().getHostString() : address.getHostAddress();
        if (!CHANGING.contains(exchange.method())) {
            return CompletableFuture.completedFuture(new DirectoryCall(exchange, Map.of(), source));
        }
        try {
            return changingBody(exchange).thenApply(json -> new DirectoryCall(exchange, json, source));
        } catch (DirectoryRefusal refusal) {
            return CompletableFuture.failedFuture(refusal);
        }
    }

    /**
     * Reads the body of a changing call. A page of a stranger could make the browser of a user register a node at a
     * directory on the user's machine; so pages need the permission of the CORS policy, and bodies the JSON type, for
     * which browsers ask before they send.
     */
    private CompletableFuture<Map<String, Object>> changingBody(ServerExchange exchange) {
        String origin = exchange.header("Origin").orElse(null);
        if (origin != null && !cors.headersFor(origin).containsKey("Access-Control-Allow-Origin")) {
            throw DirectoryRefusal.forbidden(
                    "pages of %s may not change this directory; its operator can allow the origin"
                            .formatted(Quoted.of(origin)));
        }
        return exchange.body().thenApply(bytes -> {
            if (bytes.length == 0) {
                return Map.of();
            }
            requireJson(exchange);
            return parse(bytes);
        });
    }

    private static void requireJson(ServerExchange exchange) {
        String type = exchange.header("Content-Type").orElse("");
        int semicolon = type.indexOf(';');
        String media = (semicolon < 0 ? type : type.substring(0, semicolon)).strip();
        if (!media.equalsIgnoreCase("application/json")) {
            throw DirectoryRefusal.badBody(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "the body is %s; send application/json".formatted(media.isEmpty() ? "untyped" : Quoted.of(media)));
        }
    }

    private static Map<String, Object> parse(byte[] bytes) {
        try {
            return Json.parseObject(bytes, LIMITS);
        } catch (JsonException e) {
            throw DirectoryRefusal.badBody(
                    e.reason() == JsonException.Reason.NOT_AN_OBJECT
                            ? ErrorCode.VALIDATION_ERROR
                            : ErrorCode.INVALID_HTTP_BODY,
                    "the body is no JSON object: " + e.getMessage());
        }
    }

    private static void refuse(ServerExchange exchange, Throwable thrown) {
        Throwable cause = thrown;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof DirectoryRefusal refusal) {
            log.debug("{} {} refused: {} {}", exchange.method(), exchange.path(), refusal.status(), refusal.code());
            Answer answer = Answer.of(refusal);
            exchange.respondJson(answer.status(), answer.json(), answer.headers());
        } else if (cause instanceof RequestRefusedException refusal) {
            exchange.refuse(refusal);
        } else if (!(cause instanceof ClientGoneException)) {
            log.error("{} {} failed", exchange.method(), exchange.path(), cause);
            exchange.refuse(new RequestRefusedException(
                    ErrorCode.INTERNAL_ERROR, "the directory failed to answer this request"));
        }
    }
}
