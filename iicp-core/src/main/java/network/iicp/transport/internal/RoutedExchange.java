package network.iicp.transport.internal;

import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import network.iicp.transport.EventStream;
import network.iicp.transport.ServerExchange;

/** An exchange that knows its path variables and adds headers to its answer. */
public final class RoutedExchange implements ServerExchange {

    private final ServerExchange exchange;
    private final Map<String, String> answerHeaders;
    private final Map<String, String> variables;

    /**
     * Wraps an exchange.
     *
     * @param answerHeaders added to the answer where the answer does not set them
     * @param variables the path variables
     */
    public RoutedExchange(ServerExchange exchange, Map<String, String> answerHeaders, Map<String, String> variables) {
        this.exchange = exchange;
        this.answerHeaders = answerHeaders;
        this.variables = variables;
    }

    private Map<String, String> withAnswerHeaders(Map<String, String> headers) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        answerHeaders.forEach((name, value) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (headers.keySet().stream()
                    .noneMatch(set -> set.toLowerCase(Locale.ROOT).equals(lower))) {
                all.put(name, value);
            }
        });
        return all;
    }

    @Override
    public Map<String, String> pathVariables() {
        return variables;
    }

    @Override
    public void respond(int status, Map<String, String> headers, byte[] body) {
        exchange.respond(status, withAnswerHeaders(headers), body);
    }

    @Override
    public EventStream startEvents(Map<String, String> headers) {
        return exchange.startEvents(withAnswerHeaders(headers));
    }

    @Override
    public String method() {
        return exchange.method();
    }

    @Override
    public String path() {
        return exchange.path();
    }

    @Override
    public String rawPath() {
        return exchange.rawPath();
    }

    @Override
    public Optional<String> query(String name) {
        return exchange.query(name);
    }

    @Override
    public Map<String, List<String>> query() {
        return exchange.query();
    }

    @Override
    public Optional<String> header(String name) {
        return exchange.header(name);
    }

    @Override
    public Map<String, List<String>> headers() {
        return exchange.headers();
    }

    @Override
    public InetSocketAddress remote() {
        return exchange.remote();
    }

    @Override
    public boolean secure() {
        return exchange.secure();
    }

    @Override
    public CompletableFuture<byte[]> body() {
        return exchange.body();
    }

    @Override
    public void onDisconnect(Runnable callback) {
        exchange.onDisconnect(callback);
    }

    @Override
    public boolean isCommitted() {
        return exchange.isCommitted();
    }
}
