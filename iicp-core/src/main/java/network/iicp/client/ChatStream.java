package network.iicp.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.StreamInterruptedException;
import network.iicp.protocol.Task;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.chat.FinishReason;
import network.iicp.protocol.lifecycle.LifecycleEvent;
import network.iicp.protocol.wire.ChatAssembler;
import network.iicp.protocol.wire.LifecycleCodec;
import network.iicp.protocol.wire.LifecyclePaths;
import network.iicp.protocol.wire.TaskReply;
import network.iicp.spi.RoutingEvent;
import network.iicp.transport.HttpReply;
import network.iicp.transport.ServerSentEvent;
import network.iicp.transport.SseReply;
import org.jspecify.annotations.Nullable;

/**
 * One streamed chat. The call starts with the subscriber's first request. A node is committed to at its first content, not
 * at its HTTP status: before that any failure, silence included, moves on to the next node; after it nothing is ever
 * replayed, and a failure ends the stream in {@link StreamInterruptedException} with the text so far.
 *
 * <p>Nodes that stream are tried first; one that does not is asked for a buffered answer, which is delivered as one delta and
 * the end, with {@code streamed=false} in the provenance. Nothing is read from a node while the subscriber has no demand.
 *
 * <p>Signals are serial: one thread at a time drains the queue, outside the lock.
 */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class ChatStream implements Flow.Subscription, RunningCalls.Call {

    private final ConsumerContext context;
    private final NodeExchange exchange;
    private final CallPlan plan;
    private final TimeLimits limits;
    private final Flow.Subscriber<? super ChatEvent> subscriber;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<ChatEvent> queue = new ArrayDeque<>();
    private ChatAssembler assembler = new ChatAssembler();
    private long demand;
    private boolean started;
    private boolean draining;
    private boolean committed;
    private boolean finished;
    private boolean cancelled;
    private boolean terminated;
    private @Nullable IicpException failure;
    private @Nullable Sending sending;
    private volatile @Nullable ScheduledFuture<?> totalTimer;

    ChatStream(
            ConsumerContext context,
            NodeExchange exchange,
            Task task,
            CallOptions options,
            TimeLimits limits,
            Deadline deadline,
            Flow.Subscriber<? super ChatEvent> subscriber) {
        this.context = context;
        this.exchange = exchange;
        this.limits = limits;
        this.subscriber = subscriber;
        this.plan = new CallPlan(context, task, options, deadline, node -> canStream(node, task), true);
    }

    private boolean canStream(NodeDescriptor node, Task task) {
        if (!node.streams(task.intent())) {
            return false;
        }
        return node.key()
                .filter(key -> key.isUsable(context.clock().instant()))
                .map(ConfidentialityKey::encryptsStreams)
                .orElse(context.settings().encryption() == Encryption.PREFERRED);
    }

    // ---- subscriber side

    @Override
    public void request(long n) {
        if (n <= 0) {
            end(new IllegalArgumentException("demand must be positive, was " + n));
            return;
        }
        boolean start;
        lock.lock();
        try {
            demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
            start = !started && !cancelled;
            started = true;
        } finally {
            lock.unlock();
        }
        if (start) {
            guarded(() -> {
                if (!context.calls().begin(this)) {
                    throw Consumer.closedFault();
                }
                limitTotal();
                next(plan.first());
            });
        }
        drain();
    }

    @Override
    public void cancel() {
        Sending current;
        lock.lock();
        try {
            cancelled = true;
            terminated = true;
            queue.clear();
            current = sending;
            sending = null;
        } finally {
            lock.unlock();
        }
        ended();
        if (current != null) {
            current.giveUp();
            plan.released(current.choice.node());
        }
    }

    private void end(Throwable fault) {
        boolean tell;
        lock.lock();
        try {
            tell = !terminated;
        } finally {
            lock.unlock();
        }
        cancel();
        if (tell) {
            subscriber.onError(fault);
        }
    }

    private void drain() {
        lock.lock();
        try {
            if (draining) {
                return;
            }
            draining = true;
        } finally {
            lock.unlock();
        }
        while (true) {
            ChatEvent event = null;
            IicpException fault = null;
            boolean complete = false;
            Sending hungry = null;
            lock.lock();
            try {
                if (terminated) {
                    draining = false;
                    return;
                }
                if (demand > 0 && !queue.isEmpty()) {
                    event = queue.poll();
                    demand = demand == Long.MAX_VALUE ? demand : demand - 1;
                } else if (queue.isEmpty() && finished) {
                    terminated = true;
                    draining = false;
                    fault = failure;
                    complete = fault == null;
                } else {
                    draining = false;
                    hungry = demand > 0 && queue.isEmpty() ? sending : null;
                }
            } finally {
                lock.unlock();
            }
            if (event != null) {
                subscriber.onNext(event);
            } else if (fault != null) {
                subscriber.onError(fault);
                return;
            } else if (complete) {
                subscriber.onComplete();
                return;
            } else {
                if (hungry != null) {
                    hungry.requestOne();
                }
                return;
            }
        }
    }

    // ---- choosing and sending

    private void limitTotal() {
        Duration total = plan.deadline().remaining().plusMillis(250);
        ScheduledFuture<?> timer = context.timer()
                .schedule(
                        () -> stop(Faults.timeout("the stream did not end inside its time limit")),
                        total.toNanos(),
                        TimeUnit.NANOSECONDS);
        totalTimer = timer;
    }

    @Override
    public void stop(IicpException why) {
        Sending current = current();
        if (current != null) {
            current.failed(why);
        }
        fail(why);
    }

    private @Nullable Sending current() {
        lock.lock();
        try {
            return sending;
        } finally {
            lock.unlock();
        }
    }

    private boolean isOver() {
        lock.lock();
        try {
            return finished || terminated;
        } finally {
            lock.unlock();
        }
    }

    private void next(CompletableFuture<CallPlan.Choice> upcoming) {
        upcoming.whenComplete((choice, fault) -> guarded(() -> {
            if (fault != null) {
                fail(Faults.typed(fault));
            } else if (isOver()) {
                plan.released(choice.node());
            } else {
                send(choice);
            }
        }));
    }

    /** A defect in a callback must end the stream, not leave its subscriber waiting. */
    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            fail(Faults.typed(e));
        }
    }

    private void send(CallPlan.Choice choice) {
        boolean streaming = canStream(choice.node(), plan.task());
        Sending next = new Sending(choice);
        NodeExchange.Prepared prepared;
        try {
            prepared = exchange.prepare(plan.task(), choice.node(), plan.deadline(), streaming);
        } catch (IicpException e) {
            next.failed(e);
            return;
        }
        next.prepared = prepared;
        if (!begin(next)) {
            plan.released(choice.node());
            return;
        }
        context.tell(
                new RoutingEvent.Submitted(plan.task().id(), choice.node().prefix(), prepared.encrypted(), streaming));
        if (streaming) {
            next.armFirstEvent();
            exchange.lifecyclePaths(choice.node(), plan.task(), plan.deadline())
                    .whenComplete((paths, fault) -> guarded(() -> {
                        if (fault != null) {
                            next.failed(Faults.typed(fault));
                        } else if (paths.isEmpty()) {
                            next.notStreaming();
                        } else {
                            next.open(prepared, paths.get());
                        }
                    }));
        } else {
            next.buffered(prepared);
        }
    }

    /** Makes a send the current one, unless the stream has ended meanwhile. */
    private boolean begin(Sending next) {
        lock.lock();
        try {
            if (finished || terminated) {
                return false;
            }
            assembler = new ChatAssembler();
            sending = next;
            return true;
        } finally {
            lock.unlock();
        }
    }

    // ---- ends

    private void deliver(List<ChatEvent> events) {
        lock.lock();
        try {
            if (!terminated) {
                queue.addAll(events);
            }
        } finally {
            lock.unlock();
        }
    }

    private void complete(ChatResult result) {
        lock.lock();
        try {
            if (finished) {
                return;
            }
            finished = true;
            sending = null;
            if (!terminated) {
                queue.add(new ChatEvent.Completed(result));
            }
        } finally {
            lock.unlock();
        }
        ended();
        drain();
    }

    private void fail(IicpException fault) {
        lock.lock();
        try {
            if (finished) {
                return;
            }
            finished = true;
            sending = null;
            failure = fault;
        } finally {
            lock.unlock();
        }
        ended();
        drain();
    }

    private void ended() {
        context.calls().end(this);
        ScheduledFuture<?> timer = totalTimer;
        if (timer != null) {
            timer.cancel(false);
        }
    }

    /** One send to one node. Its signals count only while it is the current one. */
    private final class Sending implements Flow.Subscriber<ServerSentEvent> {

        private final CallPlan.Choice choice;
        private final long startNanos = System.nanoTime();
        private final AtomicBoolean over = new AtomicBoolean();
        private volatile NodeExchange.@Nullable Prepared prepared;
        private volatile @Nullable CompletableFuture<?> opening;
        private volatile @Nullable SseReply reply;
        private volatile Flow.@Nullable Subscription upstream;
        private volatile @Nullable ScheduledFuture<?> timer;
        private final AtomicBoolean reading = new AtomicBoolean();
        private long expected;

        Sending(CallPlan.Choice choice) {
            this.choice = choice;
        }

        Duration elapsed() {
            return Duration.ofNanos(System.nanoTime() - startNanos);
        }

        // -- streaming

        void open(NodeExchange.Prepared ready, LifecyclePaths paths) {
            CompletableFuture<SseReply> opened = exchange.open(ready, paths, plan.deadline(), plan.trace());
            opening = opened;
            opened.whenComplete((answer, fault) -> guarded(() -> {
                if (fault != null) {
                    failed(Faults.typed(fault));
                } else if (over.get()) {
                    answer.close();
                } else if (answer.isEventStream()) {
                    reply = answer;
                    answer.events().subscribe(this);
                } else {
                    refused(ready, answer);
                }
            }));
            if (over.get()) {
                opened.cancel(true);
            }
        }

        private void refused(NodeExchange.Prepared ready, SseReply answer) {
            answer.body()
                    .whenComplete((bytes, fault) -> guarded(() -> failed(
                            fault != null
                                    ? Faults.typed(fault)
                                    : exchange.refusal(
                                            ready,
                                            answer.status(),
                                            bytes,
                                            answer.header("retry-after").orElse(null)))));
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            upstream = subscription;
            if (over.get()) {
                subscription.cancel();
            } else {
                drain();
            }
        }

        /** Asks for one more event, unless one is on its way already. */
        void requestOne() {
            Flow.Subscription source = upstream;
            if (source != null && !over.get() && reading.compareAndSet(false, true)) {
                if (isCommitted()) {
                    arm(
                            limits.idle(),
                            "the node sent nothing for %d ms in the middle of the stream"
                                    .formatted(limits.idle().toMillis()));
                }
                source.request(1);
            }
        }

        @Override
        public void onNext(ServerSentEvent item) {
            if (over.get()) {
                return;
            }
            reading.set(false);
            try {
                accept(decode(item));
            } catch (RuntimeException e) {
                failed(Faults.typed(e));
                return;
            }
            drain();
        }

        private LifecycleEvent decode(ServerSentEvent item) {
            NodeExchange.Prepared ready = prepared;
            Map<String, Object> data;
            try {
                data = Json.parseObject(item.data(), JsonLimits.DEFAULT);
            } catch (JsonException e) {
                throw violation("the node sent an event that is not a JSON object", e);
            }
            LifecycleEvent event = LifecycleCodec.decode(data, ready == null ? null : NodeExchange.opener(ready));
            if (!event.taskId().equals(plan.task().id())) {
                throw violation("the node sent an event of another task", null);
            }
            if (event.sequence() != expected) {
                throw violation("the node sent event %d where %d was due".formatted(event.sequence(), expected), null);
            }
            expected++;
            return event;
        }

        private void accept(LifecycleEvent event) {
            switch (event.type()) {
                case ACCEPTED -> {
                    // The node has the task; content decides whether it is committed to.
                }
                case PARTIAL -> content(assembler.accept(map(event.result())));
                case COMPLETED -> finish(event);
                default -> throw terminalFailure(event);
            }
        }

        private void content(List<ChatEvent> deltas) {
            if (deltas.isEmpty()) {
                return;
            }
            commit();
            disarm();
            deliver(deltas);
        }

        private void finish(LifecycleEvent event) {
            List<ChatEvent> rest = assembler.finish(map(event.result()));
            ChatResult preview = assembler.result(provenance(true));
            if (!assembler.hasContent() && preview.finishReason() == FinishReason.OTHER) {
                throw violation("the node ended the stream without any content", null);
            }
            commit();
            over.set(true);
            disarm();
            plan.succeeded(choice.node(), choice.reason(), elapsed());
            closeReply();
            deliver(rest);
            complete(assembler.result(provenance(true)));
        }

        private IicpException terminalFailure(LifecycleEvent event) {
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

        @Override
        public void onError(Throwable fault) {
            failed(Faults.typed(fault));
        }

        @Override
        public void onComplete() {
            failed(Faults.error(ErrorCode.NETWORK_ERROR, "the node closed the stream before its last event"));
        }

        // -- buffered

        /** The directory said the node streams, the node does not say where: it is asked for a buffered answer. */
        void notStreaming() {
            try {
                buffered(exchange.prepare(plan.task(), choice.node(), plan.deadline(), false));
            } catch (IicpException e) {
                failed(e);
            }
        }

        void buffered(NodeExchange.Prepared ready) {
            prepared = ready;
            disarm();
            CompletableFuture<HttpReply> answer = exchange.send(ready, plan.deadline(), plan.trace());
            opening = answer;
            answer.whenComplete((http, fault) -> guarded(() -> {
                if (fault != null) {
                    failed(Faults.typed(fault));
                } else {
                    readBuffered(ready, http);
                }
            }));
            if (over.get()) {
                answer.cancel(true);
            }
        }

        private void readBuffered(NodeExchange.Prepared ready, HttpReply http) {
            try {
                TaskReply whole = exchange.read(ready, http);
                List<ChatEvent> events = assembler.finish(map(whole.result()));
                if (!assembler.hasContent()
                        && assembler.result(provenance(false)).finishReason() == FinishReason.OTHER) {
                    throw violation("the node answered a chat without a choice that holds a message", null);
                }
                if (!over.compareAndSet(false, true)) {
                    return;
                }
                commit();
                plan.succeeded(choice.node(), choice.reason(), elapsed());
                deliver(events);
                complete(assembler.result(provenance(false)));
            } catch (IicpException e) {
                failed(e);
            }
        }

        // -- shared

        private Provenance provenance(boolean streamed) {
            NodeExchange.Prepared ready = prepared;
            return new Provenance(
                    plan.task().id(),
                    choice.node().prefix(),
                    choice.node().region(),
                    assembler.model(),
                    ready != null && ready.encrypted(),
                    streamed,
                    plan.trace().traceId(),
                    plan.attempts());
        }

        private void commit() {
            boolean first;
            lock.lock();
            try {
                first = !committed;
                committed = true;
            } finally {
                lock.unlock();
            }
            if (first) {
                context.tell(new RoutingEvent.StreamStarted(
                        plan.task().id(), choice.node().prefix(), elapsed()));
            }
        }

        private boolean isCommitted() {
            lock.lock();
            try {
                return committed;
            } finally {
                lock.unlock();
            }
        }

        void armFirstEvent() {
            arm(
                    limits.firstEvent(),
                    "the node sent no content for %d ms"
                            .formatted(limits.firstEvent().toMillis()));
        }

        private void arm(Duration limit, String message) {
            disarm();
            timer = context.timer()
                    .schedule(() -> failed(Faults.timeout(message)), limit.toNanos(), TimeUnit.NANOSECONDS);
        }

        private void disarm() {
            ScheduledFuture<?> armed = timer;
            if (armed != null) {
                armed.cancel(false);
            }
        }

        private void closeReply() {
            SseReply open = reply;
            if (open != null) {
                open.close();
            }
        }

        /** Stops the exchange and tells the node; without blame. */
        void giveUp() {
            over.set(true);
            disarm();
            abandon();
        }

        private void abandon() {
            Flow.Subscription source = upstream;
            if (source != null) {
                source.cancel();
            }
            closeReply();
            CompletableFuture<?> pending = opening;
            if (pending != null) {
                pending.cancel(true);
            }
            NodeExchange.Prepared ready = prepared;
            if (ready != null) {
                exchange.cancel(ready, plan.trace());
            }
        }

        void failed(IicpException fault) {
            if (!over.compareAndSet(false, true)) {
                return;
            }
            disarm();
            guarded(() -> {
                abandon();
                IicpException named = fault.withError(fault.error()
                        .withNode(choice.node().prefix())
                        .withTaskId(plan.task().id()));
                plan.failed(choice.node(), choice.reason(), named, elapsed());
                if (isCommitted()) {
                    fail(interrupted(named));
                } else {
                    next(plan.after(choice.node(), named));
                }
            });
        }

        private IicpException interrupted(IicpException fault) {
            String text = assembler.textSoFar();
            IicpError error = IicpError.of(
                            ErrorCode.STREAM_INTERRUPTED,
                            fault.component(),
                            "node %s broke the stream after %d characters: %s"
                                    .formatted(choice.node().prefix(), text.length(), fault.getMessage()))
                    .withTaskId(plan.task().id())
                    .withNode(choice.node().prefix())
                    .withAttempts(plan.attempts());
            return new StreamInterruptedException(error, text, fault);
        }

        private ProtocolViolationException violation(String message, @Nullable Throwable cause) {
            return new ProtocolViolationException(
                    IicpError.of(ErrorCode.PROTOCOL_ERROR, ErrorComponent.NODE, message), cause);
        }

        @SuppressWarnings("unchecked")
        private static Map<String, Object> map(@Nullable Object result) {
            return result instanceof Map<?, ?> json ? (Map<String, Object>) json : Map.of();
        }
    }
}
