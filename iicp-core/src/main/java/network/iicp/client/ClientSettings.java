package network.iicp.client;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import network.iicp.client.cooperation.CooperationSettings;
import network.iicp.client.selection.RoutingPolicy;
import network.iicp.client.selection.RoutingStrategy;
import network.iicp.spi.CandidateRanker;
import network.iicp.spi.MetricsSink;
import network.iicp.spi.TraceSource;
import network.iicp.transport.EndpointScope;
import org.jspecify.annotations.Nullable;

/**
 * How a consumer works. Immutable; made with {@link #builder()}, which checks the values at once and their combination at the end. What the
 * defaults are is said at the methods of {@link ClientSettingsBuilder}.
 */
public final class ClientSettings {

    /** The public directory, used when none is named. */
    public static final URI PUBLIC_DIRECTORY = URI.create("https://iicp.network/api");

    /** Sends in total when nothing else is said. */
    public static final int DEFAULT_MAX_ATTEMPTS = 3;

    /** Texts in one embedding task when nothing else is said. */
    public static final int DEFAULT_EMBEDDING_BATCH_SIZE = 128;

    /** Most bytes of an answer when nothing else is said: 16 MiB. */
    public static final int DEFAULT_MAX_RESPONSE_BYTES = 16 * 1024 * 1024;

    /** How long known routes are used while no directory answers, when nothing else is said: 10 minutes. */
    public static final Duration DEFAULT_STALE_ROUTES = Duration.ofMinutes(10);

    static final Duration LONGEST_STALE_ROUTES = Duration.ofHours(24);

    /** How long an older answer is still used while a new one is fetched. */
    static final Duration STALE_WHILE_REVALIDATE = Duration.ofSeconds(30);

    private final ClientSettingsBuilder values;
    private final EndpointScope scope;

    ClientSettings(ClientSettingsBuilder checked, EndpointScope scope) {
        this.values = checked;
        this.scope = scope;
    }

    /** Returns a builder with the defaults. */
    public static ClientSettingsBuilder builder() {
        return new ClientSettingsBuilder();
    }

    /** Returns the base URL of the directory that is asked first, usually ending in {@code /api}. */
    public URI directoryUrl() {
        return values.directories.get(0).url();
    }

    /** Returns the directories in the order they are asked, at least one. */
    public List<DirectorySettings> directories() {
        return values.directories;
    }

    /** Returns whether all directories are asked at once and what they name is joined. */
    public boolean mergesDirectories() {
        return values.mergeDirectories;
    }

    /** Returns how directories are asked for nodes. */
    public RouteDiscovery routeDiscovery() {
        return values.routeDiscovery;
    }

    /** Returns how long known routes are used while no directory answers. */
    public Duration staleRoutes() {
        return values.staleRoutes;
    }

    /** Returns whether tasks carry consumer tokens. */
    public ConsumerTokenUse consumerTokens() {
        return values.consumerTokens;
    }

    /** Returns the encryption keys that nodes must have, as ids of keys by ids of nodes. */
    public Map<String, String> pinnedKeys() {
        return values.pinnedKeys;
    }

    /** Returns the region to prefer. */
    public @Nullable String region() {
        return values.region;
    }

    /** Returns the time limits of a call. */
    public TimeLimits limits() {
        return values.limits;
    }

    /** Returns the sends in total of one call, at least 1. */
    public int maxAttempts() {
        return values.maxAttempts;
    }

    /** Returns whether another node goes on where a stream was cut off. */
    public boolean continueInterrupted() {
        return values.continueInterrupted;
    }

    /** Returns how candidates are ordered. */
    public RoutingStrategy strategy() {
        return values.strategy;
    }

    /** Returns the chance of exploring with {@link RoutingStrategy#EPSILON}, 0 to 1. */
    public double epsilon() {
        return values.epsilon;
    }

    /** Returns how many of the best candidates take part in a draw by score, at least 1. */
    public int topK() {
        return values.topK;
    }

    /** Returns how sharply {@link RoutingStrategy#SOFTMAX_TOP_K} prefers the best, at least 0.001. */
    public double softmaxTau() {
        return values.temperature;
    }

    /** Returns which nodes may see tasks. */
    public RoutingPolicy routingPolicy() {
        return values.policy;
    }

    /** Returns whether a second node is asked when the first takes long. */
    public Hedging hedging() {
        return values.hedging;
    }

    /** Returns whether and how several workers may make one answer. */
    public CooperationSettings cooperation() {
        return values.cooperation;
    }

    /** Returns who chooses among the candidates in place of the strategy, or {@code null}. */
    public @Nullable CandidateRanker candidateRanker() {
        return values.ranker;
    }

    /** Returns whether tasks must be encrypted. */
    public Encryption encryption() {
        return values.encryption;
    }

    /** Returns which endpoints may be connected to. */
    public EndpointScope scope() {
        return scope;
    }

    /** Returns the networks and name suffixes allowed with {@link EndpointScope#PRIVATE}. */
    public List<String> privateNetworks() {
        return values.privateNetworks;
    }

    /** Returns whether a chat model may stand in for intents that nobody serves. */
    public boolean emulation() {
        return values.emulation;
    }

    /** Returns whether payloads are checked against the intent registry before anything is sent. */
    public boolean validatePayloads() {
        return values.validatePayloads;
    }

    /** Returns whether chats tell the model that they came over IICP. */
    public RuntimeIdentity runtimeIdentity() {
        return values.runtimeIdentity;
    }

    /** Returns the most texts in one embedding task. */
    public int embeddingBatchSize() {
        return values.embeddingBatchSize;
    }

    /** Returns the most bytes of an answer. */
    public int maxResponseBytes() {
        return values.maxResponseBytes;
    }

    /** Returns the credential sent to every node as {@code auth.node_token}, for private meshes that share one. */
    public @Nullable String nodeCredential() {
        return values.nodeCredential;
    }

    /** Returns where calls, attempts and routes are measured. */
    public List<MetricsSink> metricsSinks() {
        return List.copyOf(values.metricsSinks);
    }

    /** Returns what says which trace a call continues. */
    public @Nullable TraceSource traceSource() {
        return values.traceSource;
    }

    /** Leaves the credential out. */
    @Override
    public String toString() {
        return "ClientSettings[%s, scope %s, %d attempts]"
                .formatted(directoryUrl().getHost(), scope, maxAttempts());
    }
}
