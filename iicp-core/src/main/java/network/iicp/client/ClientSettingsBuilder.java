package network.iicp.client;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import network.iicp.client.cooperation.CooperationSettings;
import network.iicp.client.selection.CandidateOrder;
import network.iicp.client.selection.RoutingPolicy;
import network.iicp.client.selection.RoutingStrategy;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.spi.CandidateRanker;
import network.iicp.spi.MetricsSink;
import network.iicp.spi.TraceSource;
import network.iicp.transport.EndpointScope;
import org.jspecify.annotations.Nullable;

/** Collects {@link ClientSettings}. Setters check at once; {@link #build()} checks combinations. Not thread-safe. */
public final class ClientSettingsBuilder {

    List<DirectorySettings> directories =
            List.of(DirectorySettings.builder(ClientSettings.PUBLIC_DIRECTORY).build());
    boolean mergeDirectories;
    RouteDiscovery routeDiscovery = RouteDiscovery.AUTO;
    Duration staleRoutes = ClientSettings.DEFAULT_STALE_ROUTES;
    ConsumerTokenUse consumerTokens = ConsumerTokenUse.OPTIONAL;
    Map<String, String> pinnedKeys = Map.of();

    @Nullable
    String region;

    TimeLimits limits = TimeLimits.DEFAULT;
    int maxAttempts = ClientSettings.DEFAULT_MAX_ATTEMPTS;
    boolean continueInterrupted;
    RoutingStrategy strategy = RoutingStrategy.EPSILON;
    double epsilon = CandidateOrder.DEFAULT_EPSILON;
    int topK = CandidateOrder.DEFAULT_TOP_K;
    double temperature = CandidateOrder.DEFAULT_TEMPERATURE;
    RoutingPolicy policy = RoutingPolicy.STANDARD;
    Hedging hedging = Hedging.OFF;
    CooperationSettings cooperation = CooperationSettings.OFF;

    @Nullable
    CandidateRanker ranker;

    Encryption encryption = Encryption.REQUIRED;
    List<String> privateNetworks = List.of();
    int maxResponseBytes = ClientSettings.DEFAULT_MAX_RESPONSE_BYTES;
    boolean emulation;
    boolean validatePayloads;
    RuntimeIdentity runtimeIdentity = RuntimeIdentity.DISABLED;
    int embeddingBatchSize = ClientSettings.DEFAULT_EMBEDDING_BATCH_SIZE;

    @Nullable
    String nodeCredential;

    final List<MetricsSink> metricsSinks = new ArrayList<>();

    @Nullable
    TraceSource traceSource;

    private @Nullable EndpointScope scope;

    ClientSettingsBuilder() {}

    private ClientSettingsBuilder(ClientSettingsBuilder other) {
        this.directories = other.directories;
        this.mergeDirectories = other.mergeDirectories;
        this.routeDiscovery = other.routeDiscovery;
        this.staleRoutes = other.staleRoutes;
        this.consumerTokens = other.consumerTokens;
        this.pinnedKeys = other.pinnedKeys;
        this.region = other.region;
        this.limits = other.limits;
        this.maxAttempts = other.maxAttempts;
        this.continueInterrupted = other.continueInterrupted;
        this.strategy = other.strategy;
        this.epsilon = other.epsilon;
        this.topK = other.topK;
        this.temperature = other.temperature;
        this.policy = other.policy;
        this.hedging = other.hedging;
        this.cooperation = other.cooperation;
        this.ranker = other.ranker;
        this.encryption = other.encryption;
        this.privateNetworks = other.privateNetworks;
        this.maxResponseBytes = other.maxResponseBytes;
        this.emulation = other.emulation;
        this.validatePayloads = other.validatePayloads;
        this.runtimeIdentity = other.runtimeIdentity;
        this.embeddingBatchSize = other.embeddingBatchSize;
        this.nodeCredential = other.nodeCredential;
        this.scope = other.scope;
        this.metricsSinks.addAll(other.metricsSinks);
        this.traceSource = other.traceSource;
    }

    /**
     * Sets what the environment variables of the official clients say; see {@code docs/configuration.md}. Nothing is read unless this is
     * called. What is set afterwards wins.
     *
     * @param variables names and values, such as {@link System#getenv()}; others than ours are ignored
     * @throws ConfigurationException if a value cannot be read; the message names the variable
     */
    public ClientSettingsBuilder fromEnvironment(Map<String, String> variables) {
        new ClientEnvironment(variables).apply(this);
        return this;
    }

    /**
     * Sets the base URL of the one directory; default {@code https://iicp.network/api}. The word {@code public} names that one.
     *
     * @throws ConfigurationException if it is not a URL
     */
    public ClientSettingsBuilder directoryUrl(String url) {
        return directories(List.of(DirectorySettings.of(url)));
    }

    /**
     * Sets the base URL of the one directory.
     *
     * @throws ConfigurationException if it is not an http or https URL with a host
     */
    public ClientSettingsBuilder directoryUrl(URI url) {
        return directories(List.of(DirectorySettings.builder(url).build()));
    }

