package network.iicp.client;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import network.iicp.client.cooperation.CooperationRequest;
import network.iicp.client.selection.CandidateFilter;
import network.iicp.client.selection.CandidateOrder;
import network.iicp.client.selection.ExternalRanking;
import network.iicp.client.selection.NodeBreakers;
import network.iicp.client.selection.NodeRecords;
import network.iicp.directory.DirectoryClient;
import network.iicp.directory.DispatchTickets;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Intent;
import network.iicp.protocol.IntentRisk;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskCancelledException;
import network.iicp.protocol.TaskConstraints;
import network.iicp.protocol.TaskEvent;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.completion.CompletionEvent;
import network.iicp.protocol.registration.DiscoverQuery;
import network.iicp.protocol.registration.DiscoverReply;
import network.iicp.protocol.wire.PayloadRules;
import network.iicp.spi.CandidateRanker;
import network.iicp.spi.RoutingEvent;
import network.iicp.spi.RoutingListener;
import network.iicp.transport.EndpointGuard;
import network.iicp.transport.HttpTransport;
import network.iicp.transport.TraceContext;
import network.iicp.transport.WorkerThreads;

/**
 * Sends tasks to nodes of a mesh: finds candidates, chooses, seals, sends, reads, and goes elsewhere when that fails, all
 * inside one deadline. Holds no thread while a call waits. Thread-safe.
 */
public final class Consumer implements AutoCloseable {

    /** Longest wait of a close for the nodes to hear that they can stop. */
    private static final Duration CLOSE_GRACE = Duration.ofSeconds(1);

    private final ClientSettings settings;
    private final DirectoryClient directory;
    private final Directories directories;
    private final HttpTransport transport;
    private final ExecutorService workers;
    private final ConsumerContext context;
    private final NodeExchange exchange;
    private final Cooperation cooperation;
    private final DirectoryContact contact;
    private final AtomicInteger active = new AtomicInteger();
    private final CallWatch watch;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Creates a consumer. No network is touched.
     *
     * @param settings how it works
     * @param listeners who hears of routing steps
     */
    public Consumer(ClientSettings settings, List<RoutingListener> listeners) {
        this(settings, listeners, Clock.systemUTC(), new SecureRandom());
    }

    /**
     * Creates a consumer with a clock and a source of chance, for tests.
     *
     * @param clock for key expiry and breakers
     * @param random for keys, jitter and exploration
     */
    Consumer(ClientSettings settings, List<RoutingListener> listeners, Clock clock, SecureRandom random) {
        this.settings = Objects.requireNonNull(settings, "settings");
        this.workers = WorkerThreads.unbounded("iicp-client-");
        this.transport = HttpTransport.builder()
                .connectTimeout(TimeLimits.MAX_TOTAL) // every call has a limit of its own
                .unboundedExecutor(workers)
                .build();
        this.contact = new DirectoryContact(System::nanoTime);
        this.directory = DirectoryClient.of(transport, settings.directoryUrl()).withOutcomes(contact);
        this.directories = directories(settings, transport, clock, contact);
        RandomGenerator chance = random;
        NodeRecords records = new NodeRecords(System::nanoTime);
        CandidateRanker ranker = settings.candidateRanker();
        this.context = new ConsumerContext(
                settings,
                new RouteTable(
                        directories,
                        settings.routeDiscovery() == RouteDiscovery.AUTO,
                        settings.staleRoutes(),
                        System::nanoTime,
                        chance),
                new ConsumerTokens(issuers(settings, transport), settings.consumerTokens(), clock),
                new KeyWatch(settings.pinnedKeys()),
                new NodeBreakers(clock),
                records,
                new CandidateFilter(EndpointGuard.of(settings.scope(), settings.privateNetworks()), clock),
                new CandidateOrder(
                        settings.strategy(),
                        settings.epsilon(),
                        settings.topK(),
                        settings.softmaxTau(),
                        chance,
                        records),
                ranker == null ? null : new ExternalRanking(ranker),
                new BackOff(chance),
                new AnswerTimes(),
                new CallTimer(workers),
                new RunningCalls(),
                observers(settings, listeners),
                chance,
                random,
                clock,
                new AtomicBoolean());
        this.exchange = new NodeExchange(context, transport);
        this.cooperation = new Cooperation(settings.cooperation(), clock, transport, settings.directoryUrl());
        this.watch = new CallWatch(context, settings.traceSource(), System::nanoTime, active);
    }

