package network.iicp.node;

import static network.iicp.node.SettingsChecks.inRange;
import static network.iicp.node.SettingsChecks.invalid;
import static network.iicp.node.SettingsChecks.requireHttp;

import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfigurationException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.IntentRisk;
import network.iicp.protocol.Quoted;
import network.iicp.protocol.TaskConstraints;
import network.iicp.protocol.registration.NodeLimits;
import network.iicp.protocol.registration.NodeRegistration;
import network.iicp.spi.InferenceBackend;
import network.iicp.spi.MetricsSink;
import network.iicp.spi.TaskHandler;
import network.iicp.spi.TraceSource;
import network.iicp.transport.CallerAddress;
import network.iicp.transport.EndpointGuard;
import network.iicp.transport.EndpointScope;
import network.iicp.transport.HttpTransport;
import network.iicp.transport.TlsCertificate;
import org.jspecify.annotations.Nullable;

/** Collects {@link NodeSettings}. Every method checks its value at once. Not thread-safe. */
public final class NodeSettingsBuilder {

    /** The official public directory. */
    public static final URI PUBLIC_DIRECTORY = URI.create("https://iicp.network/api");

    /** The port of nodes by convention. */
    public static final int DEFAULT_PORT = 9484;

    private static final int MIN_BYTES = 1024;
    private static final int MAX_BYTES = 64 * 1024 * 1024;
    private static final int DEFAULT_BYTES = 1024 * 1024;
    private static final int MIN_KEY_LENGTH = 16;
    private static final int MAX_RATE = 1_000_000;
    private static final int MAX_DIRECTORIES = 8;
    private static final Duration MAX_KEY_LIFE = Duration.ofDays(90);

    final List<Offer> offers = new ArrayList<>();
    final Set<String> models = new LinkedHashSet<>();
    final List<String> operatorKeys = new ArrayList<>();
    final List<NodeListener> listeners = new ArrayList<>();
    final List<MetricsSink> metricsSinks = new ArrayList<>();

    @Nullable
    String joinToken;

    /** Empty until it is set, or the settings are built. */
    String nodeId = "";

    String host = "127.0.0.1";
    int port = DEFAULT_PORT;

    @Nullable
    URI endpoint;

    String region = NodeRegistration.UNKNOWN_REGION;

    final List<NodeDirectory> directories = new ArrayList<>(List.of(NodeDirectory.of(PUBLIC_DIRECTORY)));
    final List<Supplier<Map<String, Object>>> registrationMembers = new ArrayList<>();
    AvailabilitySchedule availability = AvailabilitySchedule.ALWAYS;

    @Nullable
    NodePrice price;

    Duration keyRotation = MAX_KEY_LIFE;
    CooperationPolicy cooperation = CooperationPolicy.OFF;
    CreditReporting creditReporting = CreditReporting.OFF;
    final Set<Intent> intents = new LinkedHashSet<>();
    Duration admissionWait = Duration.ZERO;
    int tasksPerMinutePerCaller;
    int tokensPerMinutePerCaller;
    boolean enforceTokensPerMinute;
    CallerAddress callers = new CallerAddress(List.of());
    List<String> privateNetworks = List.of();
    int maxConcurrent = NodeLimits.DEFAULT.maxConcurrent();
    int tokensPerMinute = NodeLimits.DEFAULT.tokensPerMinute();
    NodeAuthentication authentication = NodeAuthentication.AUTO;
    OptionalInt tasksPerMinutePerOrigin = OptionalInt.empty();
    OptionalInt tasksPerMinutePerAddress = OptionalInt.empty();
    int maxRequestBytes = DEFAULT_BYTES;
    int maxResponseBytes = DEFAULT_BYTES;
    boolean validatePayloads;
    Duration defaultTimeout = Duration.ofSeconds(30);
    Duration maxTimeout = Duration.ofSeconds(120);
    Duration heartbeatInterval = Duration.ofSeconds(30);
    Duration reattachWindow = Duration.ofSeconds(10);
    Duration grace = Duration.ofSeconds(30);
    boolean confidential = true;

    @Nullable
    Path keyDirectory;

    Set<String> corsOrigins = Set.of("*");
    MetricsAccess metricsAccess = MetricsAccess.OPEN;