    /**
     * Sets the directories in the order they are asked: the next one answers while those before it fail (no connection, no answer in 5 s,
     * HTTP 429 or 5xx, no JSON) and for 30 s after. Each has its own key, issuers and credential.
     *
     * @throws ConfigurationException if there is none, or one is named twice
     */
    public ClientSettingsBuilder directories(List<DirectorySettings> ordered) {
        if (ordered.isEmpty()) {
            throw invalid("at least one directory must be named");
        }
        if (ordered.stream().map(DirectorySettings::url).distinct().count() < ordered.size()) {
            throw invalid("a directory is named twice");
        }
        this.directories = List.copyOf(ordered);
        return this;
    }

    /** Sets whether all directories are asked at once and what they name is joined, best first; default false. It works with lists, not tickets. */
    public ClientSettingsBuilder mergeDirectories(boolean join) {
        this.mergeDirectories = join;
        return this;
    }

    /** Sets how directories are asked for nodes; default {@link RouteDiscovery#AUTO}. */
    public ClientSettingsBuilder routeDiscovery(RouteDiscovery mode) {
        this.routeDiscovery = Objects.requireNonNull(mode, "mode");
        return this;
    }

    /**
     * Sets how long routes that are known are used while no directory answers, 0 to 24 hours; default 10 minutes. With 0 a call fails when no
     * directory answers and its routes are too old for ordinary use.
     */
    public ClientSettingsBuilder staleRoutes(Duration longest) {
        if (longest.isNegative() || longest.compareTo(ClientSettings.LONGEST_STALE_ROUTES) > 0) {
            throw invalid("stale-routes is %s; it must be between 0 and 24 hours".formatted(longest));
        }
        this.staleRoutes = longest;
        return this;
    }

    /** Sets whether tasks carry consumer tokens; default {@link ConsumerTokenUse#OPTIONAL}: where a directory has a node token. */
    public ClientSettingsBuilder consumerTokens(ConsumerTokenUse use) {
        this.consumerTokens = Objects.requireNonNull(use, "use");
        return this;
    }

    /**
     * Sets the encryption keys that nodes must have, as ids of nodes and ids of keys ({@code cx-} and 16 digits); default none. A node listed
     * here that shows another key gets no task. A directory is trusted for the keys of all others.
     */
    public ClientSettingsBuilder pinnedKeys(Map<String, String> keyIdsByNode) {
        this.pinnedKeys = Map.copyOf(keyIdsByNode);
        return this;
    }

    /** Sets the region to prefer; default none. */
    public ClientSettingsBuilder region(@Nullable String name) {
        this.region = name;
        return this;
    }

    /** Sets the time limits; default {@link TimeLimits#DEFAULT}. */
    public ClientSettingsBuilder timeLimits(TimeLimits timeLimits) {
        this.limits = Objects.requireNonNull(timeLimits, "timeLimits");
        return this;
    }

    /** Sets how often a task is sent in total, at least 1; default 3. With 1 nothing is tried again. */
    public ClientSettingsBuilder maxAttempts(int sends) {
        if (sends < 1) {
            throw invalid("max-attempts is %d; it counts sends in total and must be at least 1".formatted(sends));
        }
        this.maxAttempts = sends;
        return this;
    }

    /**
     * Sets whether a stream that was cut off is continued by another node, which is given the text so far; default false: the stream ends in
     * {@link network.iicp.protocol.StreamInterruptedException}.
     */
    public ClientSettingsBuilder continueInterrupted(boolean allowed) {
        this.continueInterrupted = allowed;
        return this;
    }

    /** Sets how candidates are ordered; default {@link RoutingStrategy#EPSILON}. */
    public ClientSettingsBuilder routingStrategy(RoutingStrategy routingStrategy) {
        this.strategy = Objects.requireNonNull(routingStrategy, "routingStrategy");
        return this;
    }

    /** Sets the chance of exploring, 0 to 1; default 0.05. */
    public ClientSettingsBuilder routingEpsilon(double chance) {
        if (!(chance >= 0 && chance <= 1)) {
            throw invalid("epsilon is %s; it must be between 0 and 1".formatted(chance));
        }
        this.epsilon = chance;
        return this;
    }

    /** Sets how many of the best candidates take part in a draw by score, at least 1; default 3. */
    public ClientSettingsBuilder routingTopK(int candidates) {
        if (candidates < 1) {
            throw invalid("routing-top-k is %d; it must be at least 1".formatted(candidates));
        }
        this.topK = candidates;
        return this;
    }

    /** Sets how sharply {@link RoutingStrategy#SOFTMAX_TOP_K} prefers the best, at least 0.001; default 0.04. Less is sharper. */
    public ClientSettingsBuilder routingSoftmaxTau(double tau) {
        if (!(tau >= 0.001 && tau < Double.POSITIVE_INFINITY)) {
            throw invalid("routing-softmax-tau is %s; it must be at least 0.001".formatted(tau));
        }
        this.temperature = tau;
        return this;
    }

