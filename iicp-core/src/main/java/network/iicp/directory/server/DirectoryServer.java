package network.iicp.directory.server;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import network.iicp.crypto.Ed25519KeyPair;
import network.iicp.crypto.SigningKeyFile;
import network.iicp.transport.CallerAddress;
import network.iicp.transport.CorsPolicy;
import network.iicp.transport.EndpointGuard;
import network.iicp.transport.EndpointScope;
import network.iicp.transport.HttpListener;
import network.iicp.transport.HttpTransport;
import network.iicp.transport.ListenerSettings;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory that runs in this process. Made by a builder, started once, closed once. Thread-safe.
 *
 * <p>The scope decides what nodes may register, and which rules apply unless they are set:
 *
 * <table>
 *   <caption>Rules by scope</caption>
 *   <tr><th>rule</th><th>local</th><th>private</th><th>public</th></tr>
 *   <tr><td>endpoints</td><td>loopback and public</td><td>listed networks and public</td><td>public</td></tr>
 *   <tr><td>dial-back</td><td>no</td><td>yes</td><td>yes, unless translation and method are declared</td></tr>
 *   <tr><td>proof for a known node</td><td>lenient</td><td>strict</td><td>strict</td></tr>
 *   <tr><td>thresholds of urgent queries</td><td>none</td><td>none</td><td>official</td></tr>
 *   <tr><td>rate limits</td><td>off</td><td>official</td><td>official</td></tr>
 *   <tr><td>nodes of one address</td><td>any</td><td>any</td><td>20</td></tr>
 * </table>
 *
 * Source: IICP directory.
 */
public final class DirectoryServer implements AutoCloseable {

    /** The port unless another is set. */
    public static final int DEFAULT_PORT = 9480;

    private static final Logger log = LoggerFactory.getLogger(DirectoryServer.class);
    private static final int LARGEST_BODY = DirectoryRoutes.LIMITS.maxBytes();
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final NodeStore store;
    private final DirectoryRules rules;
    private final Ed25519KeyPair key;
    private final HttpTransport transport;
    private final Registrar registrar;
    private final HttpListener listener;
    private final String scheme;

    private DirectoryServer(Builder builder) {
        this.rules = builder.rules();
        this.store = builder.store == null ? new InMemoryNodeStore() : builder.store;
        this.key = builder.key();
        this.transport = HttpTransport.builder().build();
        Clock clock = builder.clock;
        EndpointGuard guard = EndpointGuard.of(rules.scope(), builder.privateNetworks);
        LivenessProbe probe = new LivenessProbe(transport, guard);
        this.registrar = new Registrar(store, rules, guard, probe, builder.random, clock);
        Heartbeats heartbeats = new Heartbeats(store, builder.random, clock);
        DirectoryApi api = new DirectoryApi(
                store, rules, registrar, heartbeats, key, builder.random, clock, builder.publicBaseUrl());
        CallerAddress callers = new CallerAddress(builder.trustedProxies);
        this.scheme = builder.tls ? "https" : "http";
        this.listener = HttpListener.jetty(
                builder.listener(), DirectoryRoutes.of(api, builder.cors, callers, rules.rates(), clock));
    }

    /** Returns a builder: 127.0.0.1, port {@value #DEFAULT_PORT}, nodes in memory, a new key, the rules of the scope. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Binds and begins to answer.
     *
     * @throws network.iicp.transport.ListenerStartException if the address cannot be bound
     */
    public void start() {
        listener.start();
        log.info(
                "directory listens on {} ({}, {} nodes known)",
                url(),
                rules.scope().name().toLowerCase(java.util.Locale.ROOT),
                store.count());
    }

    /**
     * Returns the base URL for nodes and consumers on this machine, such as {@code http://127.0.0.1:9480/api}.
     *
     * @throws IllegalStateException if the directory is not running
     */
    public URI url() {
        String host = listener.host();
        String reachable =
                switch (host) {
                    case "0.0.0.0", "::", "0:0:0:0:0:0:0:0" -> "127.0.0.1";
                    default -> host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
                };
        return URI.create("%s://%s:%d/api".formatted(scheme, reachable, listener.port()));
    }

