package network.iicp.directory;

import java.net.URI;
import java.time.Clock;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import network.iicp.crypto.ReplicaSignature;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.registration.ConsumerToken;
import network.iicp.protocol.registration.DirectoryPeer;
import network.iicp.protocol.registration.DiscoverQuery;
import network.iicp.protocol.registration.DiscoverReply;
import network.iicp.protocol.registration.DispatchRoute;
import network.iicp.protocol.registration.Heartbeat;
import network.iicp.protocol.registration.HeartbeatReply;
import network.iicp.protocol.registration.NodeRegistration;
import network.iicp.protocol.registration.OwnRecord;
import network.iicp.protocol.registration.RegistrationReceipt;
import network.iicp.protocol.wire.DiscoverCodec;
import network.iicp.protocol.wire.DispatchCodec;
import network.iicp.protocol.wire.RegistrationCodec;
import network.iicp.transport.EndpointGuard;
import network.iicp.transport.EndpointScope;
import network.iicp.transport.HttpCall;
import network.iicp.transport.HttpReply;
import network.iicp.transport.HttpTransport;
import network.iicp.transport.Redirects;
import network.iicp.transport.TraceContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One directory, one method for each of its calls. Immutable and thread-safe; owns neither threads nor connections.
 *
 * <p>Every future ends by its deadline, and cancelling it aborts the exchange. It fails with an
 * {@link network.iicp.protocol.IicpException} whose component is {@link ErrorComponent#DIRECTORY}: what the directory
 * refused keeps its code, status and {@code Retry-After}; an answer that is not JSON, a redirect or one over 2 MiB is a
 * {@link ProtocolViolationException}; a directory that cannot be reached a
 * {@link network.iicp.protocol.TransportException}; one that is too slow a
 * {@link network.iicp.protocol.TaskTimeoutException}. Messages name scheme, host and port of the directory, never a
 * credential. Credentials go to the directory's origin only: redirects are followed for public reads alone (discover, node, registry,
 * bootstrap), three in a row at most, to https.
 */
public final class DirectoryClient {

    /** Largest answer that is read: 2 MiB. */
    public static final int MAX_ANSWER_BYTES = 2 * 1024 * 1024;

    /** Header that shows a private directory that a node may join. */
    public static final String JOIN_TOKEN_HEADER = "X-IICP-Join-Token";

    private static final Logger log = LoggerFactory.getLogger(DirectoryClient.class);
    private static final JsonLimits LIMITS = JsonLimits.DEFAULT.withMaxBytes(MAX_ANSWER_BYTES);
    private static final Pattern UUID =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");
    private static final Pattern PUBLIC_KEY = Pattern.compile("[0-9a-fA-F]{64}");

    private final HttpTransport transport;
    private final DirectoryUrl url;
    private final EndpointScope scope;
    private final @Nullable String joinToken;
    private final byte @Nullable [] replicaKey;
    private final Consumer<@Nullable Throwable> outcomes;
    private final DirectoryFaults faults;
    private final Redirects redirects;

    private DirectoryClient(
            HttpTransport transport,
            DirectoryUrl url,
            EndpointScope scope,
            @Nullable String joinToken,
            byte @Nullable [] replicaKey,
            Consumer<@Nullable Throwable> outcomes) {
        this.transport = Objects.requireNonNull(transport, "transport");
        this.url = url;
        this.scope = Objects.requireNonNull(scope, "scope");
        this.joinToken = joinToken;
        this.replicaKey = replicaKey;
        this.outcomes = outcomes;
        this.faults = new DirectoryFaults(url, LIMITS, Clock.systemUTC());
        this.redirects = new Redirects(transport, Redirects.Rule.HTTPS, EndpointGuard.of(scope, List.of()));
    }

    /**
     * Returns a client; nothing is sent. The scope follows from the URL: local on loopback, else public.
     *
     * @param transport carries the calls; stays the caller's to close
     * @param directoryUrl the base URL, such as {@code https://iicp.network/api}; trailing slashes and {@code /v1} are
     *     tolerated
     * @throws network.iicp.protocol.ConfigurationException if the URL cannot be one of a directory
     */
    public static DirectoryClient of(HttpTransport transport, URI directoryUrl) {
        DirectoryUrl url = DirectoryUrl.of(directoryUrl);
        return new DirectoryClient(
                transport, url, EndpointScope.ofDirectory(url.base(), false), null, null, outcome -> {});
    }

