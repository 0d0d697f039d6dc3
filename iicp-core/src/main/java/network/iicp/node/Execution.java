package network.iicp.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Task;
import network.iicp.spi.TaskContext;
import network.iicp.spi.TaskHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One task in the hands of its handler. It ends once: with what the handler returns or throws, or before that, when it is cancelled, runs
 * out of time, loses its consumer or the node stops. Whoever ends it early runs the handler's cancel actions and interrupts its thread;
 * what the handler still produces afterwards is dropped. Thread-safe.
 */
final class Execution implements TaskContext {

    private static final Logger log = LoggerFactory.getLogger(Execution.class);

    private final Task task;
    private final Deadline deadline;
    private volatile String traceparent;
    private final @Nullable EventWriter events;
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    private final ReentrantLock lock = new ReentrantLock();
    private List<Runnable> cancelActions = new ArrayList<>(2);
    private @Nullable Thread runner;
    private boolean ended;
    private boolean endedEarly;

    /** How the task ended. */
    sealed interface Outcome {
        /** The handler returned. */
        record Result(Object value) implements Outcome {}

        /** The handler threw. */
        record Failed(Throwable failure) implements Outcome {}

        /** Somebody else ended it. */
        record EndedEarly(Ending how, IicpException reason) implements Outcome {}
    }

    /** Who or what ends a task early. */
    enum Ending {
        /** Its consumer, or the operator, said so. */
        CANCELLED,
        /** Its time is up. */
        TIMED_OUT,
        /** Nobody waits for it any more. */
        ABANDONED,
        /** The node stops. */
        STOPPED
    }

    Execution(Task task, Deadline deadline, String traceparent, @Nullable EventWriter events) {
        this.task = task;
        this.deadline = deadline;
        this.traceparent = traceparent;
        this.events = events;
    }

    /** From here on the engine is told this trace. */
    void trace(String known) {
        traceparent = known;
    }

    /**
     * Calls the handler on this thread.
     *
     * @return what came of it; not yet the outcome, see {@link #settle}
     */
    Outcome call(TaskHandler handler) {
        if (!begin()) {
            return new Outcome.Failed(new InterruptedException("the task ended before it began"));
        }
        try {
            Object value = handler.handle(this);
            return value == null
                    ? new Outcome.Failed(Refusal.of(ErrorCode.BACKEND_ERROR, "the handler returned nothing"))
                    : new Outcome.Result(value);
        } catch (Throwable failure) {
            return new Outcome.Failed(failure);
        } finally {
            finishRunning();
        }
    }

    private boolean begin() {
        lock.lock();
        try {
            if (!ended) {
                runner = Thread.currentThread();
            }
            return !ended;
        } finally {
            lock.unlock();
        }
    }

    private void finishRunning() {
        lock.lock();
        try {
            runner = null;
        } finally {
            lock.unlock();
        }
        // An interrupt was meant for the handler, not for what this thread does next.
        Thread.interrupted();
    }

    /** Makes what the handler produced the outcome, unless the task ended before. */
    void settle(Outcome produced) {
        lock.lock();
        try {
            if (ended) {
                return;
            }
            ended = true;
            cancelActions = List.of();
        } finally {
            lock.unlock();
        }
        outcome.complete(produced);
    }

    /**
     * Ends the task before its handler does.
     *
     * @param how who or what ends it
     * @param reason what the consumer is told
     * @return whether this call ended it
     */
    boolean end(Ending how, IicpException reason) {
        List<Runnable> actions;
        lock.lock();
        try {
            if (ended) {
                return false;
            }
            ended = true;
            endedEarly = true;
            actions = cancelActions;
            cancelActions = List.of();
            Thread busy = runner;
            if (busy != null) {
                // Under the lock, so that the interrupt cannot hit the next task of this thread.
                busy.interrupt();
            }
        } finally {
            lock.unlock();
        }
        EventWriter writer = events;
        if (writer != null) {
            writer.closeForHandler();
        }
        outcome.complete(new Outcome.EndedEarly(how, reason));
        actions.forEach(this::runSafely);
        return true;
    }

    private void runSafely(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            log.warn(
                    "a cancel action of task {} failed: {}",
                    task.id(),
                    e.getClass().getName());
        }
    }

    /** Returns the future of how the task ends. */
    CompletableFuture<Outcome> outcome() {
        return outcome;
    }

    @Override
    public Task task() {
        return task;
    }

    @Override
    public Deadline deadline() {
        return deadline;
    }

    @Override
    public boolean isStreaming() {
        return events != null;
    }

    @Override
    public void emit(Map<String, Object> part) throws InterruptedException {
        EventWriter writer = events;
        if (writer == null) {
            throw new IllegalStateException("the consumer of this task does not take parts; see isStreaming()");
        }
        if (isEnded()) {
            throw new InterruptedException("the task has ended");
        }
        writer.partial(part);
    }

    private boolean isEnded() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean isCancelled() {
        lock.lock();
        try {
            return endedEarly;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onCancel(Runnable action) {
        boolean now;
        lock.lock();
        try {
            now = endedEarly;
            if (!ended) {
                cancelActions.add(action);
            }
        } finally {
            lock.unlock();
        }
        if (now) {
            runSafely(action);
        }
    }

    @Override
    public String traceparent() {
        return traceparent;
    }
}
