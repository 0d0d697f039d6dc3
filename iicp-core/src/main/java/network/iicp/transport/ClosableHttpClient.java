package network.iicp.transport;

import java.lang.reflect.Method;
import java.net.http.HttpClient;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP client of the JDK that can be closed. Java 21 has {@code shutdownNow()} for that. Before, the client ends only some time after
 * the garbage collector found it; its selector thread does end, and closes every connection, when it is interrupted. That thread has
 * no public handle, so it is started in a thread group of its own, which can be interrupted.
 *
 * @param client the client
 * @param threads the group of its selector thread
 */
record ClosableHttpClient(HttpClient client, ThreadGroup threads) {

    private static final @Nullable Method SHUTDOWN_NOW = shutdownNow();

    static ClosableHttpClient create(Supplier<HttpClient> factory) {
        ThreadGroup group = new ThreadGroup("iicp-http");
        FutureTask<HttpClient> creation = new FutureTask<>(factory::get);
        Thread creator = new Thread(group, creation, "iicp-http-start", 0, false);
        creator.setDaemon(true);
        creator.start();
        return new ClosableHttpClient(result(creation), group);
    }

    private static HttpClient result(FutureTask<HttpClient> creation) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return creation.get();
                } catch (InterruptedException e) {
                    // Creating a client does not block; the interrupt is for the caller's next wait.
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("the HTTP client of the JDK cannot be created", e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    void close() {
        if (SHUTDOWN_NOW != null) {
            try {
                SHUTDOWN_NOW.invoke(client);
                return;
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("the HTTP client of the JDK cannot be closed", e);
            }
        }
        threads.interrupt();
    }

    private static @Nullable Method shutdownNow() {
        try {
            return HttpClient.class.getMethod("shutdownNow");
        } catch (NoSuchMethodException e) {
            return null;
        }
    }
}
