package network.iicp.transport.internal;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Runs callbacks of others on the worker threads. */
final class Workers {

    private Workers() {}

    /** Runs the task on a worker, or here when there is none left: a callback is late or on the wrong thread, but never lost. */
    static void run(Executor workers, Runnable task) {
        try {
            workers.execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }
}
