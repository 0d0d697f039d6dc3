package network.iicp.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import network.iicp.transport.WorkerThreads;

/**
 * The clock and the threads of the calls of one consumer. Whatever is due, or follows from something that several calls wait for, runs on a
 * worker of its own: it may end in code of the application, and that may block. Thread-safe.
 */
final class CallTimer {

    private final ScheduledThreadPoolExecutor clock;
    private final Executor workers;

    /**
     * Creates a timer; no thread is started yet.
     *
     * @param workers gives every task a thread of its own
     */
    CallTimer(Executor workers) {
        this.workers = workers;
        this.clock = new ScheduledThreadPoolExecutor(1, WorkerThreads.daemonThreads("iicp-client-timer"));
        clock.setRemoveOnCancelPolicy(true);
        clock.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /**
     * Runs a step on a worker when its time has come.
     *
     * @return cancels the step while it is not due
     * @throws RejectedExecutionException if the timer is closed
     */
    ScheduledFuture<?> schedule(Runnable step, long delay, TimeUnit unit) {
        return clock.schedule(() -> workers.execute(step), delay, unit);
    }

    /** Runs a step on a worker when its time has come; see {@link #schedule(Runnable, long, TimeUnit)}. */
    ScheduledFuture<?> schedule(Runnable step, Duration delay) {
        return schedule(step, delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Returns a future that does not run what depends on it on the thread that completes the given one for several callers. */
    <T> CompletableFuture<T> apart(CompletableFuture<T> shared) {
        return shared.isDone() ? shared : shared.whenCompleteAsync((value, fault) -> {}, workers);
    }

    /** Ends the clock; what is not due yet never runs. */
    void close() {
        clock.shutdownNow();
    }
}