    @Nullable
    Path eventDirectory;

    @Nullable
    Path lockDirectory;

    boolean takeOver;

    @Nullable
    HttpTransport transport;

    @Nullable
    SSLContext tls;

    @Nullable
    TlsCertificate certificate;

    @Nullable
    TraceSource traceSource;

    Duration certificateCheck = Duration.ofSeconds(30);
    boolean tls12;

    Clock clock = Clock.systemUTC();
    LongSupplier nanos = System::nanoTime;
    RandomGenerator random = new SecureRandom();
    EventDelivery.Heartbeats streamHeartbeats = EventDelivery.Heartbeats.DEFAULT;
    EventLog.Bounds streamBounds = EventLog.Bounds.DEFAULT;

    NodeSettingsBuilder() {}

    private NodeSettingsBuilder(NodeSettingsBuilder from) {
        offers.addAll(from.offers);
        models.addAll(from.models);
        operatorKeys.addAll(from.operatorKeys);
        listeners.addAll(from.listeners);
        metricsSinks.addAll(from.metricsSinks);
        metricsAccess = from.metricsAccess;
        eventDirectory = from.eventDirectory;
        lockDirectory = from.lockDirectory;
        takeOver = from.takeOver;
        nodeId = from.nodeId.isEmpty() ? UUID.randomUUID().toString() : from.nodeId;
        host = from.host;
        port = from.port;
        endpoint = from.endpoint;
        region = from.region;
        directories.clear();
        directories.addAll(from.withJoinToken());
        registrationMembers.addAll(from.registrationMembers);
        availability = from.availability;
        price = from.price;
        keyRotation = from.keyRotation;
        cooperation = from.cooperation;
        creditReporting = from.creditReporting;
        intents.addAll(from.intents);
        admissionWait = from.admissionWait;
        tasksPerMinutePerCaller = from.tasksPerMinutePerCaller;
        tokensPerMinutePerCaller = from.tokensPerMinutePerCaller;
        enforceTokensPerMinute = from.enforceTokensPerMinute;
        callers = from.callers;
        privateNetworks = from.privateNetworks;
        maxConcurrent = from.maxConcurrent;
        tokensPerMinute = from.tokensPerMinute;
        authentication = from.authentication;
        tasksPerMinutePerOrigin = from.tasksPerMinutePerOrigin;
        tasksPerMinutePerAddress = from.tasksPerMinutePerAddress;
        maxRequestBytes = from.maxRequestBytes;
        maxResponseBytes = from.maxResponseBytes;
        validatePayloads = from.validatePayloads;
        defaultTimeout = from.defaultTimeout;
        maxTimeout = from.maxTimeout;
        heartbeatInterval = from.heartbeatInterval;
        reattachWindow = from.reattachWindow;
        grace = from.grace;
        confidential = from.confidential;
        keyDirectory = from.keyDirectory;
        corsOrigins = from.corsOrigins;
        transport = from.transport;
        tls = from.tls;
        certificate = from.certificate;
        certificateCheck = from.certificateCheck;
        traceSource = from.traceSource;
        tls12 = from.tls12;
        clock = from.clock;
        nanos = from.nanos;
        random = from.random;
        streamHeartbeats = from.streamHeartbeats;
        streamBounds = from.streamBounds;
    }

    /**
     * Adds an engine. May be called several times; for an intent that several serve, the first one that is well is used. The node closes
     * the engine when it stops.
     */
    public NodeSettingsBuilder backend(InferenceBackend engine) {
        offers.add(Offer.of(Objects.requireNonNull(engine, "engine")));
        return this;
    }

    /** Adds a handler for an intent, without models and without streaming. */
    public NodeSettingsBuilder handler(Intent intent, TaskHandler handler) {
        return handler(Capability.of(intent, List.of()), handler);
    }

    /**
     * Adds a handler for a capability: intent, models, limits, and whether it streams.
     *
     * @throws ConfigurationException if the intent is refused on a mesh by its risk
     */
    public NodeSettingsBuilder handler(Capability capability, TaskHandler handler) {
        Objects.requireNonNull(handler, "handler");
        String urn = capability.intent().urn();
        IntentRisk.of(urn).filter(risk -> risk.category().isRefused()).ifPresent(risk -> {
            throw invalid(
                    "a handler for %s is refused by rule %s of the intent risk taxonomy".formatted(urn, risk.ruleId()));
        });
        offers.add(Offer.of(capability, handler));
        return this;
    }