    /** Returns a client of the same directory for nodes and consumers of this scope. */
    public DirectoryClient withScope(EndpointScope newScope) {
        return new DirectoryClient(transport, url, newScope, joinToken, replicaKey, outcomes);
    }

    /**
     * Returns a client that shows this token when it registers, as private directories may ask.
     *
     * @throws IllegalArgumentException if the token cannot be sent in a header
     */
    public DirectoryClient withJoinToken(@Nullable String token) {
        if (token != null && (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 127))) {
            throw new IllegalArgumentException("a join token is printable ASCII without spaces");
        }
        return new DirectoryClient(transport, url, scope, token, replicaKey, outcomes);
    }

    /**
     * Returns a client that believes an answer only if the replica with this key signed it; another one fails with
     * {@code replica_unverified}. Refusals need no signature.
     *
     * @param publicKey the replica's key, 32 bytes
     */
    public DirectoryClient withReplicaKey(byte[] publicKey) {
        return new DirectoryClient(transport, url, scope, joinToken, publicKey.clone(), outcomes);
    }

    /**
     * Returns a client that tells how each call ended.
     *
     * @param heard hears {@code null} for an answer, else the failure; on the thread that completes the call, so it must be quick and
     *     not throw
     */
    public DirectoryClient withOutcomes(Consumer<@Nullable Throwable> heard) {
        return new DirectoryClient(transport, url, scope, joinToken, replicaKey, heard);
    }

    /** Returns the base URL in its normal form, without a trailing slash. */
    public URI url() {
        return url.base();
    }

    /** Returns scheme, host and port: the part of the URL that may be shown. */
    public String origin() {
        return url.origin();
    }

    /** Returns how far away the nodes of this directory may be. */
    public EndpointScope scope() {
        return scope;
    }

    /**
     * Asks for nodes.
     *
     * @param query what is wanted
     * @param deadline the end of the call
     * @param trace the trace the call belongs to
     * @return the nodes, best first; unreadable, repeated and surplus entries are left out
     */
    public CompletableFuture<DiscoverReply> discover(DiscoverQuery query, Deadline deadline, TraceContext trace) {
        HttpCall.Builder call = traced(get("/discover?" + DiscoverCodec.queryString(query), deadline), trace);
        return read(call, reply -> {
            DiscoverReply nodes = DiscoverCodec.decode(faults.object(reply), query.limit());
            log.debug(
                    "{} named {} nodes for {}, {} skipped",
                    url.origin(),
                    nodes.count(),
                    query.intent(),
                    nodes.skipped());
            return nodes;
        });
    }

    /**
     * Asks for one node and the directory's signed word for it. What comes back is not checked, see {@link DispatchTickets}.
     *
     * @param query what is wanted
     * @param excluded ids of nodes that are not wanted
     * @param deadline the end of the call
     * @param trace the trace the call belongs to
     */
    public CompletableFuture<DispatchRoute> dispatchTicket(
            DiscoverQuery query, Collection<String> excluded, Deadline deadline, TraceContext trace) {
        HttpCall.Builder call =
                traced(call("POST", "/dispatch/ticket", deadline), trace).json(DispatchCodec.encode(query, excluded));
        return send(call, reply -> DispatchCodec.decode(faults.object(reply)));
    }

    /**
     * Asks for a token with which the calling node may use another one for one intent.
     *
     * @param token the caller's current token
     * @param nodeId the caller, or {@code null} to be found by the token alone
     * @param targetNodeId the node to be used
     * @param intent what for
     * @param deadline the end of the call
     * @param trace the trace the call belongs to
     */
    public CompletableFuture<ConsumerToken> consumerToken(
            String token,
            @Nullable String nodeId,
            String targetNodeId,
            Intent intent,
            Deadline deadline,
            TraceContext trace) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("target_node_id", targetNodeId);
        body.put("intent", intent.urn());
        HttpCall.Builder call = HttpCall.request("POST", url.consumerTokenUrl())
                .header("Accept", "application/json")
                .deadline(deadline)
                .maxBytes(MAX_ANSWER_BYTES)
                .guard(EndpointGuard.unrestricted());
        return send(
                withCredential(traced(call, trace), nodeId, token).json(body),
                reply -> RegistrationCodec.decodeConsumerToken(faults.object(reply)));
    }

    private static HttpCall.Builder traced(HttpCall.Builder call, TraceContext trace) {
        call.header("traceparent", trace.traceparent());
        return trace.tracestate() == null ? call : call.header("tracestate", trace.tracestate());
    }

    /**
     * Registers a node, or registers it again.
     *
     * @param registration the announcement; with the current token if there is one
     * @param deadline the end of the call; directories that dial back answer after up to 5 s
     * @return the new credentials, which replace all earlier ones
     */
    public CompletableFuture<RegistrationReceipt> register(NodeRegistration registration, Deadline deadline) {
        HttpCall.Builder call = call("POST", "/register", deadline).json(RegistrationCodec.encode(registration));
        if (joinToken != null) {
            call.header(JOIN_TOKEN_HEADER, joinToken);
        }
        return send(call, reply -> RegistrationCodec.decodeReceipt(faults.object(reply), registration.nodeId()));
    }

    /**
     * Sends a sign of life. Failures with HTTP status 401, 404 or 410 mean that the node has to register again.
     *
     * @param nodeId the node
     * @param token its current token
     * @param heartbeat its state
     * @param deadline the end of the call
     */
    public CompletableFuture<HeartbeatReply> heartbeat(
            String nodeId, String token, Heartbeat heartbeat, Deadline deadline) {
        HttpCall.Builder call = withCredential(call("POST", "/heartbeat", deadline), nodeId, token)
                .json(RegistrationCodec.encode(nodeId, heartbeat));
        return send(call, reply -> RegistrationCodec.decodeReply(faults.object(reply)));
    }

    /**
     * Takes a node off the list. A node the directory does not know counts as done.
     *
     * @param nodeId the node
     * @param token its current token
     * @param deadline the end of the call
     */
    public CompletableFuture<Void> deregister(String nodeId, String token, Deadline deadline) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("node_id", nodeId);
        HttpCall.Builder call = withCredential(call("DELETE", "/register", deadline), nodeId, token)
                .json(body);
        return send(call, reply -> {
            if (!faults.isAbsent(reply)) {
                faults.object(reply);
            }
            return null;
        });
    }

    /**
     * Looks a node up in the public registry.
     *
     * @param idOrPrefix its id; of a UUID only the first eight characters are sent
     * @param deadline the end of the call
     * @return the public record, or empty when the directory does not know the node
     */
    public CompletableFuture<Optional<Map<String, Object>>> registryNode(String idOrPrefix, Deadline deadline) {
        String name = UUID.matcher(idOrPrefix).matches() ? NodeDescriptor.prefixOf(idOrPrefix) : idOrPrefix;
        return lookUp("/registry/nodes/" + DirectoryUrl.segment(name), deadline);
    }

    /**
     * Asks for the details of a node: health, capabilities, uptime.
     *
     * @param nodeId its id
     * @param deadline the end of the call
     * @return the details, or empty when the directory does not know the node
     */
    public CompletableFuture<Optional<Map<String, Object>>> nodeDetail(String nodeId, Deadline deadline) {
        return lookUp("/node/" + DirectoryUrl.segment(nodeId), deadline);
    }

    private CompletableFuture<Optional<Map<String, Object>>> lookUp(String path, Deadline deadline) {
        return read(
                get(path, deadline),
                reply -> faults.isAbsent(reply) ? Optional.empty() : Optional.of(faults.object(reply)));
    }

    /**
     * Asks what the directory knows about the caller.
     *
     * @param token a node's current token
     * @param nodeId the node, or {@code null} to be found by the token alone
     * @param deadline the end of the call
     */
    public CompletableFuture<OwnRecord> me(String token, @Nullable String nodeId, Deadline deadline) {
        return send(
                withCredential(get("/me", deadline), nodeId, token),
                reply -> RegistrationCodec.decodeOwnRecord(faults.object(reply)));
    }

    /**
     * Asks for live nodes to begin gossip with.
     *
     * @param limit most nodes, 1 to 50
     * @param deadline the end of the call
     * @throws IllegalArgumentException if the limit is out of range
     */
    public CompletableFuture<List<DirectoryPeer>> bootstrap(int limit, Deadline deadline) {
        if (limit < 1 || limit > DiscoverQuery.MAX_LIMIT) {
            throw new IllegalArgumentException("limit must be between 1 and 50, was " + limit);
        }
        return read(
                get("/bootstrap?limit=" + limit, deadline),
                reply -> RegistrationCodec.decodePeers(faults.object(reply), limit));
    }

    /**
     * Asks for the key the directory signs with.
     *
     * @param deadline the end of the call
     * @return the 32 raw bytes of an Ed25519 public key
     */
    public CompletableFuture<byte[]> directoryKey(Deadline deadline) {
        return send(get("/directory-key", deadline), reply -> {
            Object key = faults.object(reply).get("public_key");
            if (!(key instanceof String hex) || !PUBLIC_KEY.matcher(hex).matches()) {
                throw new ProtocolViolationException(IicpError.of(
                        ErrorCode.PROTOCOL_ERROR,
                        ErrorComponent.DIRECTORY,
                        "directory %s sent no Ed25519 key of 64 hex characters".formatted(url.origin())));
            }
            return HexFormat.of().parseHex(hex);
        });
    }

    /**
     * Asks for the credits of a finished task.
     *
     * @param nodeId id of the node
     * @param token its credential
     * @param receipt what it signed, see {@link network.iicp.protocol.wire.CooperationCodec#encodeAward}
     * @param deadline when to give up
     * @return completes when the directory has taken it
     */
    public CompletableFuture<Void> award(String nodeId, String token, Map<String, Object> receipt, Deadline deadline) {
        HttpCall.Builder call = withCredential(call("POST", "/credits/award", deadline), nodeId, token)
                .json(receipt);
        return send(call, reply -> {
            faults.object(reply);
            return null;
        });
    }

    private HttpCall.Builder get(String path, Deadline deadline) {
        return call("GET", path, deadline);
    }

    private HttpCall.Builder call(String method, String path, Deadline deadline) {
        return HttpCall.request(method, url.resolve(path))
                .header("Accept", "application/json")
                .deadline(deadline)
                .maxBytes(MAX_ANSWER_BYTES)
                .guard(EndpointGuard.unrestricted());
    }

    /** The id travels in a header too: directories that cannot resolve a token alone need it, and some drop DELETE bodies. */
    private static HttpCall.Builder withCredential(HttpCall.Builder call, @Nullable String nodeId, String token) {
        call.header("Authorization", "Bearer " + token);
        return nodeId == null ? call : call.header("X-Node-Id", nodeId);
    }

    /** For what everybody may read; a directory may send such calls elsewhere. */
    private <T extends @Nullable Object> CompletableFuture<T> read(
            HttpCall.Builder call, Function<HttpReply, T> reading) {
        HttpCall request = call.build();
        return answered(request, redirects.exchange(request), reading);
    }

    private <T extends @Nullable Object> CompletableFuture<T> send(
            HttpCall.Builder call, Function<HttpReply, T> reading) {
        HttpCall request = call.build();
        return answered(request, transport.exchange(request), reading);
    }

    @SuppressWarnings(
            "FutureReturnValueIgnored") // whenComplete is used for its effect; the stages it returns carry nothing
    private <T extends @Nullable Object> CompletableFuture<T> answered(
            HttpCall request, CompletableFuture<HttpReply> exchange, Function<HttpReply, T> reading) {
        CompletableFuture<T> result = new CompletableFuture<>();
        result.whenComplete((value, thrown) -> exchange.cancel(true));
        exchange.whenComplete((reply, thrown) -> {
            if (thrown != null) {
                fail(result, thrown);
                return;
            }
            try {
                requireSigned(request, reply);
                T value = reading.apply(reply);
                outcomes.accept(null);
                result.complete(value);
            } catch (RuntimeException e) {
                fail(result, e);
            }
        });
        return result;
    }

    private void requireSigned(HttpCall request, HttpReply reply) {
        boolean doubtful = replicaKey != null
                && reply.isSuccess()
                && !ReplicaSignature.verify(
                        replicaKey,
                        request.method(),
                        request.uri(),
                        reply.header(ReplicaSignature.SEQUENCE_HEADER).orElse(null),
                        reply.body(),
                        reply.header(ReplicaSignature.SIGNATURE_HEADER).orElse(null));
        if (doubtful) {
            throw IicpException.of(IicpError.of(
                    ErrorCode.REPLICA_UNVERIFIED,
                    ErrorComponent.DIRECTORY,
                    "the answer of directory %s is not signed by the replica it should come from".formatted(origin())));
        }
    }

    /** The outcome is told first, so that it is known to whoever waits for the result; a call its caller gave up has none. */
    private void fail(CompletableFuture<?> result, Throwable thrown) {
        RuntimeException failure = faults.failure(thrown);
        if (!result.isDone()) {
            outcomes.accept(failure);
        }
        result.completeExceptionally(failure);
    }

    /** Names the directory's scheme, host and port; never the join token. */
    @Override
    public String toString() {
        return "DirectoryClient[%s, %s]".formatted(url.origin(), scope);
    }
}