    /**
     * Returns the bound port.
     *
     * @throws IllegalStateException if the directory is not running
     */
    public int port() {
        return listener.port();
    }

    /** Returns how far away the nodes may be. */
    public EndpointScope scope() {
        return rules.scope();
    }

    /** Returns how many nodes are known, live or not. */
    public int nodeCount() {
        return store.count();
    }

    /** Returns the public key the directory signs with, 64 lower-case hex characters. */
    public String publicKey() {
        return HexFormat.of().formatHex(key.publicKey());
    }

    /** Returns what the directory knows about a node. */
    public Optional<NodeRecord> node(String nodeId) {
        return store.find(nodeId);
    }

    /**
     * Forgets a node, for an operator whose node lost its credentials. Its token ends at once; it may register anew.
     *
     * @param nodeId the whole id
     * @return whether it was known
     */
    public boolean forget(String nodeId) {
        boolean known = registrar.forget(nodeId);
        if (known) {
            log.info("a node was forgotten by its operator");
        }
        return known;
    }

    /** Stops: lets running answers finish for two seconds, then closes. What a store in memory holds is lost. */
    @Override
    public void close() {
        listener.stop(GRACE);
        transport.close();
    }

    /** Names scope and number of nodes. */
    @Override
    public String toString() {
        return "DirectoryServer[%s, %d nodes]".formatted(rules.scope(), store.count());
    }

    /** Collects settings. Not thread-safe. */
    public static final class Builder {

        private final ListenerSettings.Builder listener =
                ListenerSettings.builder().port(DEFAULT_PORT).maxBodyBytes(LARGEST_BODY);
        private String host = "127.0.0.1";
        private List<String> privateNetworks = List.of();
        private List<String> trustedProxies = List.of();
        private Clock clock = Clock.systemUTC();
        private SecureRandom random = new SecureRandom();
        private CorsPolicy cors = CorsPolicy.none();
        private boolean noLivenessCheck;
        private boolean tls;
        private @Nullable EndpointScope scope;
        private @Nullable OwnershipRule ownership;
        private @Nullable QosThresholds qos;
        private @Nullable RateLimits rates;
        private @Nullable Integer nodesPerSource;
        private @Nullable String joinToken;
        private @Nullable URI publicBaseUrl;
        private @Nullable Path signingKeyFile;
        private @Nullable Ed25519KeyPair signingKey;
        private @Nullable NodeStore store;

        private Builder() {}

        /** Sets the address to bind: an address, {@code localhost}, or {@code ::} for all. */
        public Builder host(String address) {
            host = address;
            listener.host(address);
            return this;
        }

        /** Sets the port, 0 for a free one. */
        public Builder port(int number) {
            listener.port(number);
            return this;
        }

        /** Speaks TLS with the certificate of this context. */
        public Builder tls(SSLContext context) {
            tls = true;
            listener.tls(context);
            return this;
        }

        /** Sets the most open connections. */
        public Builder maxConnections(int most) {
            listener.maxConnections(most);
            return this;
        }

        /**
         * Sets how far away nodes may be. Unless set: local when bound to loopback, private when private networks are
         * named, else public.
         */
        public Builder scope(EndpointScope range) {
            scope = range;
            return this;
        }

        /** Sets the networks whose endpoints a private directory accepts, such as {@code 10.0.0.0/8} or {@code *.lan}. */
        public Builder privateNetworks(List<String> networks) {
            privateNetworks = List.copyOf(networks);
            return this;
        }

        /** Sets the proxies whose {@code X-Forwarded-For} is believed, as addresses or blocks. */
        public Builder trustedProxies(List<String> proxies) {
            trustedProxies = List.copyOf(proxies);
            return this;
        }

        /** Sets the URL that outsiders use, without {@code /api}; unless set it follows from each request. */
        public Builder publicBaseUrl(URI url) {
            publicBaseUrl = url;
            return this;
        }