    /** Sets which nodes may see tasks; default {@link RoutingPolicy#STANDARD}. A call may have its own. */
    public ClientSettingsBuilder routingPolicy(RoutingPolicy routingPolicy) {
        this.policy = Objects.requireNonNull(routingPolicy, "routingPolicy");
        return this;
    }

    /** Sets whether a second node is asked when the first takes long; default {@link Hedging#OFF}. */
    public ClientSettingsBuilder hedging(Hedging wish) {
        this.hedging = Objects.requireNonNull(wish, "wish");
        return this;
    }

    /** Sets whether and how several workers may make one answer; default {@link CooperationSettings#OFF}. */
    public ClientSettingsBuilder cooperation(CooperationSettings wish) {
        this.cooperation = Objects.requireNonNull(wish, "wish");
        return this;
    }

    /** Sets who chooses among the candidates in place of the strategy; default nobody. */
    public ClientSettingsBuilder candidateRanker(@Nullable CandidateRanker chooser) {
        this.ranker = chooser;
        return this;
    }

    /** Sets whether tasks must be encrypted; default {@link Encryption#REQUIRED}. */
    public ClientSettingsBuilder encryption(Encryption wish) {
        this.encryption = Objects.requireNonNull(wish, "wish");
        return this;
    }

    /**
     * Sets which endpoints may be connected to. Default: local with a directory on this machine, private when
     * {@linkplain #privateNetworks private networks} are given, else public.
     */
    public ClientSettingsBuilder scope(@Nullable EndpointScope endpoints) {
        this.scope = endpoints;
        return this;
    }

    /** Sets networks ({@code 10.0.0.0/8}) and name suffixes ({@code *.lan}) whose endpoints are allowed. */
    public ClientSettingsBuilder privateNetworks(List<String> networks) {
        this.privateNetworks = List.copyOf(networks);
        return this;
    }

    /** Sets the most bytes of an answer, at least 1024; default 16 MiB. */
    public ClientSettingsBuilder maxResponseBytes(int bytes) {
        if (bytes < 1024) {
            throw invalid("max-response-bytes is %d; it must be at least 1024".formatted(bytes));
        }
        this.maxResponseBytes = bytes;
        return this;
    }

    /**
     * Sets whether summaries, classifications, rankings and translations are asked of a chat model when nobody serves their
     * intent; default no.
     */
    public ClientSettingsBuilder emulation(boolean allowed) {
        this.emulation = allowed;
        return this;
    }

    /**
     * Sets whether payloads are checked, before anything is sent, against all that the intent registry says of their intent;
     * default no. Intents that it does not know pass.
     */
    public ClientSettingsBuilder validatePayloads(boolean check) {
        this.validatePayloads = check;
        return this;
    }

    /** Sets whether chats tell the model that they came over IICP; default {@link RuntimeIdentity#DISABLED}. A call may say otherwise. */
    public ClientSettingsBuilder runtimeIdentity(RuntimeIdentity mode) {
        this.runtimeIdentity = Objects.requireNonNull(mode, "mode");
        return this;
    }

    /** Sets how many texts go into one embedding task, at least 1; default 128. A request may say otherwise. */
    public ClientSettingsBuilder embeddingBatchSize(int texts) {
        if (texts < 1) {
            throw invalid("embedding-batch-size is %d; it must be at least 1".formatted(texts));
        }
        this.embeddingBatchSize = texts;
        return this;
    }

    /** Sets a credential that is sent to every node; for private meshes that share one. Default none. */
    public ClientSettingsBuilder nodeCredential(@Nullable String token) {
        this.nodeCredential = token;
        return this;
    }

    /** Measures calls, attempts and routes into this sink; may be called several times. Nothing is measured without one. */
    public ClientSettingsBuilder metrics(MetricsSink sink) {
        this.metricsSinks.add(Objects.requireNonNull(sink, "sink"));
        return this;
    }

    /** Asks this source which trace a call continues; every call begins a trace of its own without one. */
    public ClientSettingsBuilder traceSource(@Nullable TraceSource source) {
        this.traceSource = source;
        return this;
    }

    /**
     * Returns the settings.
     *
     * @throws ConfigurationException if values do not fit together
     */
    public ClientSettings build() {
        EndpointScope endpoints = scope != null ? scope : scopeOfDirectories();
        return new ClientSettings(new ClientSettingsBuilder(this), endpoints);
    }

    /** A directory on this machine may name this machine; but nodes of others may not only because one of several is here. */
    private EndpointScope scopeOfDirectories() {
        boolean allLocal = directories.stream()
                .allMatch(directory -> EndpointScope.ofDirectory(directory.url(), false) == EndpointScope.LOCAL);
        if (allLocal) {
            return EndpointScope.LOCAL;
        }
        return privateNetworks.isEmpty() ? EndpointScope.PUBLIC : EndpointScope.PRIVATE;
    }

    private static ConfigurationException invalid(String message) {
        return invalid(message, null);
    }

    private static ConfigurationException invalid(String message, @Nullable Throwable cause) {
        return new ConfigurationException(
                IicpError.of(ErrorCode.INVALID_CONFIG, ErrorComponent.CLIENT, message), cause);
    }
}
