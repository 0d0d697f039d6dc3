package network.iicp.node;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import network.iicp.node.Execution.Ending;
import network.iicp.node.Execution.Outcome;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Qos;
import network.iicp.protocol.lifecycle.LifecycleEvent.Type;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What follows from the end of a task: the answer or the terminal event, what is remembered for a resend, what is counted, what the
 * listeners hear.
 *
 * <table>
 *   <caption>What is remembered and counted</caption>
 *   <tr><th>end</th><th>a resend gets</th><th>counts as</th></tr>
 *   <tr><td>result</td><td>the stored answer</td><td>success</td></tr>
 *   <tr><td>failure that a retry may mend</td><td>a new execution</td><td>failure</td></tr>
 *   <tr><td>failure that it may not, such as a payload the engine refuses</td><td>the stored answer</td><td>nothing</td></tr>
 *   <tr><td>cancelled</td><td>the stored answer</td><td>nothing</td></tr>
 *   <tr><td>out of time</td><td>a new execution</td><td>failure</td></tr>
 *   <tr><td>abandoned, or the node stops</td><td>a new execution</td><td>nothing</td></tr>
 *   <tr><td>refused before it was executed</td><td>a new execution</td><td>nothing</td></tr>
 * </table>
 *
 * Thread-safe.
 */
final class Settlement {

    private static final Logger log = LoggerFactory.getLogger(Settlement.class);

    private final Answers answers;
    private final ReplayGuard replays;
    private final Workload workload;
    private final Quotas quotas;
    private final Receipts receipts;
    private final NodeEvents events;
    private final LongSupplier nanos;

    Settlement(
            Answers answers,
            ReplayGuard replays,
            Workload workload,
            Quotas quotas,
            Receipts receipts,
            NodeEvents events,
            LongSupplier nanos) {
        this.answers = answers;
        this.replays = replays;
        this.workload = workload;
        this.quotas = quotas;
        this.receipts = receipts;
        this.events = events;
        this.nanos = nanos;
    }

    /** Answers a task that was refused before it was executed. */
    void refused(Admitted task, IicpException refusal) {
        IicpError error = Failures.ofNode(refusal).withTaskId(task.taskId());
        log.debug("task {} is refused: {}", task.taskId(), error.code());
        events.tell(new NodeEvent.TaskRefused(error.code()));
        task.entry().forget();
        answer(task, whole(task, error));
    }

    /** Answers a task that could not be executed because of a defect of the node. */
    void broken(Admitted task, RuntimeException defect) {
        log.error("task {} could not be executed", task.taskId(), defect);
        task.entry().forget();
        Duration elapsed = Duration.ofNanos(nanos.getAsLong() - task.inbound().arrivedNanos());
        tell(task, ErrorCode.INTERNAL_ERROR.slug(), elapsed, -1, null);
        answer(task, whole(task, internalError(task)));
    }

    private static IicpError internalError(Admitted task) {
        return IicpError.of(ErrorCode.INTERNAL_ERROR, ErrorComponent.NODE, "the node failed to execute this task")
                .withTaskId(task.taskId());
    }

    /** Tells that an engine or handler is about to work on a task. */
    void started(Admitted task, boolean streamed) {
        events.tell(new NodeEvent.TaskStarted(
                task.taskId(),
                task.intent(),
                task.envelope().isConfidential(),
                streamed,
                Objects.requireNonNullElse(task.envelope().constraints().qos(), Qos.BEST_EFFORT),
                task.inbound().trace()));
    }

    /** Notes how long an engine or handler worked on a task. */
    void engineEnded(Admitted task, Duration elapsed) {
        events.tell(new NodeEvent.EngineEnded(task.intent(), elapsed));
    }

    /**
     * Sees to the end of a task that was executed.
     *
     * @param writer writes its events, or {@code null} when it is answered as a whole
     * @return the word of the terminal event
     */
    String ended(Admitted task, Outcome outcome, @Nullable EventWriter writer) {
        Duration elapsed = Duration.ofNanos(nanos.getAsLong() - task.inbound().arrivedNanos());
        if (outcome instanceof Outcome.Result result) {
            try {
                return succeeded(task, answers.read(result.value()), elapsed, writer);
            } catch (RuntimeException e) {
                IicpError error = Failures.ofHandler(e, task.intent()).withTaskId(task.taskId());
                return failed(task, Type.FAILED, error, elapsed, writer);
            }
        }
        if (outcome instanceof Outcome.EndedEarly early) {
            IicpError error = Failures.ofNode(early.reason()).withTaskId(task.taskId());
            return endedEarly(task, early.how(), error, elapsed, writer);
        }
        Throwable thrown = ((Outcome.Failed) outcome).failure();
        IicpError error = Failures.ofHandler(thrown, task.intent()).withTaskId(task.taskId());
        Type type = error.code().equals(ErrorCode.TASK_TIMEOUT.slug()) ? Type.TIMED_OUT : Type.FAILED;
        return failed(task, type, error, elapsed, writer);
    }

