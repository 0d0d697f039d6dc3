package network.iicp.directory.server;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import network.iicp.crypto.Ed25519KeyPair;
import network.iicp.crypto.Hashes;
import network.iicp.directory.DirectoryClient;
import network.iicp.directory.server.Discovery.Ranked;
import network.iicp.protocol.registration.DiscoverQuery;
import network.iicp.protocol.registration.RegistrationReceipt;
import network.iicp.transport.CallerAddress;
import org.jspecify.annotations.Nullable;

/** The calls of a directory, from a read request to an answer. Thread-safe. */
final class DirectoryApi {

    private static final String DISCOVER_CACHE = "public, max-age=5, s-maxage=10, stale-while-revalidate=5";
    private static final Pattern NODE_PREFIX = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._:-]{0,35}");
    private static final int PREFIX_LENGTH = 8;
    private static final int DEFAULT_PEERS = 5;
    private static final int DEFAULT_NEW_PEERS = 10;
    private static final int MOST_KNOWN_PEERS = 20;
    private static final int DEFAULT_PAGE = 20;
    private static final int LARGEST_PAGE = 100;

    private final NodeStore store;
    private final DirectoryRules rules;
    private final Registrar registrar;
    private final NodeAuthenticator authenticator;
    private final Heartbeats heartbeats;
    private final Discovery discovery;
    private final Ed25519KeyPair key;
    private final Clock clock;
    private final @Nullable String publicBaseUrl;
    private final RateLimiter registrations;
    private final RateLimiter beats;
    private final RateLimiter tokenCalls;
    private final DirectoryTokens tokens;

    DirectoryApi(
            NodeStore store,
            DirectoryRules rules,
            Registrar registrar,
            Heartbeats heartbeats,
            Ed25519KeyPair key,
            SecureRandom random,
            Clock clock,
            @Nullable String publicBaseUrl) {
        this.store = store;
        this.rules = rules;
        this.registrar = registrar;
        this.heartbeats = heartbeats;
        this.key = key;
        this.clock = clock;
        this.publicBaseUrl = publicBaseUrl;
        this.authenticator = new NodeAuthenticator(store);
        this.discovery = new Discovery(store, rules.qos(), clock);
        this.registrations = new RateLimiter("registrations", rules.rates().registrationsPerMinute(), clock);
        this.beats = new RateLimiter("heartbeats", rules.rates().heartbeatsPerMinute(), clock);
        this.tokenCalls = new RateLimiter("consumer tokens", rules.rates().readsPerMinute(), clock);
        this.tokens = new DirectoryTokens(discovery, store, key, random, clock);
    }

    CompletableFuture<Answer> register(DirectoryCall call) {
        registrations.admit(CallerAddress.countedAs(call.source()));
        requireMayJoin(call);
        return registrar.register(call.body(), call.source()).thenApply(receipt -> registered(receipt, call));
    }

    private void requireMayJoin(DirectoryCall call) {
        String expected = rules.joinToken();
        if (expected == null) {
            return;
        }
        String shown = call.header(DirectoryClient.JOIN_TOKEN_HEADER).orElse("");
        // Compared as digests, so that neither content nor length of the right one can be found out by timing.
        if (!Hashes.constantTimeEquals(Hashes.sha256Hex(shown), Hashes.sha256Hex(expected))) {
            throw DirectoryRefusal.unauthorized(
                    "this directory lets only nodes register that show its join token in the header "
                            + DirectoryClient.JOIN_TOKEN_HEADER);
        }
    }

    private Answer registered(RegistrationReceipt receipt, DirectoryCall call) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("node_id", receipt.nodeId());
        json.put("node_token", receipt.nodeToken());
        json.put("node_hmac_key", receipt.hmacKey());
        json.put("expires_at", null);
        json.put("directory", baseUrl(call));
        json.put("observed_source_ip", receipt.observedSourceIp());
        json.put("recovered", receipt.recovered());
        json.put("lifetime_jobs", receipt.lifetimeJobs());
        json.put(
                "public_reachable",
                store.find(receipt.nodeId())
                        .map(record -> record.presence().reachability() == Reachability.OBSERVED
                                || record.presence().reachability() == Reachability.ASSUMED)
                        .orElse(false));
        return new Answer(201, json, Map.of("Cache-Control", "no-store"));
    }

    Answer deregister(DirectoryCall call) {
        NodeRecord node = authenticator.authenticate(call.authorization(), call.nodeIds());
        registrar.deregister(node);
        registrations.giveBack(CallerAddress.countedAs(call.source()));
        return Answer.ok(Map.of("deregistered", true));
    }

    Answer heartbeat(DirectoryCall call) {
        NodeRecord node = authenticator.authenticate(call.authorization(), call.nodeIds());
        beats.admit(node.id());
        HeartbeatRequest request = HeartbeatRequest.of(call.body());
        return Answer.ok(heartbeats.beat(node, request, call.source()));
    }

    Answer discover(DirectoryCall call) {
        Instant begin = clock.instant();
        DiscoverRequest request = DiscoverRequest.of(call.query());
        boolean forDispatch = request.view().equals(DiscoverRequest.DISPATCH);
        List<Ranked> chosen =
                discovery.rank(request).stream().limit(request.limit()).toList();
        List<Object> nodes = chosen.stream()
                .<Object>map(ranked -> forDispatch
                        ? NodeViews.dispatch(ranked.record(), request.intent(), ranked.score(), begin)
                        : NodeViews.presentation(ranked.record(), request.intent(), ranked.score(), begin))
                .toList();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("nodes", nodes);
        json.put("count", nodes.size());
        json.put(
                "relay_available",
                chosen.stream().anyMatch(ranked -> ranked.record().profile().isRelayCapable()));
        json.put("query_ms", Math.max(0, clock.instant().toEpochMilli() - begin.toEpochMilli()));
        json.put("view", request.view());
        json.put("data_class", forDispatch ? "route_dispatch" : "public_presentation");
        json.put("route_fields_present", forDispatch);
        json.put("diversity_evidence", diversity(chosen));
        json.put("dispatch_ticket_endpoint", "/api/v1/dispatch/ticket");
        json.put("ticketed_dispatch_available", true);
        if (call.query().containsKey("profile_id")) {
            json.put(
                    "profile_negotiation",
                    Map.of("status", "unsupported_pre_normative_profile", "dispatch_allowed", true));
        }
        return Answer.ok(json)
                .withHeader("Cache-Control", DISCOVER_CACHE)
                .withHeader("X-IICP-Discover-Data-Class", forDispatch ? "route_dispatch" : "public_presentation");
    }

    /** Names one node with its route, signed. */
    Answer ticket(DirectoryCall call) {
        return tokens.ticket(TicketRequest.of(call.body()), baseUrl(call));
    }

    /** Signs that the calling node may use another one. */
    Answer consumerToken(DirectoryCall call) {
        NodeRecord caller = authenticator.authenticate(
                call.authorization(), call.header("X-Node-Id").stream().toList());
        tokenCalls.admit(caller.id());
        return tokens.consumerToken(caller, call.body(), baseUrl(call));
    }

    /** Returns the URL under which the caller knows this directory. */
    private String baseUrl(DirectoryCall call) {
        return publicBaseUrl == null ? call.baseUrl("localhost") : publicBaseUrl;
    }

    private static Map<String, Object> diversity(List<Ranked> chosen) {
        Set<String> regions = new HashSet<>();
        chosen.forEach(ranked -> regions.add(ranked.record().profile().region()));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("nodes", chosen.size());
        json.put("nodes_with_verified_operator", 0);
        json.put("distinct_verified_operators", 0);
        json.put("distinct_regions", regions.size());
        json.put("operator_basis", "verified_delegation");
        json.put("failure_domain_basis", "not_attested");
        json.put("identity_material_exposed", false);
        return json;
    }

    Answer nodeDetail(DirectoryCall call) {
        return store.find(call.variable("id"))
                .map(record -> Answer.ok(NodeViews.detail(record, clock.instant())))
                .orElseThrow(() -> DirectoryRefusal.unknownNode("no node is registered under this id"));
    }

    /** Looks a node up by id or prefix. A node that takes no tasks is still there: a 404 makes official nodes re-register. */
    Answer registryNode(DirectoryCall call) {
        String name = call.variable("prefix");
        if (!NODE_PREFIX.matcher(name).matches()) {
            throw DirectoryRefusal.invalid(
                    "prefix", "must be letters, digits, '.', '_', ':' or '-', first a letter or digit, at most 36");
        }
        Optional<NodeRecord> exact = store.find(name);
        if (exact.isPresent()) {
            return Answer.ok(NodeViews.registry(exact.get(), clock.instant()));
        }
        if (name.length() < PREFIX_LENGTH) {
            throw DirectoryRefusal.unknownNode("no node is registered under this id; a prefix has eight characters");
        }
        return store.findByPrefix(name, 1).stream()
                .findFirst()
                .map(record -> Answer.ok(NodeViews.registry(record, clock.instant())))
                .orElseThrow(() -> DirectoryRefusal.unknownNode("no node is registered under this id or prefix"));
    }

    Answer registryNodes(DirectoryCall call) {
        Map<String, List<String>> query = call.query();
        int page = Parameters.whole(query, "page", 1, 1_000_000, 1);
        int limit = Parameters.whole(query, "limit", 1, LARGEST_PAGE, DEFAULT_PAGE);
        Optional<String> intent = Parameters.text(query, "intent", 255);
        Optional<String> region = Parameters.text(query, "region", 64);
        boolean cipOnly = Parameters.flag(query, "cip_enabled");
        Instant now = clock.instant();
        List<NodeRecord> found = (intent.isPresent() ? store.serving(intent.get()) : store.all())
                .stream()
                        .filter(r -> region.isEmpty()
                                || region.get().equals(r.profile().region()))
                        .filter(r -> !cipOnly || r.profile().allowsRemoteInference())
                        .toList();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("total", found.size());
        json.put("page", page);
        json.put("limit", limit);
        json.put(
                "nodes",
                found.stream()
                        .skip((page - 1L) * limit)
                        .limit(limit)
                        .map(record -> NodeViews.registry(record, now))
                        .toList());
        return Answer.ok(json);
    }

    Answer registryIntents(DirectoryCall call) {
        Map<String, Integer> counts = new TreeMap<>();
        Instant now = clock.instant();
        for (NodeRecord record : store.all()) {
            if (Discovery.isListed(record, false, now)) {
                record.profile().intents().forEach(urn -> counts.merge(urn, 1, Integer::sum));
            }
        }
        List<Object> intents = new ArrayList<>();
        counts.forEach((urn, count) -> {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("urn", urn);
            entry.put("node_count", count);
            intents.add(entry);
        });
        return Answer.ok(Map.of("intents", intents));
    }

    Answer bootstrap(DirectoryCall call) {
        return peers(
                record -> true, Parameters.whole(call.query(), "limit", 1, DiscoverQuery.MAX_LIMIT, DEFAULT_PEERS));
    }

    /** Names live nodes the caller does not know yet. */
    Answer peers(DirectoryCall call) {
        NodeRecord node = authenticator.authenticate(call.authorization(), call.nodeIds());
        Complaints complaints = new Complaints();
        Members members = new Members(call.body(), "", complaints);
        Set<String> known = new HashSet<>(members.texts("known_peers", MOST_KNOWN_PEERS, 64));
        Integer limit = members.whole("limit", 1, MOST_KNOWN_PEERS);
        complaints.refuse();
        known.add(node.id());
        return peers(record -> !known.contains(record.id()), limit == null ? DEFAULT_NEW_PEERS : limit);
    }

    private Answer peers(Predicate<NodeRecord> wanted, int limit) {
        Instant now = clock.instant();
        List<Object> peers = store.all().stream()
                .filter(record -> Discovery.isListed(record, false, now) && wanted.test(record))
                .sorted(Comparator.comparing(
                                (NodeRecord record) -> record.presence().lastSeen())
                        .reversed()
                        .thenComparing(NodeRecord::id))
                .limit(limit)
                .<Object>map(NodeViews::peer)
                .toList();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("peers", peers);
        json.put("count", peers.size());
        return Answer.ok(json);
    }

    Answer stats(DirectoryCall call) {
        return Answer.ok(MeshStatistics.of(store.all(), clock.instant()));
    }

    Answer me(DirectoryCall call) {
        NodeRecord node = authenticator.authenticate(call.authorization(), call.nodeIds());
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("node_id", node.id());
        json.put("observed_source_ip", node.presence().sourceAddress());
        json.put("endpoint", node.profile().endpoint());
        return Answer.ok(json).withHeader("Cache-Control", "no-store");
    }

    Answer directoryKey(DirectoryCall call) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("public_key", HexFormat.of().formatHex(key.publicKey()));
        json.put("algorithm", "ed25519");
        return Answer.ok(json);
    }

    Answer health(DirectoryCall call) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("ok", true);
        json.put("role", "directory");
        return Answer.ok(json);
    }
}