    /** Serves this model of the engines, and no others than those named this way. All models are served when none is named. */
    public NodeSettingsBuilder model(String name) {
        if (name.isBlank() || name.length() > TaskConstraints.MAX_MODEL_LENGTH) {
            throw invalid("model %s must have 1 to %d characters"
                    .formatted(Quoted.of(name), TaskConstraints.MAX_MODEL_LENGTH));
        }
        models.add(name);
        return this;
    }

    /** Serves these models of the engines, and no others than those named. */
    public NodeSettingsBuilder models(List<String> names) {
        names.forEach(this::model);
        return this;
    }

    /** Sets the node's id: 1 to 36 letters, digits and {@code . _ : -}. A new random UUID unless set. */
    public NodeSettingsBuilder nodeId(String id) {
        if (!NodeRegistration.isValidId(id)) {
            throw invalid("node id %s must be 1 to 36 letters, digits, '.', '_', ':' or '-', first a letter or digit"
                    .formatted(Quoted.of(id)));
        }
        nodeId = id;
        return this;
    }

    /** Sets the address to bind: {@code 127.0.0.1} unless set; {@code ::} for all addresses, IPv6 and IPv4. */
    public NodeSettingsBuilder host(String address) {
        if (address.isBlank()) {
            throw invalid("the host to bind is empty; use 127.0.0.1, 0.0.0.0 or ::");
        }
        host = address;
        return this;
    }

    /** Sets the port to bind, 0 to 65535: {@value #DEFAULT_PORT} unless set; 0 takes a free one. */
    public NodeSettingsBuilder port(int number) {
        port = inRange(number, 0, 65_535, "port");
        return this;
    }

    /**
     * Sets the URL consumers are told to use, http or https. Needed unless the directory is on this machine: then the node names its own
     * loopback address. Without one, a node of another directory serves and is not registered.
     */
    public NodeSettingsBuilder endpoint(URI url) {
        requireHttp(url, "endpoint");
        if (url.toString().length() > NodeRegistration.MAX_ENDPOINT_LENGTH) {
            throw invalid("endpoint has more than %d characters".formatted(NodeRegistration.MAX_ENDPOINT_LENGTH));
        }
        endpoint = url;
        return this;
    }

    /** Sets where the node says it is: a letter, then letters, digits, {@code -} and {@code _}; {@code unknown} unless set. */
    public NodeSettingsBuilder region(String name) {
        if (!NodeRegistration.isValidRegion(name)) {
            throw invalid(
                    "region %s must be 1 to 64 letters, digits, '-' or '_', first a letter".formatted(Quoted.of(name)));
        }
        region = name;
        return this;
    }

    /** Sets the one directory to register at, such as {@code https://iicp.network/api}, which is the default. */
    public NodeSettingsBuilder directoryUrl(URI url) {
        return directories(List.of(NodeDirectory.of(url)));
    }

    /**
     * Sets the directories to register at, at most {@value #MAX_DIRECTORIES}. The node keeps a registration, a credential and heartbeats
     * with each, and one that does not answer does not disturb the others.
     *
     * @throws ConfigurationException if there are too many, or one is named twice
     */
    public NodeSettingsBuilder directories(List<NodeDirectory> all) {
        if (all.size() > MAX_DIRECTORIES
                || all.stream().map(NodeDirectory::url).distinct().count() < all.size()) {
            throw invalid(
                    "directories must be at most %d different ones, were %d".formatted(MAX_DIRECTORIES, all.size()));
        }
        directories.clear();
        directories.addAll(all);
        return this;
    }

    /** Registers nowhere: the node serves who knows its address. */
    public NodeSettingsBuilder withoutDirectory() {
        directories.clear();
        return this;
    }

    /**
     * Adds members to every registration, such as {@code operator_delegation}, {@code operator_display_name} or {@code policy_manifest}.
     * The source is asked anew for each one, so that what expires is issued afresh; members the node writes itself stay as they are. If it
     * throws, the node is not registered and tries again.
     */
    public NodeSettingsBuilder registrationMembers(Supplier<Map<String, Object>> source) {
        registrationMembers.add(Objects.requireNonNull(source, "source"));
        return this;
    }

