package network.iicp.node;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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
import network.iicp.transport.TlsCertificate;
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
    private final ConfidentialityKeys keys;
    private final Offers offers;
    private final Slots slots;
    private final @Nullable MetricsText metrics;
    private final @Nullable EventJournal journal;
    private final Surveys surveys;
    private final Workload workload = new Workload();
    private final NodeEvents events;
    private final RunningTasks tasks;
    private final ScheduledThreadPoolExecutor timer;
    private final ExecutorService workers;
    private final @Nullable HttpTransport ownTransport;
    private final List<Listing> directories;
    private final Awards awards;
    private final HttpListener listener;

    /**
     * A directory and what the node has with it.
     *
     * @param link carries the calls
     * @param scope how far its nodes may be
     * @param key the key it signs with
     * @param file keeps what it gives the node
     */
    record Listing(RemoteDirectory link, EndpointScope scope, DirectoryKey key, CredentialFile file) {}

    /**
     * Puts the parts together; opens nothing but the key file.
     *
     * @param state the state of the node
     * @param tokens the node's own tokens
     * @param creditor the directory that gives credits, when there is one
     * @param health how the node is
     */
    NodeRuntime(
            NodeSettings settings,
            Supplier<NodeState> state,
            Supplier<List<String>> tokens,
            Supplier<Optional<Membership>> creditor,
            Supplier<NodeHealth> health) {
        this.settings = settings;
        this.prefix = NodeDescriptor.prefixOf(settings.nodeId());
        this.keys = keys(settings);
        this.offers = new Offers(
                settings.offers().stream()
                        .map(offer -> offer.watched(settings.clock(), settings.nanos()))
                        .toList(),
                settings.models(),
                settings.intents(),
                settings.authentication());
        this.surveys = new Surveys(offers, settings.heartbeatInterval().dividedBy(2), settings.nanos());
        int places = settings.limits().maxConcurrent();
        this.slots = new Slots(
                () -> settings.availability().placesAt(settings.clock().instant(), places));
        this.metrics = settings.metricsAccess() == MetricsAccess.OFF ? null : new MetricsText();
        NodeMeasures measures = measures();
        measures.show(slots, () -> health.get().registered());
        this.journal = settings.eventDirectory()
                .map(folder -> new EventJournal(folder, settings.nodeId(), settings.clock(), threads("journal")))
                .orElse(null);
        this.events = new NodeEvents(listeners(measures));
        this.tasks = new RunningTasks(settings.nanos());
        this.timer = new ScheduledThreadPoolExecutor(1, threads("timer"));
        this.timer.setRemoveOnCancelPolicy(true);
        this.workers = WorkerThreads.perTask(
                "iicp-node-%s-task-".formatted(prefix), settings.limits().maxConcurrent() + SPARE_WORKERS);
        boolean needsTransport =
                !settings.directories().isEmpty() && settings.transport().isEmpty();
        this.ownTransport = needsTransport ? HttpTransport.builder().build() : null;
        this.directories = settings.directories().stream().map(this::listing).toList();
        this.awards = new Awards(
                receipt -> creditor.get()
                        .map(membership -> membership.award(receipt))
                        .orElseGet(() -> CompletableFuture.failedFuture(
                                new IllegalStateException("no directory lists the node"))),
                timer,
                settings.clock(),
                outcome -> events.tell(new NodeEvent.CreditsSettled(outcome)));
        Receipts receipts = new Receipts(
                settings.nodeId(),
                settings.creditReporting(),
                settings.price().map(NodePrice::creditCostMultiplier).orElse(1.0),
                () -> creditor.get().flatMap(Membership::receiptKey),
                awards,
                settings.clock(),
                new SecureRandom());
        this.listener = listener(state, tokens, receipts, health);
        settings.certificate().ifPresent(this::watch);
    }

    private static ConfidentialityKeys keys(NodeSettings settings) {
        if (!settings.confidential()) {
            return ConfidentialityKeys.none();
        }
        SecureRandom random = new SecureRandom();
        return settings.keyDirectory()
                .map(folder -> ConfidentialityKeys.in(
                        folder.resolve(fileName(settings) + ".json"), settings.keyRotation(), settings.clock(), random))
                .orElseGet(() -> ConfidentialityKeys.inMemory(settings.keyRotation(), settings.clock(), random));
    }

    private NodeMeasures measures() {
        List<MetricsSink> sinks = new ArrayList<>(settings.metricsSinks());
        if (metrics != null) {
            sinks.add(metrics);
        }
        return new NodeMeasures(sinks, intent -> offers.intents().contains(intent));
    }

    private List<NodeListener> listeners(NodeMeasures measures) {
        List<NodeListener> all = new ArrayList<>();
        all.add(measures);
        if (journal != null) {
            all.add(journal);
        }
        all.addAll(settings.listeners());
        return all;
    }

    /** Looks for newer certificates from here on; files are not read on the timer's thread. */
    @SuppressWarnings("FutureReturnValueIgnored") // ends with the timer
    private void watch(TlsCertificate certificate) {
        long interval = settings.certificateCheck().toNanos();
        timer.scheduleWithFixedDelay(
                () -> workers.execute(() -> refresh(certificate)), interval, interval, TimeUnit.NANOSECONDS);
    }

    private void refresh(TlsCertificate certificate) {
        if (certificate.refresh()) {
            events.tell(new NodeEvent.CertificateReplaced());
        }
    }

    /** Writes the last lines of the event log; nothing is told to it afterwards. */
    void closeJournal() {
        if (journal != null) {
            journal.close();
        }
    }

    private static String fileName(NodeSettings settings) {
        return Hashes.sha256Hex(settings.nodeId()).substring(0, FILE_NAME_DIGITS);
    }

    private Listing listing(NodeDirectory directory) {
        HttpTransport transport = settings.transport().orElse(ownTransport);
        if (transport == null) {
            throw new IllegalStateException("a node with directories has a transport");
        }
        EndpointScope scope = scope(directory);
        DirectoryClient client =
                DirectoryClient.of(transport, directory.url()).withScope(scope).withJoinToken(directory.joinToken());
        RemoteDirectory link = new RemoteDirectory(client, settings.nodeId());
        String digits = Hashes.sha256Hex(client.url().toString()).substring(0, FILE_NAME_DIGITS);
        Path file = settings.keyDirectory()
                .map(folder -> folder.resolve("%s-%s.json".formatted(fileName(settings), digits)))
                .orElse(null);
        return new Listing(link, scope, new DirectoryKey(link::publicKey, settings.nanos()), new CredentialFile(file));
    }

    private EndpointScope scope(NodeDirectory directory) {
        return EndpointScope.ofDirectory(
                directory.url(), !settings.privateNetworks().isEmpty());
    }

    private HttpListener listener(
            Supplier<NodeState> state, Supplier<List<String>> tokens, Receipts receipts, Supplier<NodeHealth> health) {
        Quotas quotas = new Quotas(settings.quotas(), settings.nanos());
        CooperationGate cooperation = new CooperationGate(settings.cooperation(), settings.nanos());
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
                        settings.defaultTimeout(),
                        settings.maxTimeout(),
                        settings.admissionWait(),
                        settings.reattachWindow(),
                        json,
                        settings.validatePayloads()),
                offers,
                slots,
                quotas,
                cooperation,
                keys,
                replays,
                tasks,
                streams,
                new Settlement(answers, replays, workload, quotas, receipts, events, settings.nanos()),
                workload,
                timer,
                workers,
                settings.nanos(),
                new TaskTraces(settings.traceSource(), settings.random()));
        Authorizer authorizer = new Authorizer(
                tokens,
                settings.operatorKeys(),
                new ConsumerTokens(
                        settings.nodeId(),
                        directories.stream().map(Listing::key).toList(),
                        settings.clock()));
        TaskPipeline pipeline = new TaskPipeline(
                state,
                rates(),
                json,
                offers,
                cooperation,
                authorizer,
                new ReplyCache(REPLIES, REPLY_BYTES, REPLY_LIFE, settings.nanos()),
                executions,
                answers,
                streams,
                events);
        NodeRoutes routes = new NodeRoutes(
                pipeline,
                executions,
                tasks,
                authorizer,
                health,
                answers,
                workers,
                settings.callers(),
                settings.nanos());
        MetricsRoute scrape = metrics == null ? null : new MetricsRoute(metrics, settings.metricsAccess(), authorizer);
        return HttpListener.jetty(listenerSettings(), routes.routes(settings.corsOrigins(), scrape));
    }

    private RateLimits rates() {
        boolean local = isLocal();
        return new RateLimits(
                settings.tasksPerMinutePerOrigin().orElse(local ? 0 : ORIGIN_RATE),
                settings.tasksPerMinutePerAddress().orElse(local ? 0 : ADDRESS_RATE),
                settings.nanos());
    }

    private ListenerSettings listenerSettings() {
        int connections = Math.max(
                ListenerSettings.DEFAULT_MAX_CONNECTIONS, settings.limits().maxConcurrent() * CONNECTIONS_PER_SLOT);
        return ListenerSettings.builder()
                .host(settings.host())
                .port(settings.port())
                .maxBodyBytes(settings.maxRequestBytes())
                .maxConnections(connections)
                .tls(settings.tls())
                .tls12(settings.tls12())
                .build();
    }

    /** Returns whether only this machine knows the node: by its directories, or without one by the address it binds. */
    private boolean isLocal() {
        return directories.isEmpty()
                ? BindAddress.isLoopback(settings.host())
                : directories.stream().allMatch(directory -> directory.scope() == EndpointScope.LOCAL);
    }

    ThreadFactory threads(String purpose) {
        return WorkerThreads.daemonThreads("iicp-node-%s-%s-".formatted(prefix, purpose));
    }

    String prefix() {
        return prefix;
    }

    ConfidentialityKeys keys() {
        return keys;
    }

    Offers offers() {
        return offers;
    }

    Slots slots() {
        return slots;
    }

    Workload workload() {
        return workload;
    }

    Surveys surveys() {
        return surveys;
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

    Awards awards() {
        return awards;
    }

    List<Listing> directories() {
        return directories;
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
