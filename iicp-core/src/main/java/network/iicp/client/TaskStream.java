package network.iicp.client;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import network.iicp.protocol.Attempt;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.StreamInterruptedException;
import network.iicp.protocol.Task;
import network.iicp.spi.RoutingEvent;
import org.jspecify.annotations.Nullable;

/**
 * One streamed call; the state machine behind every streaming face. It starts with the subscriber's first request. A node is committed to
 * at its first content, not at its HTTP status: before that any failure, silence included, moves on to the next node; after it nothing is
 * ever replayed. A stream that is cut off then ends in {@link StreamInterruptedException} with the text so far, or, if the caller allowed
 * that, is continued by another node and marked.
 *
 * <p>Nodes that stream are tried first; one that does not is asked for a buffered answer, which is delivered as one part and the end, with
 * {@code streamed=false} in the provenance. Nothing is read from a node while the subscriber has no demand. Thread-safe.
 *
 * @param <E> what the subscriber gets
 */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class TaskStream<E> implements Flow.Subscription, RunningCalls.Call, StreamAttempt.Owner, StreamSignals.Upstream {

    private final ConsumerContext context;
    private final NodeExchange exchange;
    private final CallPlan plan;
    private final Predicate<NodeDescriptor> canStream;
    private final boolean continues;
    private final StreamContent<E> content;
    private final StreamSignals<E> signals;
    private final ReentrantLock lock = new ReentrantLock();
    private Task task;
    private boolean started;
    private @Nullable StreamAttempt current;
    private @Nullable StreamAttempt committed;
    private volatile @Nullable ScheduledFuture<?> totalTimer;

    /**
     * @param plan who may be asked
     * @param canStream whether a node is asked for events; others are asked for a whole answer
     * @param continues whether another node goes on where one was cut off
     * @param content puts the answer together
     */
    TaskStream(
            ConsumerContext context,
            NodeExchange exchange,
            CallPlan plan,
            Predicate<NodeDescriptor> canStream,
            boolean continues,
            StreamContent<E> content,
            Flow.Subscriber<? super E> subscriber) {
        this.context = context;
        this.exchange = exchange;
        this.plan = plan;
        this.canStream = canStream;
        this.continues = continues;
        this.content = content;
        this.task = plan.task();
        this.signals = new StreamSignals<>(subscriber, this);
    }

    // ---- subscriber side

    @Override
    public void request(long n) {
        if (n <= 0) {
            giveUp();
            signals.failNow(new IllegalArgumentException("demand must be positive, was " + n));
            return;
        }
        signals.demand(n);
        if (isFirstRequest()) {
            guarded(this::begin);
        }
        signals.drain();
    }

    private boolean isFirstRequest() {
        lock.lock();
        try {
            boolean first = !started;
            started = true;
            return first;
        } finally {
            lock.unlock();
        }
    }

    private void begin() {
        if (signals.isOver()) {
            return;
        }
        if (!context.calls().begin(this)) {
            throw Consumer.closedFault();
        }
        totalTimer = context.timer()
                .schedule(
                        () -> stop(Faults.timeout("the stream did not end inside its time limit")),
                        plan.deadline().remaining().plusMillis(250));
        next(plan.first(), null);
    }

    @Override
    public void cancel() {
        signals.cancel();
        giveUp();
    }

    @Override
    public void abandoned() {
        giveUp();
    }

    @Override
    public void wanted() {
        StreamAttempt attempt = current();
        if (attempt != null) {
            guarded(attempt::ask);
        }
    }

    @Override
    public void stop(IicpException why) {
        StreamAttempt attempt = current();
        if (attempt != null) {
            attempt.failed(why);
        }
        fail(committed() == null ? plan.log().known(why) : interrupted(why));
    }

    private void giveUp() {
        ended();
        StreamAttempt attempt = take();
        if (attempt != null) {
            attempt.giveUp();
            plan.accounts().gaveUp(attempt.node(), attempt.reason(), attempt.elapsed());
        }
    }

    // ---- choosing and sending

    /**
     * @param cut what cut off the stream that the next node goes on with; {@code null} while nothing was delivered
     */
    private void next(CompletableFuture<CallPlan.Choice> upcoming, @Nullable IicpException cut) {
        upcoming.whenComplete((choice, fault) -> guarded(() -> {
            if (fault != null) {
                IicpException known = Faults.typed(fault);
                fail(cut == null ? known : interrupted(cut));
            } else if (signals.isOver()) {
                ended();
                plan.accounts().released(choice.node());
            } else {
                send(choice);
            }
        }));
    }

    private void send(CallPlan.Choice choice) {
        StreamAttempt attempt = new StreamAttempt(context, exchange, plan, choice, task, this);
        lock.lock();
        try {
            content.begin(committed != null);
            current = attempt;
        } finally {
            lock.unlock();
        }
        if (signals.isOver()) {
            giveUp();
        } else {
            attempt.start(canStream.test(choice.node()));
        }
    }

    // ---- what the attempt tells

    @Override
    public void part(StreamAttempt attempt, @Nullable Object result) {
        boolean first;
        lock.lock();
        try {
            if (attempt != current) {
                return;
            }
            List<E> items = content.part(result);
            plan.requireModel(attempt.node(), content.model());
            first = deliver(attempt, items);
        } finally {
            lock.unlock();
        }
        if (first) {
            committedTo(attempt);
        }
    }

    @Override
    public void end(StreamAttempt attempt, @Nullable Object result, Map<String, Object> metrics, boolean streamed) {
        if (!attempt.succeeded()) {
            return;
        }
        E last;
        boolean first;
        try {
            lock.lock();
            try {
                List<E> rest = content.end(result, streamed);
                plan.requireModel(attempt.node(), content.model());
                last = content.completed(provenance(attempt, streamed), metrics);
                first = deliver(attempt, rest);
            } finally {
                lock.unlock();
            }
        } catch (IicpException noAnswer) {
            failed(attempt, attempt.named(noAnswer));
            return;
        }
        if (first) {
            committedTo(attempt);
        }
        plan.accounts().succeeded(attempt.node(), attempt.reason(), attempt.elapsed());
        take();
        ended();
        signals.complete(List.of(last));
    }

    /**
     * With the lock held, so that what is counted as delivered is delivered.
     *
     * @return whether these are the first items of this attempt
     */
    private boolean deliver(StreamAttempt attempt, List<E> items) {
        if (items.isEmpty()) {
            return false;
        }
        StreamAttempt before = committed;
        committed = attempt;
        if (before != null && before != attempt) {
            content.continued(before.node().prefix(), attempt.node().prefix())
                    .ifPresent(mark -> signals.offer(List.of(mark)));
        }
        signals.offer(items);
        return before != attempt;
    }

    private void committedTo(StreamAttempt attempt) {
        attempt.commit();
        context.tell(
                new RoutingEvent.StreamStarted(plan.task().id(), attempt.node().prefix(), attempt.elapsed()));
    }

    @Override
    public void failed(StreamAttempt attempt, IicpException why) {
        if (!retire(attempt)) {
            return;
        }
        guarded(() -> {
            plan.accounts().failed(attempt.node(), attempt.reason(), why, attempt.elapsed());
            if (committed() == null) {
                next(plan.after(attempt.node(), why), null);
                return;
            }
            Optional<Task> rest = attempt == committed() ? continuation() : Optional.of(task);
            if (rest.isEmpty() || signals.isOver()) {
                fail(interrupted(why));
            } else {
                task = rest.get();
                plan.continuing();
                next(plan.after(attempt.node(), why), why);
            }
        });
    }

    /** From here on nothing of the attempt counts; false if nothing did before. */
    private boolean retire(StreamAttempt attempt) {
        lock.lock();
        try {
            boolean counted = attempt == current;
            current = counted ? null : current;
            return counted;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void proceed() {
        signals.drain();
    }

    /** A task of its own, because its payload differs; nodes take one id for one payload only. */
    private Optional<Task> continuation() {
        if (!continues) {
            return Optional.empty();
        }
        Task first = plan.task();
        return content.continuation(first.payload())
                .map(payload -> new Task(UUID.randomUUID().toString(), first.intent(), payload, first.constraints()));
    }

    // ---- ends

    private void fail(IicpException fault) {
        take();
        ended();
        signals.fail(fault);
    }

    private void ended() {
        context.calls().end(this);
        ScheduledFuture<?> timer = totalTimer;
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private IicpException interrupted(IicpException why) {
        String text = textSoFar();
        IicpError error = IicpError.of(
                        ErrorCode.STREAM_INTERRUPTED,
                        why.component(),
                        "node %s broke the stream after %d characters: %s"
                                .formatted(why.node().orElse("?"), text.length(), why.getMessage()))
                .withTaskId(plan.task().id())
                .withAttempts(plan.log().attempts())
                .withLeftOut(plan.log().leftOut());
        return new StreamInterruptedException(why.node().map(error::withNode).orElse(error), text, why);
    }

    /** Of an answer that is complete and not noted yet. */
    private Provenance provenance(StreamAttempt attempt, boolean streamed) {
        List<Attempt> attempts = plan.log().withSuccess(List.of(), attempt.node(), attempt.reason(), attempt.elapsed());
        return new Provenance(
                plan.task().id(),
                attempt.node().prefix(),
                attempt.node().region(),
                content.model(),
                attempt.encrypted(),
                streamed,
                plan.trace().traceId(),
                attempts,
                false,
                plan.receipt(attempt.node(), attempt.encrypted(), attempts));
    }

    private String textSoFar() {
        lock.lock();
        try {
            return content.textSoFar();
        } finally {
            lock.unlock();
        }
    }

    private @Nullable StreamAttempt current() {
        lock.lock();
        try {
            return current;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable StreamAttempt committed() {
        lock.lock();
        try {
            return committed;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable StreamAttempt take() {
        lock.lock();
        try {
            StreamAttempt attempt = current;
            current = null;
            return attempt;
        } finally {
            lock.unlock();
        }
    }

    /** A defect in a callback must end the stream, not leave its subscriber waiting. */
    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            fail(Faults.typed(e));
        }
    }
}