    /**
     * Sets who knows which trace the request to an engine belongs to; unless set it is that of the consumer. Asked for each task on the thread that
     * works on it, after the listeners heard {@link NodeEvent.TaskStarted}. Engines are not told a {@code tracestate}.
     */
    public NodeSettingsBuilder traceSource(@Nullable TraceSource source) {
        traceSource = source;
        return this;
    }

    /**
     * Adds the operator's declaration of what happens to tasks, from a JSON file of at most 64 KiB. The file is read anew for every
     * registration; a signature in it is passed on as it is.
     *
     * @throws ConfigurationException if the file cannot be read, is no JSON object, or declares what directories refuse
     */
    public NodeSettingsBuilder policyManifest(Path file) {
        return registrationMembers(new PolicyManifest(file));
    }

    /** Sets when the node offers how much of itself; all places at all times unless set. */
    public NodeSettingsBuilder availability(AvailabilitySchedule schedule) {
        availability = Objects.requireNonNull(schedule, "schedule");
        return this;
    }

    /** Sets what the node asks for its work; nothing is declared unless set, which means the usual price. */
    public NodeSettingsBuilder price(NodePrice declared) {
        price = Objects.requireNonNull(declared, "declared");
        return this;
    }

    /**
     * Sets how long a confidentiality key serves, 1 h to 90 days; 90 days unless set. Then a new one takes its place and is registered, and
     * the one before still opens tasks for 24 h.
     */
    public NodeSettingsBuilder keyRotation(Duration life) {
        keyRotation = inRange(life, Duration.ofHours(1), MAX_KEY_LIFE, "keyRotation");
        return this;
    }

    /** Sets networks and name patterns, such as {@code 10.0.0.0/8} or {@code *.lan}, in which an endpoint may lie. None unless set. */
    public NodeSettingsBuilder privateNetworks(List<String> patterns) {
        privateNetworks = List.copyOf(patterns);
        return this;
    }

    /** Sets how many tasks are worked on at once, 1 to 256; 4 unless set. One more is refused, see {@link #admissionWait}. */
    public NodeSettingsBuilder maxConcurrent(int tasks) {
        maxConcurrent = inRange(tasks, 1, NodeLimits.MAX_CONCURRENT, "maxConcurrent");
        return this;
    }

    /** Sets the tokens a minute that are announced, at least 1; 10 000 unless set. See {@link #enforceTokensPerMinute}. */
    public NodeSettingsBuilder tokensPerMinute(int tokens) {
        tokensPerMinute = inRange(tokens, 1, Integer.MAX_VALUE, "tokensPerMinute");
        return this;
    }

    /**
     * Refuses tasks with {@code rate_limited} while all callers together have used more tokens than {@link #tokensPerMinute}. Not enforced
     * unless set. Tokens are counted when the engine says how many there were, so a minute can be overdrawn; the next ones pay for it.
     */
    public NodeSettingsBuilder enforceTokensPerMinute(boolean enforced) {
        enforceTokensPerMinute = enforced;
        return this;
    }

    /** Sets the tokens a minute of one caller, as {@link #tasksPerMinutePerCaller} tells them apart; 0, which is the default, for no limit. */
    public NodeSettingsBuilder tokensPerMinutePerCaller(int tokens) {
        tokensPerMinutePerCaller = inRange(tokens, 0, Integer.MAX_VALUE, "tokensPerMinutePerCaller");
        return this;
    }

    /**
     * Sets the tasks a minute of one caller; 0, which is the default, for no limit. A caller is the node a consumer token was issued to, or
     * for others the address; operators have no limit. Repeats of a task do not count.
     */
    public NodeSettingsBuilder tasksPerMinutePerCaller(int tasks) {
        tasksPerMinutePerCaller = inRange(tasks, 0, MAX_RATE, "tasksPerMinutePerCaller");
        return this;
    }

