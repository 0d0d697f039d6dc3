package network.iicp.client;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.Task;
import network.iicp.protocol.lifecycle.LifecycleEvent;
import network.iicp.protocol.wire.LifecyclePaths;
import network.iicp.protocol.wire.TaskReply;
import network.iicp.spi.RoutingEvent;
import network.iicp.transport.HttpReply;
import network.iicp.transport.ServerSentEvent;
import network.iicp.transport.SseReply;
import org.jspecify.annotations.Nullable;

/**
 * One send of a streamed task to one node: opens its events, reads them in order, attaches again when the connection is lost after content
 * was delivered, and watches for silence. Ends exactly once: in a result, in a failure, or given up. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class StreamAttempt implements EventConnection.Reader {

    /** What an attempt tells. Calls for results do not overlap; nothing follows an end. */
    interface Owner {
        /** May throw: then the attempt has failed. */
        void part(StreamAttempt attempt, @Nullable Object result);

        /** May throw: then the attempt has failed. */
        void end(StreamAttempt attempt, @Nullable Object result, Map<String, Object> metrics, boolean streamed);

        void failed(StreamAttempt attempt, IicpException why);

        /** Something may have to be delivered, or asked for. */
        void proceed();
    }

    private final ConsumerContext context;
    private final NodeExchange exchange;
    private final CallPlan plan;
    private final CallPlan.Choice choice;
    private final Task task;
    private final Owner owner;
    private final TimeLimits limits;
    private final long startNanos = System.nanoTime();
    private final AtomicBoolean over = new AtomicBoolean();
    private final SilenceWatch silence;
    private volatile Reattachment reattachment = Reattachment.NONE;
    private volatile NodeExchange.@Nullable Prepared prepared;
    private volatile @Nullable EventSequence sequence;
    private volatile @Nullable CompletableFuture<?> pending;
    private volatile @Nullable EventConnection connection;
    private volatile boolean committed;
    private volatile boolean nodeWorks;
    private volatile boolean accepted;

    StreamAttempt(
            ConsumerContext context,
            NodeExchange exchange,
            CallPlan plan,
            CallPlan.Choice choice,
            Task task,
            Owner owner) {
        this.context = context;
        this.exchange = exchange;
        this.plan = plan;
        this.choice = choice;
        this.task = task;
        this.owner = owner;
        this.limits = plan.limits();
        this.silence = new SilenceWatch(context.timer(), System::nanoTime, what -> failed(Faults.timeout(what)));
    }

    NodeDescriptor node() {
        return choice.node();
    }

    String reason() {
        return choice.reason();
    }

    Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    boolean encrypted() {
        NodeExchange.Prepared ready = prepared;
        return ready != null && ready.encrypted();
    }

    /** Content of this node was delivered: from here on it is this node or none. */
    void commit() {
        committed = true;
    }

    // ---- sending

    void start(boolean streaming) {
        guarded(() -> {
            NodeExchange.Prepared ready = plan.prepare(exchange, task, choice, streaming);
            prepared = ready;
            context.tell(new RoutingEvent.Submitted(plan.task().id(), node().prefix(), ready.encrypted(), streaming));
            if (!streaming) {
                buffered(ready);
                return;
            }
            silence.await(
                    limits.firstEvent(),
                    "the node sent no content for %d ms"
                            .formatted(limits.firstEvent().toMillis()));
            CompletableFuture<Optional<LifecyclePaths>> paths = exchange.lifecyclePaths(node(), task, plan.deadline());
            continuing(paths, found -> {
                if (found.isPresent()) {
                    open(ready, found.get());
                } else {
                    // The directory said the node streams, the node does not say where.
                    NodeExchange.Prepared whole = plan.prepare(exchange, task, choice, false);
                    prepared = whole;
                    buffered(whole);
                }
            });
        });
    }

    private void open(NodeExchange.Prepared ready, LifecyclePaths paths) {
        sequence = new EventSequence(ready.task().id(), NodeExchange.opener(ready), exchange.eventLimits());
        reattachment = Reattachment.along(paths);
        nodeWorks = true;
        continuing(exchange.open(ready, paths, plan, over::get), answer -> {
            if (answer.isEventStream()) {
                accepted = true;
                connect(answer);
            } else {
                continuing(answer.body(), bytes -> {
                    nodeWorks = false;
                    failed(exchange.refusal(
                            ready,
                            answer.status(),
                            bytes,
                            answer.header("retry-after").orElse(null)));
                });
            }
        });
    }

    private void connect(SseReply answer) {
        EventConnection next = new EventConnection(answer, this);
        connection = next;
        if (over.get()) {
            next.close();
        } else {
            next.start();
        }
    }

    private void buffered(NodeExchange.Prepared ready) {
        context.tell(new RoutingEvent.FellBack(plan.task().id(), node().prefix(), RoutingEvent.FellBack.BUFFERED));
        silence.heard();
        nodeWorks = true;
        CompletableFuture<HttpReply> answer = exchange.send(ready, plan, over::get);
        continuing(answer, http -> {
            nodeWorks = false;
            TaskReply whole = exchange.read(ready, http);
            owner.end(this, whole.result(), whole.metrics(), false);
        });
    }

    /** Goes on when the node has answered, unless the attempt is over; cancels what is pending if it is. */
    private <T> void continuing(CompletableFuture<T> answer, Consumer<T> step) {
        pending = answer;
        answer.whenComplete((value, fault) -> guarded(() -> {
            if (fault != null) {
                failed(Faults.typed(fault));
            } else if (over.get()) {
                discard(value);
            } else {
                step.accept(value);
            }
        }));
        if (over.get()) {
            answer.cancel(true);
        }
    }

    private static void discard(Object value) {
        if (value instanceof SseReply reply) {
            reply.close();
        }
    }

    // ---- events

    /** Asks for one more event; called when the subscriber wants more than there is. */
    void ask() {
        EventConnection current = connection;
        if (current != null && !over.get()) {
            current.ask(() -> {
                if (committed) {
                    awaitNext();
                }
            });
        }
    }

    private void awaitNext() {
        silence.await(
                limits.idle(),
                "the node sent nothing for %d ms in the middle of the stream"
                        .formatted(limits.idle().toMillis()));
    }

    @Override
    public void opened(EventConnection from) {
        owner.proceed();
    }

    @Override
    public void event(EventConnection from, ServerSentEvent item) {
        EventSequence order = sequence;
        if (over.get() || from != connection || order == null) {
            return;
        }
        Optional<LifecycleEvent> event;
        try {
            event = order.accept(item);
        } catch (RuntimeException e) {
            lost(from, Faults.typed(e));
            return;
        }
        event.ifPresent(next -> guarded(() -> accept(next)));
        owner.proceed();
    }

    private void accept(LifecycleEvent event) {
        reattachment.progressed();
        if (committed) {
            silence.heard();
        }
        switch (event.type()) {
            case PARTIAL -> {
                owner.part(this, event.result());
                if (committed) {
                    silence.heard();
                }
            }
            case COMPLETED -> {
                nodeWorks = false;
                owner.end(this, event.result(), event.metrics(), true);
            }
            case FAILED, CANCELLED, TIMED_OUT, REJECTED -> {
                nodeWorks = false;
                failed(terminalFailure(event));
            }
            default -> {
                // The node has the task; content decides whether it is committed to.
            }
        }
    }

    private static IicpException terminalFailure(LifecycleEvent event) {
        IicpError error = event.error();
        if (error != null) {
            return IicpException.of(error);
        }
        ErrorCode code =
                switch (event.type()) {
                    case CANCELLED -> ErrorCode.TASK_CANCELLED;
                    case TIMED_OUT -> ErrorCode.TASK_TIMEOUT;
                    default -> ErrorCode.BACKEND_ERROR;
                };
        return IicpException.of(IicpError.of(
                code,
                ErrorComponent.NODE,
                "the node ended the stream with " + event.type().wireName()));
    }

    // ---- lost connections

    /** Also what cannot be read counts as a lost connection: attaching again brings the same events, as they were meant. */
    @Override
    public void lost(EventConnection from, IicpException why) {
        if (over.get() || from != connection) {
            return;
        }
        connection = null;
        from.close();
        attachAgain(why);
    }

    private void attachAgain(IicpException why) {
        Optional<Duration> pause = committed ? reattachment.nextPause() : Optional.empty();
        if (pause.isEmpty() || pause.get().compareTo(plan.deadline().remaining()) >= 0) {
            failed(why);
            return;
        }
        guarded(() -> context.timer().schedule(() -> guarded(() -> attach(why)), pause.get()));
    }

    private void attach(IicpException why) {
        NodeExchange.Prepared ready = prepared;
        EventSequence order = sequence;
        if (over.get() || ready == null || order == null) {
            return;
        }
        CompletableFuture<SseReply> answer = exchange.attach(ready, reattachment.path(), order.last(), plan);
        pending = answer;
        answer.whenComplete((reply, fault) -> guarded(() -> {
            if (fault != null) {
                attachAgain(why);
            } else if (over.get()) {
                reply.close();
            } else if (reply.isEventStream()) {
                context.tell(new RoutingEvent.StreamResumed(plan.task().id(), node().prefix(), order.last()));
                connect(reply);
            } else {
                reply.close();
                if (Reattachment.isFinal(reply.status())) {
                    failed(why);
                } else {
                    attachAgain(why);
                }
            }
        }));
        if (over.get()) {
            answer.cancel(true);
        }
    }

    // ---- ends

    /** The result is complete; false if the attempt was over before. */
    boolean succeeded() {
        boolean first = over.compareAndSet(false, true);
        if (first) {
            silence.close();
            closeConnection();
        }
        return first;
    }

    /** Stops the exchange and tells the node; without blame. */
    void giveUp() {
        if (over.compareAndSet(false, true)) {
            abandon();
        }
    }

    void failed(IicpException why) {
        if (over.compareAndSet(false, true)) {
            abandon();
            owner.failed(this, named(why));
        }
    }

    /** Returns the failure with the node and the task in it. */
    IicpException named(IicpException why) {
        return why.withError(
                why.error().withNode(node().prefix()).withTaskId(plan.task().id()));
    }

    private void abandon() {
        silence.close();
        closeConnection();
        CompletableFuture<?> waiting = pending;
        if (waiting != null) {
            waiting.cancel(true);
        }
        NodeExchange.Prepared ready = prepared;
        if (ready != null && nodeWorks) {
            exchange.cancel(ready, plan.trace(), accepted);
        }
    }

    private void closeConnection() {
        EventConnection open = connection;
        connection = null;
        if (open != null) {
            open.close();
        }
    }

    /** A defect in a callback must end the attempt, not leave the subscriber waiting. */
    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            failed(Faults.typed(e));
        }
    }
}