        /** Sets the file that keeps the signing key; made when it is missing. Unless set the key lives in memory only. */
        public Builder signingKeyFile(Path file) {
            signingKeyFile = file;
            return this;
        }

        /** Sets the signing key itself. */
        public Builder signingKey(Ed25519KeyPair pair) {
            signingKey = pair;
            return this;
        }

        /**
         * Sets what nodes must show in {@code X-IICP-Join-Token} to register.
         *
         * @throws IllegalArgumentException if the token has fewer than 16 characters
         */
        public Builder joinToken(String token) {
            if (token.length() < 16) {
                throw new IllegalArgumentException(
                        "a join token needs at least 16 characters, this one has " + token.length());
            }
            joinToken = token;
            return this;
        }

        /** Sets how much proof the registration of a known node needs. */
        public Builder ownership(OwnershipRule rule) {
            ownership = rule;
            return this;
        }

        /** Sets what nodes must have done for urgent queries. */
        public Builder qosThresholds(QosThresholds thresholds) {
            qos = thresholds;
            return this;
        }

        /** Sets how often one caller may call. */
        public Builder rateLimits(RateLimits limits) {
            rates = limits;
            return this;
        }

        /** Sets the most live nodes of one source address, 0 for any number. */
        public Builder maxNodesPerSource(int most) {
            nodesPerSource = most;
            return this;
        }

        /** Lists endpoints without dialling them. */
        public Builder withoutLivenessCheck() {
            noLivenessCheck = true;
            return this;
        }

        /** Sets which pages may call. */
        public Builder cors(CorsPolicy policy) {
            cors = policy;
            return this;
        }

        /** Sets where nodes are kept; stays the caller's to close. */
        public Builder store(NodeStore nodes) {
            store = nodes;
            return this;
        }

        /** Sets the clock; its zone is the one that availability windows are read in. */
        public Builder clock(Clock source) {
            clock = Objects.requireNonNull(source, "source");
            return this;
        }

        /** Sets the source of tokens and keys. */
        public Builder random(SecureRandom source) {
            random = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Returns the directory, not started.
         *
         * @throws network.iicp.protocol.ConfigurationException if networks or proxies are malformed, or the key file is
         *     not usable
         */
        public DirectoryServer build() {
            return new DirectoryServer(this);
        }

        private ListenerSettings listener() {
            return listener.build();
        }

        private @Nullable String publicBaseUrl() {
            if (publicBaseUrl == null) {
                return null;
            }
            String text = publicBaseUrl.toString();
            return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        }

        private Ed25519KeyPair key() {
            if (signingKey != null) {
                return signingKey;
            }
            return signingKeyFile == null
                    ? Ed25519KeyPair.generate(random)
                    : SigningKeyFile.loadOrCreate(signingKeyFile, random);
        }

        private DirectoryRules rules() {
            DirectoryRules fitting = DirectoryRules.of(effectiveScope());
            return new DirectoryRules(
                    fitting.scope(),
                    ownership == null ? fitting.ownership() : ownership,
                    fitting.dialsBack() && !noLivenessCheck,
                    nodesPerSource == null ? fitting.mostNodesPerSource() : nodesPerSource,
                    qos == null ? fitting.qos() : qos,
                    rates == null ? fitting.rates() : rates,
                    joinToken);
        }

        private EndpointScope effectiveScope() {
            if (scope != null) {
                return scope;
            }
            if (isLoopback(host)) {
                return EndpointScope.LOCAL;
            }
            return privateNetworks.isEmpty() ? EndpointScope.PUBLIC : EndpointScope.PRIVATE;
        }

        /** Only literals and {@code localhost}: no name server decides what a directory accepts. */
        private static boolean isLoopback(String host) {
            if (host.equalsIgnoreCase("localhost")) {
                return true;
            }
            boolean literal = host.matches("[0-9.]+") || host.indexOf(':') >= 0;
            try {
                return literal && InetAddress.getByName(host).isLoopbackAddress();
            } catch (UnknownHostException e) {
                return false;
            }
        }
    }
}