    /**
     * Sets how long a {@code realtime} or {@code interactive} task may wait for a place, 0 to 2 s; not at all unless set. Who waits is
     * served by priority, then urgency, then age. Every other task is refused at once.
     */
    public NodeSettingsBuilder admissionWait(Duration limit) {
        admissionWait = inRange(limit, Duration.ZERO, Duration.ofSeconds(2), "admissionWait");
        return this;
    }

    /** Serves this intent, and no others than those named this way. Everything that is offered is served when none is named. */
    public NodeSettingsBuilder intent(Intent served) {
        intents.add(Objects.requireNonNull(served, "served"));
        return this;
    }

    /** Sets what the node does for cooperative inference; nothing unless set. */
    public NodeSettingsBuilder cooperation(CooperationPolicy policy) {
        cooperation = Objects.requireNonNull(policy, "policy");
        return this;
    }

    /** Sets for which tasks the node asks its directory for credits; for none unless set. The first directory that lists the node is asked. */
    public NodeSettingsBuilder creditReporting(CreditReporting reporting) {
        creditReporting = Objects.requireNonNull(reporting, "reporting");
        return this;
    }

    /**
     * Sets the proxies in front of the node, as addresses or blocks such as {@code 10.0.0.0/8}. What they write into
     * {@code X-Forwarded-For} is believed, so that the limits per address are those of the callers. None unless set.
     *
     * @throws ConfigurationException if an entry is neither
     */
    public NodeSettingsBuilder trustedProxies(List<String> proxies) {
        callers = new CallerAddress(proxies);
        return this;
    }

    /** Sets who may send tasks; {@link NodeAuthentication#AUTO} unless set. */
    public NodeSettingsBuilder authentication(NodeAuthentication mode) {
        authentication = Objects.requireNonNull(mode, "mode");
        return this;
    }

    /** Adds a key of the operator, at least 16 characters: who shows it as bearer token may send any task and cancel any task. */
    public NodeSettingsBuilder operatorKey(String key) {
        if (key.length() < MIN_KEY_LENGTH || !key.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw invalid("an operator key must have at least %d printable ASCII characters without spaces"
                    .formatted(MIN_KEY_LENGTH));
        }
        operatorKeys.add(key);
        return this;
    }

    /** Sets the tasks a minute from one web page origin; 0 for no limit. 120 unless set, none with a directory on this machine. */
    public NodeSettingsBuilder tasksPerMinutePerOrigin(int tasks) {
        tasksPerMinutePerOrigin = OptionalInt.of(inRange(tasks, 0, MAX_RATE, "tasksPerMinutePerOrigin"));
        return this;
    }

    /** Sets the tasks a minute from one address; 0 for no limit. 600 unless set, none with a directory on this machine. */
    public NodeSettingsBuilder tasksPerMinutePerAddress(int tasks) {
        tasksPerMinutePerAddress = OptionalInt.of(inRange(tasks, 0, MAX_RATE, "tasksPerMinutePerAddress"));
        return this;
    }

    /** Sets the largest request body, 1 KiB to 64 MiB; 1 MiB unless set. */
    public NodeSettingsBuilder maxRequestBytes(int bytes) {
        maxRequestBytes = inRange(bytes, MIN_BYTES, MAX_BYTES, "maxRequestBytes");
        return this;
    }

    /**
     * Sets whether payloads are held to all that the intent registry says of their intent: required members, types, ranges, words,
     * and no other members where it names all. Off unless set: then only what no engine can work with is refused.
     */
    public NodeSettingsBuilder validatePayloads(boolean whole) {
        validatePayloads = whole;
        return this;
    }

    /** Sets the largest answer, and the largest event of a stream, 1 KiB to 64 MiB; 1 MiB unless set. */
    public NodeSettingsBuilder maxResponseBytes(int bytes) {
        maxResponseBytes = inRange(bytes, MIN_BYTES, MAX_BYTES, "maxResponseBytes");
        return this;
    }

    /** Sets the time a task gets that states none, 100 ms to 300 s; 30 s unless set. */
    public NodeSettingsBuilder defaultTimeout(Duration limit) {
        defaultTimeout = inRange(limit, TaskConstraints.MIN_TIMEOUT, TaskConstraints.MAX_TIMEOUT, "defaultTimeout");
        return this;
    }

