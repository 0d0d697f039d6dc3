package network.iicp.node;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import network.iicp.crypto.ConfidentialityKeyFile;
import network.iicp.crypto.ConfidentialityKeyPair;
import network.iicp.crypto.Hashes;
import network.iicp.directory.DirectoryClient;
import network.iicp.json.JsonLimits;
import network.iicp.metrics.MetricsText;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.spi.MetricsSink;
import network.iicp.transport.EndpointScope;
import network.iicp.transport.HttpListener;
import network.iicp.transport.HttpTransport;
import network.iicp.transport.ListenerSettings;
import network.iicp.transport.WorkerThreads;
import org.jspecify.annotations.Nullable;

/** The parts of one started node, put together. Owns its threads and sockets. */
final class NodeRuntime {

    private static final int ORIGIN_RATE = 120;
    private static final int ADDRESS_RATE = 600;
    private static final int REPLIES = 1000;
    private static final long REPLY_BYTES = 16L * 1024 * 1024;
    private static final Duration REPLY_LIFE = Duration.ofSeconds(300);
    private static final int REPLAYS = 10_000;
    private static final Duration REPLAY_LIFE = Duration.ofHours(1);
    private static final int SPARE_WORKERS = 128;
    private static final int CONNECTIONS_PER_SLOT = 4;
    private static final int FILE_NAME_DIGITS = 24;

    private final NodeSettings settings;
    private final String prefix;
    private final List<ConfidentialityKeyPair> keys;
    private final Offers offers;
    private final Slots slots;
    private final Tally tally = new Tally();
    private final @Nullable MetricsText metrics;
    private final NodeEvents events;
    private final RunningTasks tasks;
    private final ScheduledThreadPoolExecutor timer;
    private final ExecutorService workers;
    private final @Nullable HttpTransport ownTransport;
    private final @Nullable RemoteDirectory directory;
    private final DirectoryKey directoryKey;
    private final HttpListener listener;

    /**
     * Puts the parts together; opens nothing but the key file.
     *
     * @param state the state of the node
     * @param token the node's own token, when it has one
     * @param health how the node is
     */
    NodeRuntime(
            NodeSettings settings,
            Supplier<NodeState> state,
            Supplier<Optional<String>> token,
            Supplier<NodeHealth> health) {
        this.settings = settings;
        this.prefix = NodeDescriptor.prefixOf(settings.nodeId());
        this.keys = keys(settings);
        this.offers = new Offers(settings.offers(), settings.models(), settings.authentication());
        this.slots = new Slots(settings.limits().maxConcurrent());
        this.metrics = settings.metricsAccess() == MetricsAccess.OFF ? null : new MetricsText();
        NodeMeasures measures = measures();
        measures.show(slots, () -> health.get().registered());
        this.events = new NodeEvents(withFirst(measures, settings.listeners()));
        this.tasks = new RunningTasks(settings.nanos());
        this.timer = new ScheduledThreadPoolExecutor(1, threads("timer"));
        this.timer.setRemoveOnCancelPolicy(true);
        this.workers = WorkerThreads.perTask(
                "iicp-node-%s-task-".formatted(prefix), settings.limits().maxConcurrent() + SPARE_WORKERS);
        boolean needsTransport =
                settings.directoryUrl().isPresent() && settings.transport().isEmpty();
        this.ownTransport = needsTransport ? HttpTransport.builder().build() : null;
        this.directory = directory();
        this.directoryKey =
                new DirectoryKey(() -> directory == null ? Optional.empty() : directory.publicKey(), settings.nanos());
        this.listener = listener(state, token, health);
    }

    private static List<ConfidentialityKeyPair> keys(NodeSettings settings) {
        if (!settings.confidential()) {
            return List.of();
        }
        SecureRandom random = new SecureRandom();
        Optional<Path> folder = settings.keyDirectory();
        if (folder.isEmpty()) {
            return List.of(ConfidentialityKeyPair.generate(random));
        }
        String name = Hashes.sha256Hex(settings.nodeId().getBytes(StandardCharsets.UTF_8))
                .substring(0, FILE_NAME_DIGITS);
        return ConfidentialityKeyFile.loadOrCreate(folder.get().resolve(name + ".json"), random);
    }

    private NodeMeasures measures() {
        List<MetricsSink> sinks = new ArrayList<>(settings.metricsSinks());
        if (metrics != null) {
            sinks.add(metrics);
        }
        return new NodeMeasures(sinks, intent -> offers.intents().contains(intent));
    }

    private static List<NodeListener> withFirst(NodeListener first, List<NodeListener> others) {
        List<NodeListener> all = new ArrayList<>();
        all.add(first);
        all.addAll(others);
        return all;
    }

