package network.iicp.client;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import network.iicp.crypto.DispatchTicket;
import network.iicp.crypto.Ed25519KeyPair;
import network.iicp.crypto.SignedClaims;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;

/** A directory that issues tickets, lists, keys and consumer tokens, and misbehaves where a test says so. */
final class FakeDirectory implements AutoCloseable {

    static final SecureRandom RANDOM = new SecureRandom();

    private final List<Map<String, Object>> nodes = new CopyOnWriteArrayList<>();
    private final RawServer server = new RawServer(this::answer);
    private final AtomicInteger ids = new AtomicInteger();
    private volatile Ed25519KeyPair key = Ed25519KeyPair.generate(RANDOM);
    private volatile String issuer = server.url();
    private volatile UnaryOperator<Map<String, Object>> claims = UnaryOperator.identity();
    private volatile UnaryOperator<Map<String, Object>> reply = UnaryOperator.identity();
    private volatile RawServer.Script tickets = this::ticket;
    private volatile RawServer.Script lists = this::list;
    private volatile RawServer.Script keys = this::key;
    private volatile RawServer.Script tokens = this::token;

    FakeDirectory with(FakeNode... some) {
        for (FakeNode node : some) {
            nodes.add(node.description(0.9 - 0.01 * nodes.size()));
        }
        return this;
    }

    FakeDirectory withNode(Map<String, Object> description) {
        nodes.add(description);
        return this;
    }

    void without(FakeNode node) {
        nodes.removeIf(json -> node.id().equals(json.get("node_id")));
    }

    /** The same for every question. */
    void always(RawServer.Script script) {
        tickets = script;
        lists = script;
        keys = script;
        tokens = script;
    }

    void healthy() {
        tickets = this::ticket;
        lists = this::list;
        keys = this::key;
        tokens = this::token;
    }

    void tickets(RawServer.Script script) {
        tickets = script;
    }

    void lists(RawServer.Script script) {
        lists = script;
    }

    void keys(RawServer.Script script) {
        keys = script;
    }

    void tokens(RawServer.Script script) {
        tokens = script;
    }

    void rotateKey() {
        key = Ed25519KeyPair.generate(RANDOM);
    }

    String publicKey() {
        return HexFormat.of().formatHex(key.publicKey());
    }

    void issuer(String name) {
        issuer = name;
    }

    /** Changes the claims of every ticket before it is signed. */
    void claims(UnaryOperator<Map<String, Object>> change) {
        claims = change;
    }

    /** Changes every answer that carries a ticket. */
    void reply(UnaryOperator<Map<String, Object>> change) {
        reply = change;
    }

    String url() {
        return server.url() + "/api";
    }

    RawServer server() {
        return server;
    }

    List<RawServer.Request> asked(String path) {
        return server.requests().stream()
                .filter(request -> request.path().startsWith("/api/v1/" + path))
                .toList();
    }

    int ticketsAsked() {
        return asked("dispatch/ticket").size();
    }

    int listsAsked() {
        return asked("discover").size();
    }

    int keysAsked() {
        return asked("directory-key").size();
    }

    int tokensAsked() {
        return asked("consumer-token").size();
    }

    private void answer(RawServer.Request request, RawServer.Line line) throws Exception {
        String path = request.path();
        if (path.startsWith("/api/v1/dispatch/ticket")) {
            tickets.answer(request, line);
        } else if (path.startsWith("/api/v1/discover")) {
            lists.answer(request, line);
        } else if (path.startsWith("/api/v1/directory-key")) {
            keys.answer(request, line);
        } else {
            tokens.answer(request, line);
        }
    }

    void ticket(RawServer.Request request, RawServer.Line line) throws Exception {
        JsonObject wanted = JsonObject.parse(request.body(), JsonLimits.DEFAULT);
        List<String> excluded =
                wanted.has("exclude_node_id_prefixes") ? wanted.strings("exclude_node_id_prefixes") : List.of();
        Map<String, Object> node = nodes.stream()
                .filter(json -> excluded.stream()
                        .noneMatch(prefix -> json.get("node_id").toString().startsWith(prefix)))
                .findFirst()
                .orElse(null);
        if (node == null) {
            line.json(404, "{\"error\":{\"code\":\"no_route_available\",\"message\":\"nobody\"}}");
            return;
        }
        long now = Instant.now().getEpochSecond();
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("v", 1);
        said.put("typ", "dispatch-route-ticket");
        said.put("iss", issuer);
        said.put("aud", "iicp.directory.dispatch");
        said.put("jti", "%024x".formatted(ids.incrementAndGet()));
        said.put("node_id", node.get("node_id"));
        said.put("intent", wanted.string("intent"));
        said.put("iat", now);
        said.put("exp", now + 120);
        Map<String, Object> route = new LinkedHashMap<>(node);
        route.keySet().removeAll(List.of("capabilities", "supported_profiles", "load"));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("ticket", SignedClaims.sign(DispatchTicket.DOMAIN, claims.apply(said), key));
        json.put("node_id", node.get("node_id"));
        json.put("expires_at", now + 120);
        json.put("route", route);
        line.json(201, Json.text(reply.apply(json)));
    }

    void list(RawServer.Request request, RawServer.Line line) throws Exception {
        line.json(200, Json.text(Map.of("nodes", new ArrayList<Object>(nodes), "count", nodes.size())));
    }

    void key(RawServer.Request request, RawServer.Line line) throws Exception {
        line.json(200, Json.text(Map.of("public_key", publicKey(), "algorithm", "ed25519")));
    }

    void token(RawServer.Request request, RawServer.Line line) throws Exception {
        JsonObject wanted = JsonObject.parse(request.body(), JsonLimits.DEFAULT);
        long expires = Instant.now().getEpochSecond() + 300;
        line.json(
                201,
                Json.text(Map.of(
                        "token",
                        "token-%d-for-%s".formatted(ids.incrementAndGet(), wanted.string("target_node_id")),
                        "expires_at",
                        expires)));
    }

    static RawServer.Script refusal(int status, String code, String... headers) {
        return (request, line) ->
                line.json(status, "{\"error\":{\"code\":\"%s\",\"message\":\"said\"}}".formatted(code), headers);
    }

    static RawServer.Script page(int status) {
        return (request, line) -> line.whole(status, "text/html", "<html>hello</html>");
    }

    @Override
    public void close() {
        server.close();
    }
}
