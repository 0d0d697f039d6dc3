package network.iicp.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.wire.TaskReply;
import network.iicp.spi.RoutingEvent;
import network.iicp.transport.HttpReply;
import org.jspecify.annotations.Nullable;

/**
 * One call with a buffered answer: choose, send, read, and again elsewhere. Every failure ends in the returned future;
 * cancelling that future aborts the exchange and tells the node.
 */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class BufferedCall<T> implements RunningCalls.Call {

    private final ConsumerContext context;
    private final NodeExchange exchange;
    private final CallPlan plan;
    private final Function<TaskResult, T> reader;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable CompletableFuture<HttpReply> inFlight;
    private NodeExchange.@Nullable Prepared current;

    /**
     * @param reader makes the caller's value; an {@link IicpException} it throws counts as a failure of the node
     */
    BufferedCall(
            ConsumerContext context,
            NodeExchange exchange,
            Task task,
            CallOptions options,
            Deadline deadline,
            Function<TaskResult, T> reader) {
        this.context = context;
        this.exchange = exchange;
        this.reader = reader;
        this.plan = new CallPlan(context, task, options, deadline, node -> true, false);
    }

    CompletableFuture<T> start() {
        if (!context.calls().begin(this)) {
            return CompletableFuture.failedFuture(Consumer.closedFault());
        }
        result.whenComplete((answer, fault) -> {
            context.calls().end(this);
            if (result.isCancelled()) {
                abort();
            }
        });
        limitTotal();
        next(plan.first());
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
        if (result.completeExceptionally(
                why.withError(why.error().withTaskId(plan.task().id())))) {
            abort();
        }
    }

    private void next(CompletableFuture<CallPlan.Choice> upcoming) {
        upcoming.whenComplete((choice, fault) -> guarded(() -> {
            if (fault != null) {
                result.completeExceptionally(Faults.typed(fault));
            } else if (result.isDone()) {
                plan.released(choice.node());
            } else {
                send(choice);
            }
        }));
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
            prepared = exchange.prepare(plan.task(), choice.node(), plan.deadline(), false);
        } catch (IicpException e) {
            failed(choice, e, elapsed(start), null);
            return;
        }
        context.tell(new RoutingEvent.Submitted(plan.task().id(), choice.node().prefix(), prepared.encrypted(), false));
        CompletableFuture<HttpReply> reply =
                exchange.send(prepared, plan.deadline(), plan.limits().connect(), plan.trace());
        begin(prepared, reply);
        reply.whenComplete((answer, fault) -> guarded(() -> {
            end();
            if (fault == null) {
                read(choice, prepared, answer, start);
            } else if (result.isDone()) {
                plan.released(choice.node());
            } else {
                failed(choice, Faults.typed(fault), elapsed(start), prepared);
            }
        }));
    }

    private void read(CallPlan.Choice choice, NodeExchange.Prepared prepared, HttpReply answer, long start) {
        try {
            Duration elapsed = elapsed(start);
            T value = reader.apply(taskResult(choice, exchange.read(prepared, answer), prepared.encrypted(), elapsed));
            plan.succeeded(choice.node(), choice.reason(), elapsed);
            result.complete(value);
        } catch (IicpException e) {
            failed(choice, e, elapsed(start), null);
        }
    }

    private TaskResult taskResult(CallPlan.Choice choice, TaskReply reply, boolean encrypted, Duration elapsed) {
        NodeDescriptor node = choice.node();
        Provenance provenance = new Provenance(
                plan.task().id(),
                node.prefix(),
                node.region(),
                reply.model(),
                encrypted,
                false,
                plan.trace().traceId(),
                plan.attemptsWithSuccess(node, choice.reason(), elapsed));
        return new TaskResult(
                plan.task().id(), reply.result(), reply.usage(), reply.model(), reply.metrics(), provenance);
    }

    private void failed(
            CallPlan.Choice choice, IicpException fault, Duration elapsed, NodeExchange.@Nullable Prepared abandoned) {
        if (abandoned != null) {
            // The node may still be working on a task whose answer nobody will read.
            exchange.cancel(abandoned, plan.trace(), false);
        }
        IicpException named =
                fault.withError(fault.error().withNode(choice.node().prefix()));
        plan.failed(choice.node(), choice.reason(), named, elapsed);
        next(plan.after(choice.node(), named));
    }

    private static Duration elapsed(long startNanos) {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    private void begin(NodeExchange.Prepared prepared, CompletableFuture<HttpReply> reply) {
        lock.lock();
        try {
            current = prepared;
            inFlight = reply;
        } finally {
            lock.unlock();
        }
        if (result.isDone()) {
            abort();
        }
    }

    private void end() {
        lock.lock();
        try {
            current = null;
            inFlight = null;
        } finally {
            lock.unlock();
        }
    }

    private void abort() {
        CompletableFuture<HttpReply> reply;
        NodeExchange.Prepared prepared;
        lock.lock();
        try {
            reply = inFlight;
            prepared = current;
            inFlight = null;
            current = null;
        } finally {
            lock.unlock();
        }
        if (reply != null && prepared != null) {
            reply.cancel(true);
            exchange.cancel(prepared, plan.trace(), false);
        }
    }
}
