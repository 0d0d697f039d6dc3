package network.iicp.cli;

import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/** Keeps a server running until the process is told to stop, then closes it before the process ends. */
final class RunUntilStopped {

    private RunUntilStopped() {}

    /**
     * Waits for Ctrl-C or a termination signal.
     *
     * @param server what to close; called once
     * @param err where to say so
     * @return the exit code
     */
    static int run(AutoCloseable server, PrintWriter err) {
        CountDownLatch closed = new CountDownLatch(1);
        AtomicBoolean once = new AtomicBoolean();
        Runnable stop = () -> {
            if (once.compareAndSet(false, true)) {
                try {
                    server.close();
                } catch (Exception e) {
                    err.println("ERROR: could not stop cleanly: " + e.getMessage());
                } finally {
                    closed.countDown();
                }
            }
        };
        Thread hook = new Thread(stop, "iicp-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            closed.await();
        } catch (InterruptedException e) {
            Runtime.getRuntime().removeShutdownHook(hook);
            stop.run();
            Thread.currentThread().interrupt();
        }
        return ExitCode.OK;
    }
}