    private @Nullable RemoteDirectory directory() {
        HttpTransport transport = settings.transport().orElse(ownTransport);
        if (transport == null || settings.directoryUrl().isEmpty()) {
            return null;
        }
        DirectoryClient client = DirectoryClient.of(
                        transport, settings.directoryUrl().get())
                .withScope(scope())
                .withJoinToken(settings.joinToken().orElse(null));
        return new RemoteDirectory(client, settings.nodeId());
    }

    private HttpListener listener(
            Supplier<NodeState> state, Supplier<Optional<String>> token, Supplier<NodeHealth> health) {
        JsonLimits json = JsonLimits.DEFAULT
                .withMaxBytes(settings.maxRequestBytes())
                // A sealed payload, a picture or a recording is one long string.
                .withMaxStringLength(settings.maxRequestBytes());
        Answers answers = new Answers(settings.nodeId(), settings.maxResponseBytes());
        ReplayGuard replays = new ReplayGuard(REPLAYS, REPLAY_LIFE, settings.nanos());
        Streams streams = new Streams(
                timer,
                settings.nanos(),
                settings.streamHeartbeats(),
                settings.streamBounds(),
                settings.maxResponseBytes());
        Executions executions = new Executions(
                new Executions.Limits(
                        settings.defaultTimeout(), settings.maxTimeout(), settings.reattachWindow(), json),
                offers,
                slots,
                keys,
                replays,
                tasks,
                streams,
                new Settlement(answers, replays, tally, events, settings.nanos()),
                tally,
                timer,
                workers,
                settings.nanos(),
                settings.random());
        Authorizer authorizer = new Authorizer(
                token, settings.operatorKeys(), new ConsumerTokens(settings.nodeId(), directoryKey, settings.clock()));
        TaskPipeline pipeline = new TaskPipeline(
                state,
                rates(),
                json,
                offers,
                authorizer,
                new ReplyCache(REPLIES, REPLY_BYTES, REPLY_LIFE, settings.nanos()),
                executions,
                answers,
                streams,
                events);
        NodeRoutes routes =
                new NodeRoutes(pipeline, executions, tasks, authorizer, health, answers, workers, settings.nanos());
        MetricsRoute scrape = metrics == null ? null : new MetricsRoute(metrics, settings.metricsAccess(), authorizer);
        return HttpListener.jetty(listenerSettings(), routes.routes(settings.corsOrigins(), scrape));
    }

    private RateLimits rates() {
        boolean local = scope() == EndpointScope.LOCAL;
        return new RateLimits(
                settings.tasksPerMinutePerOrigin().orElse(local ? 0 : ORIGIN_RATE),
                settings.tasksPerMinutePerAddress().orElse(local ? 0 : ADDRESS_RATE),
                settings.nanos());
    }

    private ListenerSettings listenerSettings() {
        int connections = Math.max(ListenerSettings.DEFAULT_MAX_CONNECTIONS, slots.total() * CONNECTIONS_PER_SLOT);
        return ListenerSettings.builder()
                .host(settings.host())
                .port(settings.port())
                .maxBodyBytes(settings.maxRequestBytes())
                .maxConnections(connections)
                .tls(settings.tls())
                .build();
    }

    /** Returns how far the node reaches: as far as its directory, or without one as far as the address it binds. */
    EndpointScope scope() {
        return settings.directoryUrl()
                .map(url -> EndpointScope.ofDirectory(
                        url, !settings.privateNetworks().isEmpty()))
                .orElseGet(() -> BindAddress.isLoopback(settings.host()) ? EndpointScope.LOCAL : EndpointScope.PUBLIC);
    }

    ThreadFactory threads(String purpose) {
        return WorkerThreads.daemonThreads("iicp-node-%s-%s-".formatted(prefix, purpose));
    }

    String prefix() {
        return prefix;
    }

    List<ConfidentialityKeyPair> keys() {
        return keys;
    }

    Offers offers() {
        return offers;
    }

    Slots slots() {
        return slots;
    }

    Tally tally() {
        return tally;
    }

    NodeEvents events() {
        return events;
    }

    RunningTasks tasks() {
        return tasks;
    }

    HttpListener listener() {
        return listener;
    }

    Optional<RemoteDirectory> remoteDirectory() {
        return Optional.ofNullable(directory);
    }

    DirectoryKey directoryKey() {
        return directoryKey;
    }

    /** Closes everything that is left: threads, engines, connections to the directory. */
    void close() {
        timer.shutdownNow();
        workers.shutdownNow();
        offers.close();
        HttpTransport own = ownTransport;
        if (own != null) {
            own.close();
        }
    }
}