    /** Sets the most time any task gets, whatever it asks for, 100 ms to 300 s; 120 s unless set. */
    public NodeSettingsBuilder maxTimeout(Duration limit) {
        maxTimeout = inRange(limit, TaskConstraints.MIN_TIMEOUT, TaskConstraints.MAX_TIMEOUT, "maxTimeout");
        return this;
    }

    /** Sets the time between two heartbeats, give or take a tenth, 1 s to 60 s; 30 s unless set. */
    public NodeSettingsBuilder heartbeatInterval(Duration interval) {
        heartbeatInterval = inRange(interval, Duration.ofSeconds(1), Duration.ofSeconds(60), "heartbeatInterval");
        return this;
    }

    /**
     * Sets how long a streamed task goes on after its consumer has gone, so that the consumer can attach again, 0 to 120 s; 10 s unless
     * set. Applies to tasks that came with a task key; every other one is cancelled at once.
     */
    public NodeSettingsBuilder reattachWindow(Duration window) {
        reattachWindow = inRange(window, Duration.ZERO, Duration.ofSeconds(120), "reattachWindow");
        return this;
    }

    /** Sets how long {@link ProviderNode#close()} waits for running tasks, 0 to 300 s; 30 s unless set. */
    public NodeSettingsBuilder grace(Duration limit) {
        grace = inRange(limit, Duration.ZERO, Duration.ofSeconds(300), "grace");
        return this;
    }

    /** Takes no encrypted tasks. Consumers skip such nodes unless told otherwise. */
    public NodeSettingsBuilder withoutConfidentiality() {
        confidential = false;
        return this;
    }

    /**
     * Keeps the confidentiality key in this directory, in a file that only its owner can read, so that a restarted node has the same one.
     * Needs a {@link #nodeId} that stays the same. In memory, and new with every start, unless set.
     */
    public NodeSettingsBuilder keyDirectory(Path directory) {
        keyDirectory = Objects.requireNonNull(directory, "directory");
        return this;
    }

    /** Sets the web page origins that may call, such as {@code https://app.example}; {@code *}, every one, unless set. */
    public NodeSettingsBuilder corsOrigins(Set<String> origins) {
        corsOrigins = Set.copyOf(origins);
        return this;
    }

    private List<NodeDirectory> withJoinToken() {
        List<NodeDirectory> all = new ArrayList<>(directories);
        if (joinToken != null && !all.isEmpty() && all.get(0).joinToken() == null) {
            all.set(0, new NodeDirectory(all.get(0).url(), joinToken));
        }
        return all;
    }

    /** Adds someone who hears what happens to the node. */
    public NodeSettingsBuilder listener(NodeListener listener) {
        listeners.add(Objects.requireNonNull(listener, "listener"));
        return this;
    }

    /**
     * Writes the life of the node to {@code events.jsonl} in this directory, which is made if it is not there: start, registration,
     * heartbeats, drain, stop. Files of 10 MiB are moved aside, three are kept. Nothing is written unless set.
     */
    public NodeSettingsBuilder eventDirectory(Path directory) {
        eventDirectory = Objects.requireNonNull(directory, "directory");
        return this;
    }

    /**
     * Refuses to start while another process, or another node of this one, runs under the same {@link #nodeId} with the same directory of
     * locks: they would take the registration from each other without end. Not looked at unless set.
     *
     * @param directory where the locks are; made if it is not there
     * @param force starts all the same, for a process that hangs or a file of a machine that is gone
     */
    public NodeSettingsBuilder instanceLock(Path directory, boolean force) {
        lockDirectory = Objects.requireNonNull(directory, "directory");
        takeOver = force;
        return this;
    }

    /** Sets who may read {@code GET /metrics}; {@link MetricsAccess#OPEN} unless set. */
    public NodeSettingsBuilder metrics(MetricsAccess access) {
        metricsAccess = Objects.requireNonNull(access, "access");
        return this;
    }

    /** Gives what is measured to this sink as well, whoever may read {@code GET /metrics}. */
    public NodeSettingsBuilder metrics(MetricsSink sink) {
        metricsSinks.add(Objects.requireNonNull(sink, "sink"));
        return this;
    }

    /** Shows this token when registering at the first directory, as a private one may ask. See {@link NodeDirectory} for others. */
    public NodeSettingsBuilder joinToken(String token) {
        SettingsChecks.requireToken(token);
        joinToken = token;
        return this;
    }

