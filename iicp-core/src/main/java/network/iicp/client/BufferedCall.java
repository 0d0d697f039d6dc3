package network.iicp.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import network.iicp.protocol.Attempt;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.wire.TaskReply;
import network.iicp.spi.RoutingEvent;
import network.iicp.transport.HttpReply;

/**
 * One call with a buffered answer: choose, send, read, and again elsewhere; with hedging, to a second node while the first is still
 * working. Every failure ends in the returned future; cancelling that future aborts the exchange and tells the node.
 *
 * <p>All steps of a call run one after another.
 */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class BufferedCall<T> implements RunningCalls.Call {

    /** Makes the caller's value of an answer. */
    @FunctionalInterface
    interface Reader<T> {
        /**
         * Reads an answer.
         *
         * @param reply as it came from the node
         * @param answer as callers see it
         * @throws IicpException if it is none; that counts as a failure of the node
         */
        T read(TaskReply reply, TaskResult answer);
    }

    private final ConsumerContext context;
    private final NodeExchange exchange;
    private final CallPlan plan;
    private final Reader<T> reader;
    private final SerialExecutor steps = new SerialExecutor();
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final Set<Sending> running = new LinkedHashSet<>();
    private boolean hedged;

    /** One send to one node that has not ended. */
    private record Sending(
            CallPlan.Choice choice,
            NodeExchange.Prepared prepared,
            CompletableFuture<HttpReply> reply,
            long startNanos) {
        Duration elapsed() {
            return since(startNanos);
        }
    }

    /**
     * @param lane what it shares with other calls for the same question
     * @param reader makes the caller's value; an {@link IicpException} it throws counts as a failure of the node
     */
    BufferedCall(
            ConsumerContext context,
            NodeExchange exchange,
            Task task,
            CallOptions options,
            Deadline deadline,
            Lane lane,
            Reader<T> reader) {
        this.context = context;
        this.exchange = exchange;
        this.reader = reader;
        this.plan = new CallPlan(context, task, options, deadline, node -> true, false, steps, lane);
    }

    CompletableFuture<T> start() {
        if (!context.calls().begin(this)) {
            return CompletableFuture.failedFuture(Consumer.closedFault());
        }
        result.whenComplete((answer, fault) -> {
            context.calls().end(this);
            steps.execute(this::giveUp);
        });
        limitTotal();
        steps.execute(() -> next(plan.first()));
        return result;
    }

    /** A safety net above the limits of each exchange: the call ends at its deadline whatever else happens. */
    private void limitTotal() {
        Deadline deadline = plan.deadline();
        var timer = context.timer()
                .schedule(
                        () -> stop(Faults.timeout("the call did not finish inside its time limit")),
                        deadline.remaining().plusMillis(250).toNanos(),
                        TimeUnit.NANOSECONDS);
        result.whenComplete((answer, fault) -> timer.cancel(false));
    }

    @Override
    public void stop(IicpException why) {
        result.completeExceptionally(plan.log().known(why));
    }

    private void next(CompletableFuture<CallPlan.Choice> upcoming) {
        upcoming.whenCompleteAsync(
                (choice, fault) -> guarded(() -> {
                    if (fault != null) {
                        result.completeExceptionally(Faults.typed(fault));
                    } else if (result.isDone()) {
                        plan.accounts().released(choice.node());
                    } else {
                        send(choice);
                    }
                }),
                steps);
    }

    /** A defect in a callback must end the call, not leave its caller waiting. */
    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            result.completeExceptionally(Faults.typed(e));
        }
    }

    private void send(CallPlan.Choice choice) {
        long start = System.nanoTime();
        NodeExchange.Prepared prepared;
        try {
            prepared = plan.prepare(exchange, plan.task(), choice, false);
        } catch (IicpException e) {
            failed(choice, e, since(start));
            return;
        }
        context.tell(new RoutingEvent.Submitted(plan.task().id(), choice.node().prefix(), prepared.encrypted(), false));
        Sending sending = new Sending(choice, prepared, exchange.send(prepared, plan, result::isDone), start);
        running.add(sending);
        sending.reply().whenCompleteAsync((answer, fault) -> guarded(() -> ended(sending, answer, fault)), steps);
        hedge();
    }

    private void ended(Sending sending, HttpReply answer, Throwable fault) {
        if (result.isDone() || !running.remove(sending)) {
            return; // given up: the loss is noted already, or will be
        }
        if (fault == null) {
            read(sending, answer);
        } else {
            // The node may still be working on a task whose answer nobody will read.
            exchange.cancel(sending.prepared(), plan.trace(), false);
            failed(sending.choice(), Faults.typed(fault), sending.elapsed());
        }
    }

    private void read(Sending sending, HttpReply answer) {
        CallPlan.Choice choice = sending.choice();
        try {
            Duration elapsed = sending.elapsed();
            TaskReply reply = exchange.read(sending.prepared(), answer);
            EmptyAnswers.refuse(plan.task(), reply.result());
            plan.requireModel(choice.node(), reply.model());
            T value = reader.read(
                    reply, taskResult(choice, reply, sending.prepared().encrypted(), elapsed));
            giveUp();
            plan.accounts().succeeded(choice.node(), choice.reason(), elapsed);
            context.answerTimes().add(plan.task(), elapsed);
            result.complete(value);
        } catch (IicpException e) {
            failed(choice, e, sending.elapsed());
        }
    }

    private TaskResult taskResult(CallPlan.Choice choice, TaskReply reply, boolean encrypted, Duration elapsed) {
        NodeDescriptor node = choice.node();
        List<Attempt> attempts = plan.log().withSuccess(losers(), node, choice.reason(), elapsed);
        Provenance provenance = new Provenance(
                plan.task().id(),
                node.prefix(),
                node.region(),
                reply.model(),
                encrypted,
                false,
                plan.trace().traceId(),
                attempts,
                false,
                plan.receipt(node, encrypted, attempts));
        return new TaskResult(
                plan.task().id(), reply.result(), reply.usage(), reply.model(), reply.metrics(), provenance);
    }

    private List<AttemptLog.Loser> losers() {
        return running.stream()
                .map(other -> new AttemptLog.Loser(
                        other.choice().node(), other.choice().reason(), other.elapsed()))
                .toList();
    }

    private void failed(CallPlan.Choice choice, IicpException fault, Duration elapsed) {
        IicpException named =
                fault.withError(fault.error().withNode(choice.node().prefix()));
        plan.accounts().failed(choice.node(), choice.reason(), named, elapsed);
        boolean othersMayAnswer = !running.isEmpty() && RetryRule.of(named) != RetryRule.STOP;
        if (!othersMayAnswer) {
            next(plan.after(choice.node(), named));
        }
    }

    // ---- a second node

    private void hedge() {
        if (hedged || running.size() != 1) {
            return;
        }
        plan.hedgeAfter().ifPresent(delay -> {
            hedged = true;
            var timer = context.timer().schedule(() -> steps.execute(() -> guarded(this::sendToAnother)), delay);
            result.whenComplete((answer, fault) -> timer.cancel(false));
        });
    }

    private void sendToAnother() {
        hedged = false;
        if (!result.isDone() && running.size() == 1) {
            plan.hedge().ifPresent(this::send);
        }
    }

    /** Stops what is still running and tells the nodes; without blame. */
    private void giveUp() {
        List<Sending> all = new ArrayList<>(running);
        running.clear();
        for (Sending sending : all) {
            sending.reply().cancel(true);
            exchange.cancel(sending.prepared(), plan.trace(), false);
            plan.accounts().gaveUp(sending.choice().node(), sending.choice().reason(), sending.elapsed());
        }
    }

    private static Duration since(long startNanos) {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }
}
