package network.iicp.node;

import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import network.iicp.node.Execution.Ending;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.registration.BackendStability;
import network.iicp.transport.EndpointScope;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node that serves intents over HTTP and keeps itself listed in a directory. Started once, stopped once; see {@link NodeState}.
 *
 * <p>The node binds before it registers, and serves whether or not its directory answers. Nothing is opened and no thread runs before
 * {@link #start()}. Thread-safe.
 */
public final class ProviderNode implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ProviderNode.class);

    /** Time for the last metrics and the deregistration. */
    private static final Duration LEAVE = Duration.ofSeconds(5);

    /** Time for the receipts of the last tasks. */
    private static final Duration LAST_RECEIPTS = Duration.ofSeconds(2);

    /** Time for handlers to notice that they were cancelled. */
    private static final Duration AFTER_CANCEL = Duration.ofSeconds(2);

    /** Time for answers that are being written. */
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(2);

    private final NodeSettings settings;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicReference<@Nullable Running> running = new AtomicReference<>();
    private final AtomicReference<@Nullable InstanceLock> instanceLock = new AtomicReference<>();
    private final CompletableFuture<Void> registered = new CompletableFuture<>();
    private final CompletableFuture<Void> started = new CompletableFuture<>();
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();

    private volatile NodeState state = NodeState.CREATED;

    /** What exists while the node is bound. */
    private record Running(
            NodeRuntime runtime, URI address, URI endpoint, List<Membership> memberships, List<ChoreLoop> loops) {}

    /** Makes a node; opens nothing. */
    public ProviderNode(NodeSettings settings) {
        this.settings = settings;
    }

    /**
     * Asks the engines what they serve, binds, and begins to register. Returns when tasks are taken; registration goes on in the
     * background, see {@link #registered()}. An engine or a directory that does not answer does not fail the start.
     *
     * @throws network.iicp.transport.ListenerStartException if the address cannot be bound
     * @throws network.iicp.protocol.ConfigurationException if the key file cannot be used
     * @throws IllegalStateException if the node was started before
     */
    public void start() {
        if (!transit(NodeState.CREATED, NodeState.STARTING)) {
            throw new IllegalStateException("the node was started before; it is " + state);
        }
        NodeRuntime runtime = null;
        try {
            lockInstance();
            runtime = new NodeRuntime(settings, this::state, this::ownTokens, this::creditor, this::health);
            runtime.surveys().adopt(runtime.surveys().current());
            runtime.listener().start();
            Running now = assemble(runtime);
            running.set(now);
            state = NodeState.SERVING;
            announce(now);
            ThreadFactory threads = runtime.threads("directory");
            now.loops().forEach(loop -> loop.start(threads));
        } catch (RuntimeException e) {
            state = NodeState.STOPPED;
            stopped.complete(null);
            if (runtime != null) {
                runtime.listener().close();
                runtime.close();
                runtime.closeJournal();
            }
            unlockInstance();
            throw e;
        } finally {
            started.complete(null);
        }
    }

    private void lockInstance() {
        settings.lockDirectory()
                .ifPresent(
                        folder -> instanceLock.set(InstanceLock.take(folder, settings.nodeId(), settings.takeOver())));
    }

    private void unlockInstance() {
        InstanceLock held = instanceLock.getAndSet(null);
        if (held != null) {
            held.close();
        }
    }

    /** Returns whether the node was in the first state and is now in the second. */
    private boolean transit(NodeState from, NodeState to) {
        lock.lock();
        try {
            boolean fits = state == from;
            if (fits) {
                state = to;
            }
            return fits;
        } finally {
            lock.unlock();
        }
    }

    private Running assemble(NodeRuntime runtime) {
        String scheme = settings.tls() == null ? "http" : "https";
        URI address = BindAddress.reachable(
                scheme, settings.host(), runtime.listener().port());
        URI endpoint = settings.endpoint().orElse(address);
        RegistrationForm form =
                new RegistrationForm(settings, endpoint, runtime.offers(), runtime.keys(), new SecureRandom());
        List<Membership> memberships = runtime.directories().stream()
                .filter(directory -> canRegister(runtime, directory))
                .map(directory -> membership(runtime, form, directory))
                .toList();
        List<ChoreLoop> loops = memberships.isEmpty()
                ? List.of(
                        new ChoreLoop(new EngineWatch(runtime.surveys(), runtime.keys(), settings.heartbeatInterval())))
                : memberships.stream().map(ChoreLoop::new).toList();
        return new Running(runtime, address, endpoint, memberships, loops);
    }

    private boolean canRegister(NodeRuntime runtime, NodeRuntime.Listing directory) {
        boolean reachable = settings.endpoint().isPresent() || directory.scope() == EndpointScope.LOCAL;
        if (!reachable) {
            log.warn(
                    "node {} is not registered at {}: it has no endpoint that others can reach; set one (endpoint), or a directory on this machine",
                    runtime.prefix(),
                    directory.link().origin());
        }
        return reachable;
    }

    private Membership membership(NodeRuntime runtime, RegistrationForm form, NodeRuntime.Listing directory) {
        Tally tally = new Tally();
        runtime.workload().report(tally);
        return new Membership(
                new Membership.Identity(runtime.prefix(), settings.heartbeatInterval()),
                form,
                runtime.surveys(),
                directory.link(),
                directory.file(),
                runtime.offers(),
                runtime.slots(),
                tally,
                directory.key(),
                runtime.events(),
                registered,
                settings.nanos(),
                settings.random());
    }

    private void announce(Running now) {
        NodeRuntime runtime = now.runtime();
        log.info(
                "node {} listens at {} and serves {}; callers: {}; {}; up to {} tasks at once",
                runtime.prefix(),
                now.address(),
                Summary.of(runtime.offers().advertised()),
                Summary.callers(runtime.offers().modes()),
                settings.confidential() ? "takes encrypted tasks" : "takes no encrypted tasks",
                settings.limits().maxConcurrent());
        runtime.events().tell(new NodeEvent.Started(now.address()));
    }

    /** Returns the first directory that lists the node and gave it a key to sign receipts with. */
    private Optional<Membership> creditor() {
        Running now = running.get();
        return now == null
                ? Optional.empty()
                : now.memberships().stream()
                        .filter(membership -> membership.receiptKey().isPresent())
                        .findFirst();
    }

    private List<String> ownTokens() {
        Running now = running.get();
        return now == null
                ? List.of()
                : now.memberships().stream()
                        .flatMap(membership -> membership.token().stream())
                        .toList();
    }

    /** Returns the node's id. */
    public String id() {
        return settings.nodeId();
    }

    /** Returns where the node is in its life. */
    public NodeState state() {
        return state;
    }

    /**
     * Returns the port that is bound.
     *
     * @throws IllegalStateException if the node is not running
     */
    public int port() {
        return running().address().getPort();
    }

    /**
     * Returns the URL consumers use: the one that was set, else that of the bound address on this machine.
     *
     * @throws IllegalStateException if none was set and the node is not running
     */
    public URI endpoint() {
        return settings.endpoint().orElseGet(() -> running().endpoint());
    }

    private Running running() {
        Running now = running.get();
        if (now == null) {
            throw new IllegalStateException("the node is not running; it is " + state);
        }
        return now;
    }

    /** Returns how many handlers work now. */
    public int activeTasks() {
        Running now = running.get();
        return now == null ? 0 : now.runtime().slots().active();
    }

    /**
     * Returns a future that completes when a directory has listed the node for the first time. It never completes for a node without a
     * directory, and fails when the node stops before.
     */
    public CompletableFuture<Void> registered() {
        return registered.copy();
    }

    /** Returns the parts of a running node. For tests. */
    Optional<NodeRuntime> runtime() {
        return Optional.ofNullable(running.get()).map(Running::runtime);
    }

    /** Returns how the node is now. */
    public NodeHealth health() {
        Running now = running.get();
        if (now == null) {
            return new NodeHealth(
                    settings.nodeId(),
                    state,
                    settings.region(),
                    0,
                    settings.limits().maxConcurrent(),
                    0,
                    false,
                    List.of(),
                    List.of(),
                    BackendStability.OK,
                    List.of(),
                    List.of());
        }
        Offers offers = now.runtime().offers();
        Slots slots = now.runtime().slots();
        int active = slots.active();
        int offered = slots.total();
        return new NodeHealth(
                settings.nodeId(),
                state,
                settings.region(),
                active,
                settings.limits().maxConcurrent(),
                offered,
                state == NodeState.SERVING && active < offered && offers.isAvailable(),
                offers.intents().stream().map(Intent::urn).toList(),
                offers.models(),
                offers.stability(),
                offers.reports(),
                now.memberships().stream().map(Membership::status).toList());
    }

    /** Stops like {@link #stop(Duration)} with the grace of the settings. */
    @Override
    public void close() {
        stop(settings.grace());
    }

    /**
     * Stops: announces that the node takes no tasks, refuses new ones, lets running ones finish, sends the last metrics, deregisters,
     * and closes sockets, threads and engines. Returns when that is done. Called again, it waits for the first call. An interrupt ends
     * the waiting for running tasks, not the stop.
     *
     * @param grace the longest wait for running tasks; those still running afterwards are cancelled, and their consumers told
     *     {@code temporarily_unavailable}
     */
    public void stop(Duration grace) {
        if (transit(NodeState.CREATED, NodeState.STOPPED)) {
            stopped.complete(null);
            return;
        }
        // A start that is under way is let finish first.
        started.join();
        if (!transit(NodeState.SERVING, NodeState.DRAINING)) {
            stopped.join();
            return;
        }
        Running now = running();
        boolean interrupted = Thread.interrupted();
        try {
            interrupted |= drain(now, grace);
            interrupted |= leave(now);
        } finally {
            now.runtime().listener().stop(LAST_ANSWERS);
            now.runtime().close();
            state = NodeState.STOPPED;
            log.info("node {} has stopped", now.runtime().prefix());
            now.runtime().events().tell(new NodeEvent.Stopped());
            now.runtime().closeJournal();
            unlockInstance();
            registered.completeExceptionally(new IllegalStateException("the node has stopped"));
            stopped.complete(null);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Returns whether the wait was interrupted. */
    private boolean drain(Running now, Duration grace) {
        NodeRuntime runtime = now.runtime();
        runtime.slots().close();
        int active = runtime.slots().active();
        log.info("node {} takes no new tasks and finishes {}", runtime.prefix(), active);
        runtime.events().tell(new NodeEvent.Draining(active));
        now.memberships().forEach(Membership::drain);
        if (!now.memberships().isEmpty()) {
            now.loops().forEach(ChoreLoop::wake);
        }
        boolean interrupted = false;
        try {
            if (runtime.slots().awaitIdle(grace)) {
                return false;
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        cancelRest(runtime);
        try {
            if (!runtime.slots().awaitIdle(AFTER_CANCEL)) {
                log.warn(
                        "node {} stops although {} handlers do not react to being cancelled",
                        runtime.prefix(),
                        runtime.slots().active());
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        return interrupted;
    }

    private static void cancelRest(NodeRuntime runtime) {
        List<RunningTask> rest = runtime.tasks().running();
        if (!rest.isEmpty()) {
            log.info("node {} cancels {} tasks that did not finish in time", runtime.prefix(), rest.size());
        }
        rest.forEach(task -> task.execution().end(Ending.STOPPED, Unavailable.stopping()));
    }

    private static boolean leave(Running now) {
        boolean interrupted = false;
        try {
            if (!now.runtime().awards().awaitSettled(LAST_RECEIPTS)) {
                log.info(
                        "node {} leaves with {} receipts that its directory did not take",
                        now.runtime().prefix(),
                        now.runtime().awards().outstanding());
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        // All at once: a directory that does not answer must not cost the others their farewell.
        now.loops().forEach(ChoreLoop::finish);
        try {
            for (ChoreLoop loop : now.loops()) {
                loop.stop(LEAVE);
            }
            return interrupted;
        } catch (InterruptedException e) {
            return true;
        }
    }

    /** Names the node and its state. */
    @Override
    public String toString() {
        return "ProviderNode[%s, %s]".formatted(NodeDescriptor.prefixOf(settings.nodeId()), state);
    }
}