    private String succeeded(Admitted task, Answers.Result result, Duration elapsed, @Nullable EventWriter writer) {
        StoredReply.Whole reply = null;
        if (writer == null) {
            reply = answers.success(
                    task.taskId(), result, elapsed, receipts.answerMembers(task, result), task.sealer());
        } else {
            writer.completed(result.value(), answers.metrics(elapsed, result.usage()));
        }
        remember(task, reply);
        workload.success(elapsed);
        tell(task, NodeEvent.TaskEnded.SUCCESS, elapsed, result.tokens(), writer);
        quotas.charge(task.account(), result.tokens());
        if (reply != null) {
            task.carrier().answer(reply, Carrier.Replay.FIRST);
        }
        receipts.report(task, result);
        return Type.COMPLETED.wireName();
    }

    private String failed(Admitted task, Type type, IicpError error, Duration elapsed, @Nullable EventWriter writer) {
        if (isOurFault(error)) {
            workload.failure(elapsed);
        }
        StoredReply.Whole reply = terminate(task, type, error, elapsed, writer);
        if (error.retryable()) {
            forget(task, reply);
        } else {
            remember(task, reply);
        }
        return finish(task, type, error, elapsed, writer, reply);
    }

    /** A payload the engine refuses is the consumer's fault; everything the server codes name is the node's. */
    private static boolean isOurFault(IicpError error) {
        return error.httpStatus() >= 500;
    }

    private String endedEarly(
            Admitted task, Ending how, IicpError error, Duration elapsed, @Nullable EventWriter writer) {
        if (how == Ending.TIMED_OUT) {
            return failed(task, Type.TIMED_OUT, error, elapsed, writer);
        }
        Type type = how == Ending.STOPPED ? Type.FAILED : Type.CANCELLED;
        StoredReply.Whole reply = terminate(task, type, error, elapsed, writer);
        if (how == Ending.CANCELLED) {
            remember(task, reply);
        } else {
            forget(task, reply);
        }
        return finish(task, type, error, elapsed, writer, reply);
    }

    private StoredReply.@Nullable Whole terminate(
            Admitted task, Type type, IicpError error, Duration elapsed, @Nullable EventWriter writer) {
        if (writer == null) {
            return whole(task, error);
        }
        try {
            writer.failed(type, error, Map.of("latency_ms", elapsed.toMillis()));
        } catch (RuntimeException e) {
            log.error("the terminal event of task {} could not be written", task.taskId(), e);
        }
        return null;
    }

    private String finish(
            Admitted task,
            Type type,
            IicpError error,
            Duration elapsed,
            @Nullable EventWriter writer,
            StoredReply.@Nullable Whole reply) {
        tell(task, error.code(), elapsed, -1, writer);
        if (reply != null) {
            task.carrier().answer(reply, Carrier.Replay.FIRST);
        }
        return type.wireName();
    }

    private void remember(Admitted task, StoredReply.@Nullable Whole reply) {
        if (reply != null) {
            task.entry().answer(reply);
        }
        task.entry().keep();
        task.guarded().forEach(replays::spend);
    }

    private static void forget(Admitted task, StoredReply.@Nullable Whole reply) {
        task.entry().forget();
        if (reply != null) {
            task.entry().answer(reply);
        }
    }

    private static void answer(Admitted task, StoredReply.Whole reply) {
        task.entry().answer(reply);
        task.carrier().answer(reply, Carrier.Replay.FIRST);
    }

    private StoredReply.Whole whole(Admitted task, IicpError error) {
        try {
            return answers.failure(error, task.envelope().constraints().qos(), task.sealer());
        } catch (RuntimeException e) {
            log.error("the failure of task {} could not be sealed", task.taskId(), e);
            return answers.failure(internalError(task), null, null);
        }
    }

    private void tell(Admitted task, String outcome, Duration elapsed, int tokens, @Nullable EventWriter writer) {
        log.debug("task {} ended: {} after {} ms", task.taskId(), outcome, elapsed.toMillis());
        events.tell(new NodeEvent.TaskEnded(
                task.taskId(),
                task.intent(),
                outcome,
                elapsed,
                tokens,
                task.envelope().isConfidential(),
                writer != null,
                Objects.requireNonNullElse(task.envelope().constraints().qos(), Qos.BEST_EFFORT)));
    }
}
