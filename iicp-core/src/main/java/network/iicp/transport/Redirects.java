package network.iicp.transport;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import network.iicp.protocol.EndpointRefusedException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;

/**
 * Follows redirects that keep the method (307, 308), at most three in a row, and only where a rule allows it. Every hop is a call of its own:
 * its address is checked like the first one's, and the deadline is the same. Any other status is an answer. Source: IICP consumer, endpoint
 * security and directory authenticity.
 */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
public final class Redirects {

    /** Most hops of one call. */
    public static final int MOST = 3;

    /** What may be told to another origin than the one that was asked. */
    private static final Set<String> HARMLESS = Set.of("accept", "content-type", "traceparent", "tracestate");

    /** Where a redirect may lead. */
    public enum Rule {
        /** To the same scheme, host and port: for nodes. */
        SAME_ORIGIN,
        /** To the same origin, or to any https URL that the guard allows; headers that could hold a credential stay behind: for directories. */
        HTTPS
    }

    private final HttpTransport transport;
    private final Rule rule;
    private final EndpointGuard guard;

    /**
     * @param transport carries the calls
     * @param rule where redirects may lead
     * @param guard which addresses hops may connect to
     */
    public Redirects(HttpTransport transport, Rule rule, EndpointGuard guard) {
        this.transport = transport;
        this.rule = rule;
        this.guard = guard;
    }

    /**
     * Sends a request, and again where the answer points to.
     *
     * @param call the request
     * @return the first answer that is no redirect; fails like {@link HttpTransport#exchange}, and with {@link EndpointRefusedException} when a
     *     redirect leads nowhere, where the rule does not allow, or to a fourth one. Cancelling it aborts the exchange under way
     */
    public CompletableFuture<HttpReply> exchange(HttpCall call) {
        CompletableFuture<HttpReply> result = new CompletableFuture<>();
        follow(call, 0, result);
        return result;
    }

    private void follow(HttpCall call, int hops, CompletableFuture<HttpReply> result) {
        CompletableFuture<HttpReply> exchange = transport.exchange(call);
        result.whenComplete((reply, thrown) -> {
            if (thrown != null) {
                exchange.cancel(true);
            }
        });
        exchange.whenComplete((reply, thrown) -> {
            if (thrown != null) {
                result.completeExceptionally(thrown);
            } else if (!isRedirect(reply)) {
                result.complete(reply);
            } else if (!result.isDone()) {
                try {
                    follow(next(call, reply, hops), hops + 1, result);
                } catch (RuntimeException e) {
                    result.completeExceptionally(e);
                }
            }
        });
    }

    private static boolean isRedirect(HttpReply reply) {
        return reply.status() == 307 || reply.status() == 308;
    }

    private HttpCall next(HttpCall call, HttpReply reply, int hops) {
        if (hops == MOST) {
            throw refused(call, "redirected more than %d times in a row".formatted(MOST));
        }
        URI target = reply.header("location")
                .filter(location -> !location.isBlank())
                .flatMap(location -> resolve(call.uri(), location))
                .orElseThrow(() -> refused(call, "redirected without saying where to"));
        boolean sameOrigin = origin(target).equals(origin(call.uri()));
        if (!sameOrigin && (rule == Rule.SAME_ORIGIN || !"https".equalsIgnoreCase(target.getScheme()))) {
            throw refused(call, "redirected to another origin, which is not followed");
        }
        return call.to(
                target, sameOrigin ? call.headers() : harmless(call.headers()), sameOrigin ? call.guard() : guard);
    }

    private static Optional<URI> resolve(URI base, String location) {
        try {
            URI target = base.resolve(location.strip());
            return target.getHost() == null ? Optional.empty() : Optional.of(target);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String origin(URI uri) {
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
        return scheme + "://" + String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT) + ":" + port;
    }

    static Map<String, String> harmless(Map<String, String> headers) {
        Map<String, String> kept = new LinkedHashMap<>(headers);
        kept.keySet().removeIf(name -> !HARMLESS.contains(name.toLowerCase(Locale.ROOT)));
        return kept;
    }

    private static EndpointRefusedException refused(HttpCall call, String what) {
        return new EndpointRefusedException(
                IicpError.of(ErrorCode.ENDPOINT_REFUSED, ErrorComponent.CLIENT, "%s %s".formatted(call.peer(), what)));
    }
}
