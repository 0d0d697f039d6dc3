package network.iicp.node;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import network.iicp.crypto.ConfidentialSession;
import network.iicp.crypto.ConfidentialityKeyPair;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.node.Execution.Ending;
import network.iicp.node.Execution.Outcome;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Priority;
import network.iicp.protocol.Qos;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskConstraints;
import network.iicp.protocol.wire.TaskEnvelope;
import network.iicp.transport.EventStream;
import org.jspecify.annotations.Nullable;

/**
 * What happens to a task after its envelope was accepted: engine and place, decryption, payload gates, handler, answer. A place that was
 * taken is given back when the handler has ended, whatever happened. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class Executions {

    private static final Duration LEAST_RETRY = Duration.ofMillis(250);
    private static final Duration MOST_RETRY = Duration.ofSeconds(5);
    private static final Duration UNKNOWN_RETRY = Duration.ofSeconds(2);

    private final Limits limits;
    private final Offers offers;
    private final Slots slots;
    private final Quotas quotas;
    private final CooperationGate cooperation;
    private final ConfidentialityKeys keys;
    private final ReplayGuard replays;
    private final RunningTasks tasks;
    private final Streams streams;
    private final Settlement settlement;
    private final Workload workload;
    private final ScheduledExecutorService timer;
    private final Executor workers;
    private final LongSupplier nanos;
    private final TaskTraces traces;
    private final SecureRandom secureRandom = new SecureRandom();

    /**
     * The limits of executions.
     *
     * @param defaultTimeout the time of a task that states none
     * @param maxTimeout the most time of any task
     * @param admissionWait how long an urgent task may wait for a place
     * @param reattachWindow how long a streamed task goes on without its consumer
     * @param json limits of payloads that were sealed
     */
    record Limits(
            Duration defaultTimeout,
            Duration maxTimeout,
            Duration admissionWait,
            Duration reattachWindow,
            JsonLimits json,
            boolean validatePayloads) {}

    Executions(
            Limits limits,
            Offers offers,
            Slots slots,
            Quotas quotas,
            CooperationGate cooperation,
            ConfidentialityKeys keys,
            ReplayGuard replays,
            RunningTasks tasks,
            Streams streams,
            Settlement settlement,
            Workload workload,
            ScheduledExecutorService timer,
            Executor workers,
            LongSupplier nanos,
            TaskTraces traces) {
        this.limits = limits;
        this.offers = offers;
        this.slots = slots;
        this.quotas = quotas;
        this.cooperation = cooperation;
        this.keys = keys;
        this.replays = replays;
        this.tasks = tasks;
        this.streams = streams;
        this.settlement = settlement;
        this.workload = workload;
        this.timer = timer;
        this.workers = workers;
        this.nanos = nanos;
        this.traces = traces;
    }

    /** Executes the task on this thread and sees to its answer. Returns when its handler has ended. */
    void run(Admitted task) {
        try (Place place = place(task)) {
            Prepared prepared = prepare(task);
            execute(task, prepared, place);
        } catch (IicpException e) {
            settlement.refused(task, e);
        } catch (RuntimeException e) {
            settlement.broken(task, e);
        }
    }

    /**
     * What a task takes while it is worked on.
     *
     * @param own a place of the node
     * @param remote one of those for sub-tasks, or {@code null}
     */
    private record Place(Slots.Permit own, Slots.@Nullable Permit remote) implements AutoCloseable {
        @Override
        public void close() {
            own.close();
            if (remote != null) {
                remote.close();
            }
        }
    }

    private Place place(Admitted task) {
        if (task.subTask() == null) {
            return new Place(ownPlace(task), null);
        }
        Slots.Permit remote = cooperation.place();
        try {
            return new Place(ownPlace(task), remote);
        } catch (RuntimeException e) {
            remote.close();
            throw e;
        }
    }

    private Slots.Permit ownPlace(Admitted task) {
        quotas.admit(task.account());
        if (!offers.isAvailable(task.intent())) {
            throw Unavailable.engine();
        }
        return acquire(task)
                .orElseThrow(() -> Refusal.of(
                        ErrorCode.CAPACITY_EXCEEDED,
                        "all %d places of this node are taken".formatted(slots.total()),
                        whenToRetry()));
    }

    /** Only tasks that somebody waits for may wait in line, and only if the node was told so. */
    private Optional<Slots.Permit> acquire(Admitted task) {
        TaskConstraints constraints = task.envelope().constraints();
        boolean urgent = constraints.qos() == Qos.REALTIME || constraints.qos() == Qos.INTERACTIVE;
        if (limits.admissionWait().isZero() || !urgent) {
            return slots.tryAcquire();
        }
        Duration left = deadline(task).remaining();
        Duration wait = left.compareTo(limits.admissionWait()) < 0 ? left : limits.admissionWait();
        try {
            return slots.acquire(wait, rank(constraints));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Unavailable.stopping();
        }
    }

    /** First by priority, then by urgency. */
    private static int rank(TaskConstraints constraints) {
        Priority priority = constraints.priority() == null ? Priority.NORMAL : constraints.priority();
        int rank =
                switch (priority) {
                    case CRITICAL -> 0;
                    case HIGH -> 2;
                    case NORMAL -> 4;
                    case LOW -> 6;
                };
        return constraints.qos() == Qos.REALTIME ? rank : rank + 1;
    }

    /** On average a place becomes free after one task's time divided by the places. */
    private Duration whenToRetry() {
        Duration mean = workload.meanDuration();
        if (mean.isZero()) {
            return UNKNOWN_RETRY;
        }
        Duration wait = mean.dividedBy(Math.max(1, slots.total()));
        if (wait.compareTo(LEAST_RETRY) < 0) {
            return LEAST_RETRY;
        }
        return wait.compareTo(MOST_RETRY) > 0 ? MOST_RETRY : wait;
    }

    /** A task that can be handed to its handler. */
    private record Prepared(Task task, Offers.Match match, Deadline deadline) {}

    private Prepared prepare(Admitted admitted) {
        TaskEnvelope envelope = admitted.envelope();
        Map<String, Object> payload = open(admitted);
        Offers.Match match = PayloadGates.match(offers, envelope, payload, admitted.caller());
        PayloadGates.check(envelope.intent(), payload, limits.validatePayloads());
        Map<String, Object> bounded =
                PayloadGates.boundTokens(PayloadGates.nameModel(payload, match), match.capability());
        Task task = new Task(envelope.taskId(), envelope.intent(), bounded, envelope.constraints());
        Deadline deadline = deadline(admitted);
        if (deadline.expired()) {
            throw timeout(timeLimit(admitted));
        }
        return new Prepared(task, match, deadline);
    }

    private Map<String, Object> open(Admitted admitted) {
        TaskEnvelope envelope = admitted.envelope();
        if (envelope.nonce() != null) {
            guard(admitted, "nonce " + envelope.nonce());
        }
        Map<String, Object> sealed = envelope.confidential();
        if (sealed == null) {
            return payloadOf(envelope);
        }
        List<ConfidentialityKeyPair> opening = keys.opening();
        if (opening.isEmpty()) {
            throw Refusal.of(ErrorCode.CX_UNAVAILABLE, "this node takes no encrypted tasks");
        }
        ConfidentialSession session = ConfidentialSession.open(opening, envelope.taskId(), envelope.intent(), sealed);
        if (envelope.encryptResponse()) {
            admitted.sealWith(new Sealer(session, secureRandom));
        }
        guard(admitted, "envelope " + session.envelopeId());
        try {
            return Json.parseObject(session.payload(), limits.json());
        } catch (JsonException e) {
            throw Refusal.of(
                    ErrorCode.VALIDATION_ERROR, "the encrypted payload cannot be read: %s".formatted(e.getMessage()));
        }
    }

    private static Map<String, Object> payloadOf(TaskEnvelope envelope) {
        Map<String, Object> payload = envelope.payload();
        if (payload == null) {
            throw new IllegalStateException("a task has neither a payload nor a sealed one");
        }
        return payload;
    }

    private void guard(Admitted admitted, String id) {
        replays.use(id, admitted.digest());
        admitted.guarded().add(id);
    }

    private Duration timeLimit(Admitted admitted) {
        Duration stated = admitted.envelope().constraints().timeout();
        Duration wanted = stated == null ? limits.defaultTimeout() : stated;
        Duration given = wanted.compareTo(limits.maxTimeout()) > 0 ? limits.maxTimeout() : wanted;
        return admitted.subTask() == null ? given : cooperation.bound(given);
    }

    private Deadline deadline(Admitted admitted) {
        long elapsed = nanos.getAsLong() - admitted.inbound().arrivedNanos();
        return Deadline.after(timeLimit(admitted).minusNanos(elapsed), nanos);
    }

    private static IicpException timeout(Duration limit) {
        return Refusal.of(ErrorCode.TASK_TIMEOUT, "the task did not end within %d ms".formatted(limit.toMillis()));
    }

    private void execute(Admitted admitted, Prepared prepared, Place place) {
        EventWriter writer = admitted.carrier().streaming() ? streams.writer(admitted) : null;
        Execution execution = new Execution(
                prepared.task(),
                prepared.deadline(),
                traces.within(admitted.inbound().trace()),
                writer);
        RunningTask running = new RunningTask(
                admitted.taskId(), admitted.inbound().taskKey(), execution, writer == null ? null : writer.log());
        tasks.add(running);
        execution.outcome().whenComplete((outcome, never) -> conclude(admitted, running, outcome, writer));
        Outcome produced;
        try {
            produced = callWithinDeadline(admitted, prepared, running, writer);
        } catch (RuntimeException defect) {
            produced = new Outcome.Failed(defect);
        }
        // Before the answer goes out, so that who has it can send the next task at once.
        place.close();
        execution.settle(produced);
    }

    private void conclude(Admitted admitted, RunningTask running, Outcome outcome, @Nullable EventWriter writer) {
        try {
            running.ended(settlement.ended(admitted, outcome, writer));
        } catch (RuntimeException defect) {
            settlement.broken(admitted, defect);
        } finally {
            tasks.end(running);
        }
    }

    private Outcome callWithinDeadline(
            Admitted admitted, Prepared prepared, RunningTask running, @Nullable EventWriter writer) {
        Execution execution = running.execution();
        ScheduledFuture<?> expiry = endAtDeadline(execution, prepared, admitted);
        try {
            if (writer == null) {
                admitted.carrier().onGone(() -> abandonWhole(admitted, execution));
            } else {
                accept(admitted, running, writer);
            }
            return call(admitted, prepared, execution, writer != null);
        } finally {
            expiry.cancel(false);
        }
    }

    /** What listeners open at the beginning they close at the end, so both are told whatever happens. */
    private Outcome call(Admitted admitted, Prepared prepared, Execution execution, boolean streamed) {
        long began = nanos.getAsLong();
        settlement.started(admitted, streamed);
        try {
            traces.known(admitted.taskId()).ifPresent(execution::trace);
            return execution.call(prepared.match().handler());
        } finally {
            settlement.engineEnded(admitted, Duration.ofNanos(nanos.getAsLong() - began));
        }
    }

    private ScheduledFuture<?> endAtDeadline(Execution execution, Prepared prepared, Admitted admitted) {
        Duration limit = timeLimit(admitted);
        Runnable end = () -> execution.end(Ending.TIMED_OUT, timeout(limit));
        return timer.schedule(
                () -> onWorker(end), prepared.deadline().remaining().toNanos(), TimeUnit.NANOSECONDS);
    }

    /**
     * What ends tasks writes answers and calls foreign code, so it does not run on threads of timer or sockets, unless there is no other
     * left.
     */
    private void onWorker(Runnable action) {
        try {
            workers.execute(action);
        } catch (RejectedExecutionException e) {
            action.run();
        }
    }

    private static void abandonWhole(Admitted admitted, Execution execution) {
        if (!admitted.entry().isAwaited()) {
            execution.end(Ending.ABANDONED, abandoned());
        }
    }

    private static IicpException abandoned() {
        return Refusal.of(ErrorCode.TASK_CANCELLED, "the consumer of the task is gone");
    }

    private void accept(Admitted admitted, RunningTask running, EventWriter writer) {
        EventStream stream = admitted.carrier().accept(Carrier.Replay.FIRST);
        EventLog log = writer.log();
        log.whenAlone(() -> departed(running));
        EventDelivery delivery = streams.delivery();
        EventLog.Reader reader =
                log.lead(-1, delivery::wake).orElseThrow(() -> new IllegalStateException("a new log has no beginning"));
        // Now that it is led: who waits for it watches.
        admitted.entry().answer(new StoredReply.Events(log));
        admitted.carrier().onGone(delivery::gone);
        delivery.start(stream, reader);
        writer.accepted();
    }

    /**
     * Lets another consumer connection take the lead of a streamed task.
     *
     * @param after the last event it has, -1 for none
     * @return what delivers to it, once it is given a stream; empty when events after that are no longer kept
     */
    Optional<Attachment> attach(RunningTask running, long after) {
        EventLog log = running.log();
        if (log == null) {
            return Optional.empty();
        }
        EventDelivery delivery = streams.delivery();
        return log.lead(after, delivery::wake).map(reader -> new Attachment(delivery, reader));
    }

    /** A consumer connection that leads a stream and is not yet written to. */
    record Attachment(EventDelivery delivery, EventLog.Reader reader) {
        void start(EventStream stream) {
            delivery.start(stream, reader);
        }
    }

    /** The last consumer of a stream is gone: with a task key it may come back for a while, otherwise the task ends now. */
    private void departed(RunningTask running) {
        int departure = running.departed();
        Duration window = limits.reattachWindow();
        if (!running.isReattachable() || window.isZero()) {
            onWorker(() -> running.execution().end(Ending.ABANDONED, abandoned()));
            return;
        }
        try {
            timer.schedule(
                    () -> onWorker(() -> {
                        if (running.isStillAlone(departure)) {
                            running.execution().end(Ending.ABANDONED, abandoned());
                        }
                    }),
                    window.toNanos(),
                    TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            running.execution().end(Ending.ABANDONED, abandoned());
        }
    }
}
