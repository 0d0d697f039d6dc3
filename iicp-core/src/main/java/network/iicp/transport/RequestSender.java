package network.iicp.transport;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gives requests to the JDK's client, in one of two ways.
 *
 * <p>The usual one holds no thread. But the JDK hands every asynchronous answer to the common pool, and on a machine of one or two
 * processors, where that pool is not used, it starts a new thread for each answer; that costs more than the whole rest of a short call. There
 * a pooled thread waits for the headers instead, for up to {@value #MOST_WAITING} requests at a time; what is beyond that goes the usual way.
 *
 * <p>Either way the headers arrive through the body handler, on a thread of the executor. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class RequestSender {

    static final int MOST_WAITING = 64;

    private final HttpClient client;
    private final Executor executor;
    private final boolean waits;
    private final AtomicInteger waiting = new AtomicInteger();

    /**
     * @param executor the client's
     * @param waits whether threads may wait; they must not when the executor has a limited number of them
     */
    RequestSender(HttpClient client, Executor executor, boolean waits) {
        this.client = client;
        this.executor = executor;
        this.waits = waits;
    }

    /** Returns whether the JDK starts a thread for every asynchronous answer. */
    static boolean threadForEachAnswer() {
        return ForkJoinPool.getCommonPoolParallelism() <= 1;
    }

    /** A request that is ready to be sent. */
    interface Sending {
        /**
         * Sends it. Called once.
         *
         * @param onWorker whether the calling thread is one of the executor and may wait
         */
        void start(boolean onWorker);

        /** Cancels it, before or after the start; its connection is closed. */
        void cancel();
    }

    /**
     * Prepares a request.
     *
     * @param handler is told the headers
     * @param failed is told, at most once, why no headers came or what the handler threw
     */
    <T> Sending prepare(HttpRequest request, BodyHandler<T> handler, Consumer<Throwable> failed) {
        if (waits && waiting.getAndUpdate(now -> Math.min(MOST_WAITING, now + 1)) < MOST_WAITING) {
            return new Waiting(
                    () -> {
                        try {
                            client.send(request, handler);
                        } catch (Exception e) {
                            failed.accept(e);
                        }
                        return null;
                    },
                    failed);
        }
        return new Asynchronous<>(request, handler, failed);
    }

    private final class Asynchronous<T> implements Sending {

        private final HttpRequest request;
        private final BodyHandler<T> handler;
        private final Consumer<Throwable> failed;
        private volatile @Nullable CompletableFuture<HttpResponse<T>> sent;
        private volatile boolean cancelled;

        Asynchronous(HttpRequest request, BodyHandler<T> handler, Consumer<Throwable> failed) {
            this.request = request;
            this.handler = handler;
            this.failed = failed;
        }

        @Override
        public void start(boolean onWorker) {
            CompletableFuture<HttpResponse<T>> sending = client.sendAsync(request, handler);
            sent = sending;
            sending.whenComplete((answer, thrown) -> {
                if (thrown != null) {
                    failed.accept(thrown);
                }
            });
            if (cancelled) {
                sending.cancel(true);
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            CompletableFuture<HttpResponse<T>> sending = sent;
            if (sending != null) {
                sending.cancel(true);
            }
        }
    }

    private final class Waiting extends FutureTask<@Nullable Void> implements Sending {

        private final Consumer<Throwable> failed;

        Waiting(Callable<@Nullable Void> send, Consumer<Throwable> failed) {
            super(send);
            this.failed = failed;
        }

        @Override
        public void start(boolean onWorker) {
            if (onWorker) {
                run();
                return;
            }
            try {
                executor.execute(this);
            } catch (RejectedExecutionException e) {
                cancel(false);
                failed.accept(e);
            }
        }

        /** The interrupt makes the JDK cancel the exchange. */
        @Override
        public void cancel() {
            cancel(true);
        }

        @Override
        protected void done() {
            waiting.decrementAndGet();
        }
    }
}