    private List<RoutingListener> observers(ClientSettings settings, List<RoutingListener> listeners) {
        List<RoutingListener> all = new ArrayList<>(listeners);
        if (!settings.metricsSinks().isEmpty()) {
            ClientMeasures measures = new ClientMeasures(settings.metricsSinks(), System::nanoTime);
            measures.show(this::health);
            all.add(measures);
        }
        return List.copyOf(all);
    }

    /** Returns how this consumer sees its mesh now; asks nobody. */
    public ClientHealth health() {
        Map<String, Integer> breakers = context.breakers().states();
        return new ClientHealth(
                contact.state(),
                contact.sinceAnswer(),
                contact.failure(),
                breakers.getOrDefault(NodeBreakers.CLOSED, 0),
                breakers.getOrDefault(NodeBreakers.OPEN, 0),
                breakers.getOrDefault(NodeBreakers.HALF_OPEN, 0),
                active.get());
    }

    private static Directories directories(
            ClientSettings settings, HttpTransport transport, Clock clock, DirectoryContact contact) {
        List<RouteSource> sources = settings.directories().stream()
                .map(directory -> {
                    DirectoryClient client = client(transport, directory).withOutcomes(contact);
                    DispatchTickets tickets = new DispatchTickets(
                            client,
                            directory.acceptedIssuers(),
                            directory.publicKey().orElse(null),
                            clock,
                            System::nanoTime);
                    return new RouteSource(client, tickets, settings.routeDiscovery(), System::nanoTime);
                })
                .toList();
        return new Directories(sources, settings.mergesDirectories(), System::nanoTime);
    }

    private static DirectoryClient client(HttpTransport transport, DirectorySettings directory) {
        DirectoryClient client = DirectoryClient.of(transport, directory.url());
        return directory.replicaKey().map(client::withReplicaKey).orElse(client);
    }

    private static List<ConsumerTokens.Issuer> issuers(ClientSettings settings, HttpTransport transport) {
        return settings.directories().stream()
                .flatMap(directory -> directory.nodeToken().stream()
                        .map(token -> new ConsumerTokens.Issuer(
                                client(transport, directory),
                                token,
                                directory.nodeId().orElse(null))))
                .toList();
    }

    /** Returns the directory this consumer asks first. */
    public DirectoryClient directory() {
        return directory;
    }

    /** Returns how this consumer works. */
    public ClientSettings settings() {
        return settings;
    }

    /**
     * Asks a directory for nodes, without the cache of routes: the first one that answers.
     *
     * @param query what is wanted
     * @return the directory's answer; fails with an {@link IicpException}
     */
    public CompletableFuture<DiscoverReply> discover(DiscoverQuery query) {
        if (closed.get()) {
            return CompletableFuture.failedFuture(closedFault());
        }
        Deadline deadline = Deadline.after(settings.limits().total());
        return directories.discover(query, new Request(deadline, TraceContext.root(context.random())));
    }