    /** Calls the directory through this transport, which the node does not close. One of its own unless set. */
    public NodeSettingsBuilder transport(HttpTransport shared) {
        transport = Objects.requireNonNull(shared, "shared");
        return this;
    }

    /** Listens with TLS 1.3. Cleartext unless set. */
    public NodeSettingsBuilder tls(SSLContext context) {
        tls = Objects.requireNonNull(context, "context");
        certificate = null;
        return this;
    }

    /** Listens with TLS 1.3 and this certificate, and looks for a newer one as {@link #certificateCheck} says. Cleartext unless set. */
    public NodeSettingsBuilder tls(TlsCertificate shown) {
        certificate = Objects.requireNonNull(shown, "shown");
        tls = shown.context();
        return this;
    }

    /** Sets the time between two looks at the files of the certificate, 1 s to 1 d; 30 s unless set. */
    public NodeSettingsBuilder certificateCheck(Duration interval) {
        certificateCheck = inRange(interval, Duration.ofSeconds(1), Duration.ofDays(1), "certificateCheck");
        return this;
    }

    /** Speaks TLS 1.2 too, for clients that have nothing newer. */
    public NodeSettingsBuilder allowTls12() {
        tls12 = true;
        return this;
    }

    /** Sets the clocks and the randomness. For tests. */
    NodeSettingsBuilder time(Clock wallClock, LongSupplier monotonic, RandomGenerator jitter) {
        clock = wallClock;
        nanos = monotonic;
        random = jitter;
        return this;
    }

    /** Sets the silence and the memory of streams. For tests. */
    NodeSettingsBuilder streams(EventDelivery.Heartbeats heartbeats, EventLog.Bounds bounds) {
        streamHeartbeats = heartbeats;
        streamBounds = bounds;
        return this;
    }

    /**
     * Returns the settings.
     *
     * @throws ConfigurationException if nothing is served, or the values do not go together; the message says which and what to do
     */
    public NodeSettings build() {
        if (offers.isEmpty()) {
            throw invalid("a node needs something to serve: add a backend or a handler");
        }
        if (!models.isEmpty() && offers.stream().allMatch(offer -> offer.engine() == null)) {
            throw invalid("model %s is named, but there is no backend that could have it"
                    .formatted(Quoted.of(models.iterator().next())));
        }
        if (defaultTimeout.compareTo(maxTimeout) > 0) {
            throw invalid("defaultTimeout (%d ms) exceeds maxTimeout (%d ms)"
                    .formatted(defaultTimeout.toMillis(), maxTimeout.toMillis()));
        }
        if (authentication == NodeAuthentication.OPERATOR && operatorKeys.isEmpty() && directories.isEmpty()) {
            throw invalid("authentication OPERATOR without a directory needs an operatorKey, or nobody could call");
        }
        if (keyDirectory != null && nodeId.isEmpty()) {
            throw invalid("keyDirectory needs a nodeId that stays the same, because the key is kept under it");
        }
        requireRegistrable();
        requireEndpointInScope();
        return new NodeSettings(new NodeSettingsBuilder(this));
    }

    private void requireRegistrable() {
        if (directories.isEmpty()) {
            return;
        }
        for (Offer offer : offers) {
            for (Capability capability : offer.fixed()) {
                if (!capability.intent().isRegistrable()) {
                    throw invalid(
                            "%s cannot be registered: directories want urn:iicp:intent:<domain>:<action>:v<version>, or x.<vendor> as domain"
                                    .formatted(capability.intent().urn()));
                }
            }
        }
    }

    private void requireEndpointInScope() {
        URI url = endpoint;
        if (url == null) {
            return;
        }
        for (NodeDirectory directory : directories) {
            EndpointScope scope = EndpointScope.ofDirectory(directory.url(), !privateNetworks.isEmpty());
            try {
                EndpointGuard.of(scope, privateNetworks).check(url);
            } catch (RuntimeException e) {
                throw invalid(
                        "endpoint at host %s cannot be registered at %s: %s"
                                .formatted(Quoted.of(String.valueOf(url.getHost())), directory, e.getMessage()),
                        e);
            }
        }
    }
}