    /**
     * Says who would be asked for a task, in which order, and who would not and why. Asks the directory if the routes are not known,
     * and sends nothing to any node.
     *
     * @param task the task that would be sent
     * @param options what the call would want differently
     * @return the candidates, possibly none; fails with an {@link IicpException} when no routes can be had
     */
    public CompletableFuture<RouteExplanation> explain(Task task, CallOptions options) {
        try {
            requireUsable(task);
            Task own = bounded(task, options);
            Selector selector = new Selector(context, own, options, node -> true);
            return context.routes()
                    .find(selector.query(false, true), deadline(own, options), context.trace(options))
                    .thenApply(selector::explain);
        } catch (IicpException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * Sends a task and waits, without a thread, for its answer.
     *
     * @param task the task; its {@code constraints.timeout} bounds the call further
     * @param options what this call wants differently
     * @return the answer; fails with an {@link IicpException}. Cancelling it aborts the exchange and tells the node
     */
    public CompletableFuture<TaskResult> submit(Task task, CallOptions options) {
        return submit(task, options.withRuntimeIdentity(RuntimeIdentity.DISABLED), Function.identity());
    }

    /**
     * Sends a task and reads its answer into a value.
     *
     * @param task the task
     * @param options what this call wants differently
     * @param reader makes the value; an {@link IicpException} it throws counts as a failure of the node that answered, so
     *     that an answer nobody can read is asked for elsewhere
     * @param <T> type of the value
     * @return the value; fails with an {@link IicpException}. Cancelling it aborts the exchange and tells the node
     */
    public <T> CompletableFuture<T> submit(Task task, CallOptions options, Function<TaskResult, T> reader) {
        try {
            requireUsable(task);
            Deadline deadline = deadline(task, options);
            Task own = bounded(task, options);
            if (options.consensus() != null) {
                requireSeveralAllowed(options);
            }
            CallWatch.Call call = watch.begin(own, options, false);
            return call.ending(start(call, own, deadline, reader));
        } catch (IicpException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Tells that a chat model is about to stand in for an intent that nobody serves. */
    void fellBackToEmulation(Task chat) {
        context.tell(new RoutingEvent.FellBack(chat.id(), null, RoutingEvent.FellBack.EMULATED));
    }

    private <T> CompletableFuture<T> start(
            CallWatch.Call call, Task task, Deadline deadline, Function<TaskResult, T> reader) {
        CallOptions options = call.options();
        Function<TaskResult, T> watched = call.reading(reader);
        Consensus consensus = options.consensus();
        try {
            if (consensus != null) {
                return new ConsensusCall<>(context, exchange, task, alone(options), consensus, deadline, watched)
                        .start();
            }
            BufferedCall.Reader<T> read = (reply, answer) -> watched.apply(answer);
            return new BufferedCall<>(context, exchange, task, options, deadline, Lane.alone(), read).start();
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(closedFault()); // closed between the check and here
        } catch (IicpException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * Sends a chat task and delivers its answer as it comes.
     *
     * @param task a task of {@link Intent#LLM_CHAT}
     * @param options what this call wants differently
     * @return a cold publisher: every subscriber starts a call of its own with its first request. Cancelling a subscription
     *     stops the node
     */
    public Flow.Publisher<ChatEvent> chatStream(Task task, CallOptions options) {
        return stream(task, options, () -> new ChatContent(settings.maxResponseBytes()));
    }

    /**
     * Sends a completion task and delivers its answer as it comes.
     *
     * @param task a task of {@link Intent#LLM_COMPLETION}
     * @param options what this call wants differently
     * @return a cold publisher, as {@link #chatStream} returns
     */
    public Flow.Publisher<CompletionEvent> completionStream(Task task, CallOptions options) {
        return stream(task, options, () -> new CompletionContent(settings.maxResponseBytes()));
    }

    /**
     * Sends a task of any intent and delivers the parts of its result as they come.
     *
     * @param task the task
     * @param options what this call wants differently
     * @return a cold publisher, as {@link #chatStream} returns
     */
    public Flow.Publisher<TaskEvent> submitStream(Task task, CallOptions options) {
        CallOptions plain = options.withRuntimeIdentity(RuntimeIdentity.DISABLED);
        return stream(task, plain, () -> new TaskContent(task));
    }

    private <E> Flow.Publisher<E> stream(Task task, CallOptions options, Supplier<StreamContent<E>> content) {
        return subscriber -> {
            Objects.requireNonNull(subscriber, "subscriber");
            try {
                requireUsable(task);
                if (options.consensus() != null) {
                    throw Faults.error(
                            ErrorCode.INVALID_CONFIG, "a stream comes from one node; the call asks several at once");
                }
            } catch (IicpException e) {
                subscriber.onSubscribe(NoSubscription.INSTANCE);
                subscriber.onError(e);
                return;
            }
            // A publisher may be subscribed to more than once; each run is a task of its own.
            Task own = new Task(UUID.randomUUID().toString(), task.intent(), task.payload(), task.constraints());
            CallWatch.Call call = watch.begin(bounded(own, options), options, true);
            Flow.Subscriber<E> watched = call.ending(subscriber);
            watched.onSubscribe(stream(own, call.options(), content.get(), watched));
        };
    }

    private <E> TaskStream<E> stream(
            Task task, CallOptions options, StreamContent<E> content, Flow.Subscriber<E> subscriber) {
        boolean clearWanted = !Selector.encryptionRequired(settings, options);
        Predicate<NodeDescriptor> canStream = node -> exchange.canStream(node, task, clearWanted);
        Deadline deadline = deadline(task, options);
        CallPlan plan = new CallPlan(context, bounded(task, options), options, deadline, canStream, true);
        boolean continues =
                options.continueInterrupted() == null ? settings.continueInterrupted() : options.continueInterrupted();
        return new TaskStream<>(context, exchange, plan, canStream, continues, content, subscriber);
    }

    private enum NoSubscription implements Flow.Subscription {
        INSTANCE;

        @Override
        public void request(long n) {
            // the stream has ended with an error
        }

        @Override
        public void cancel() {
            // the stream has ended with an error
        }
    }

    private void requireUsable(Task task) {
        if (closed.get()) {
            throw closedFault();
        }
        IntentRisk.requireAllowed(task.intent(), ErrorComponent.CLIENT);
        if (settings.validatePayloads()) {
            PayloadRules.requireRegistered(task.intent(), task.payload(), ErrorComponent.CLIENT);
        }
    }

    /**
     * Asks several workers and makes one answer of theirs.
     *
     * @param task the question; of {@code map_reduce} its payload is not sent, the chunks are
     * @param request how the answers become one
     * @param options what the call wants differently; not strict, not bound to one node, not a task that must not run twice
     * @return what came of it; fails with an {@link IicpException} only when the client is closed or the options do not fit. Cancelling it tells
     *     the workers
     */
    public CompletableFuture<CooperationOutcome> cooperate(Task task, CooperationRequest request, CallOptions options) {
        try {
            requireUsable(task);
            requireSeveralAllowed(options);
            Task own = bounded(task, options);
            Deadline deadline = deadline(own, options);
            CallWatch.Call call = watch.begin(own, options, false);
            CallOptions each = alone(call.options()).withRuntimeIdentity(RuntimeIdentity.DISABLED);
            return call.cooperating(
                    new CooperativeCall(context, exchange, cooperation, own, each, request, deadline).start());
        } catch (IicpException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Each of several nodes is asked without further ones beside it. */
    private static CallOptions alone(CallOptions options) {
        return options.withConsensus(null).withHedging(Hedging.OFF);
    }

    private static void requireSeveralAllowed(CallOptions options) {
        boolean once = Boolean.FALSE.equals(options.idempotent());
        if (once || Boolean.TRUE.equals(options.strict()) || options.node() != null) {
            throw Faults.error(
                    ErrorCode.INVALID_CONFIG,
                    "the call asks several nodes at once, and is %s"
                            .formatted(once ? "not to run twice" : "bound to one node"));
        }
    }

    static IicpException closedFault() {
        return Faults.error(ErrorCode.INVALID_CONFIG, "the client is closed; create a new one");
    }

    private Deadline deadline(Task task, CallOptions options) {
        Deadline deadline = Deadline.after(options.over(settings.limits()).total());
        return task.constraints().timeout() == null
                ? deadline
                : deadline.within(task.constraints().timeout());
    }

    /** Urgency and rank of the call go into the task; a model in the payload is the model the route must offer. */
    private static Task bounded(Task task, CallOptions options) {
        TaskConstraints constraints = task.constraints();
        if (options.qos() != null) {
            constraints = constraints.withQos(options.qos());
        }
        if (options.priority() != null) {
            constraints = constraints.withPriority(options.priority());
        }
        if (constraints.model() == null && task.payload().get("model") instanceof String model && !model.isBlank()) {
            constraints = constraints.withModel(model);
        }
        return task.withConstraints(constraints);
    }

    /** Returns how many nodes have a breaker; for health views. */
    public int knownNodes() {
        return context.breakers().size();
    }

    /** Returns the state of a node's breaker: {@code closed}, {@code open} or {@code half_open}. */
    public String breakerState(NodeDescriptor node) {
        return context.breakers().state(node.id());
    }

    /**
     * Refuses new calls, ends running ones with a {@link TaskCancelledException}, tells their nodes, closes connections and stops threads.
     * Waits up to 1 s for nodes to hear that they can stop. Safe to call twice.
     */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            context.calls()
                    .stopAll(
                            Faults.error(ErrorCode.TASK_CANCELLED, "the client was closed while the call was running"));
            exchange.awaitCancels(CLOSE_GRACE);
            context.timer().close();
            transport.close();
            workers.shutdown();
        }
    }
}
