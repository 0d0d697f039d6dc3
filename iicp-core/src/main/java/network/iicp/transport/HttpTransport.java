package network.iicp.transport;

import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLContext;
import network.iicp.transport.internal.HeaderRules;
import org.jspecify.annotations.Nullable;

/**
 * Sends HTTP requests. One instance serves a whole client: connections are pooled and kept. HTTP/1.1, also over TLS, so that one
 * slow reader never holds up another answer; no redirects, no cookies, no content codings, no credentials of its own. Thread-safe.
 *
 * <p>Nothing is opened and no thread runs before the first call. {@link #close()} ends every thread and connection, also on Java 17.
 */
@SuppressWarnings(
        "FutureReturnValueIgnored") // whenComplete is used for its effect; the stage it returns carries nothing
public final class HttpTransport implements AutoCloseable {

    /** Longest wait for a connection, unless set: 5 s. */
    public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(5);

    private final Builder settings;
    private final Set<OutboundExchange> running = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Parts parts;
    private boolean closed;

    /** What exists after the first call. */
    private record Parts(
            OutboundExchange.Engine engine,
            ClosableHttpClient client,
            ScheduledThreadPoolExecutor timer,
            @Nullable ExecutorService ownExecutor) {}

    private HttpTransport(Builder settings) {
        this.settings = settings;
    }

    /** Returns a builder with the default settings. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Sends a request and reads the whole answer.
     *
     * @param call the request and its limits
     * @return the answer, whatever its status. Fails with {@link network.iicp.protocol.EndpointRefusedException} when the guard refuses the
     *     endpoint, {@link network.iicp.protocol.TransportException} when the peer cannot be reached or cuts the connection,
     *     {@link network.iicp.protocol.TaskTimeoutException} at the deadline or the idle limit,
     *     {@link network.iicp.protocol.ProtocolViolationException} when the answer is too large, coded or not HTTP, and
     *     {@link IllegalStateException} when the transport is closed. Cancelling it, or completing it otherwise, aborts the exchange
     *     and closes its connection; cancelling a stage that depends on it does not. Completes on a thread of the transport.
     */
    public CompletableFuture<HttpReply> exchange(HttpCall call) {
        CompletableFuture<HttpReply> result = new CompletableFuture<>();
        OutboundExchange exchange = begin(call);
        if (exchange == null) {
            return CompletableFuture.failedFuture(closedFailure());
        }
        abortWithFuture(result, exchange);
        exchange.start().whenComplete((head, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure);
                return;
            }
            WholeBody.of(exchange, call, head).whenComplete((body, broken) -> {
                if (broken != null) {
                    result.completeExceptionally(broken);
                } else {
                    result.complete(new HttpReply(head.status(), head.headers(), body, exchange.elapsed()));
                }
            });
        });
        return result;
    }

    /**
     * Sends a request whose answer may be a stream of events. Sets {@code Accept: text/event-stream} unless the call has its own.
     *
     * @param call the request and its limits
     * @return completes with the headers of the answer, whatever its status; fails and is cancelled like {@link #exchange}. Once complete,
     *     the {@link SseReply} is what to close.
     */
    public CompletableFuture<SseReply> openEvents(HttpCall call) {
        CompletableFuture<SseReply> result = new CompletableFuture<>();
        HttpCall asking = accepting(call);
        OutboundExchange exchange = begin(asking);
        if (exchange == null) {
            return CompletableFuture.failedFuture(closedFailure());
        }
        abortWithFuture(result, exchange);
        exchange.start().whenComplete((head, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure);
                return;
            }
            SseReply reply = new SseReply(exchange, asking, head);
            if (!result.complete(reply)) {
                reply.close();
            }
        });
        return result;
    }

    private static HttpCall accepting(HttpCall call) {
        boolean set = call.headers().keySet().stream().anyMatch(name -> name.equalsIgnoreCase("accept"));
        if (set) {
            return call;
        }
        HttpCall.Builder builder = HttpCall.request(call.method(), call.uri())
                .headers(call.headers())
                .header("Accept", "text/event-stream")
                .deadline(call.deadline())
                .connect(call.connect())
                .idle(call.idle())
                .maxBytes(call.maxBytes())
                .guard(call.guard());
        return builder.bytes(call.body()).build();
    }

    /** A future that is completed from outside, cancelled above all, takes its exchange with it. */
    static void abortWithFuture(CompletableFuture<?> future, OutboundExchange exchange) {
        future.whenComplete((value, failure) -> {
            if (failure != null) {
                exchange.abort(TransportFaults.cancelled("the call was cancelled"));
            }
        });
    }

    private @Nullable OutboundExchange begin(HttpCall call) {
        Objects.requireNonNull(call, "call");
        lock.lock();
        try {
            if (closed) {
                return null;
            }
            if (parts == null) {
                parts = create();
            }
            OutboundExchange.Engine engine = parts.engine();
            OutboundExchange[] self = new OutboundExchange[1];
            self[0] = new OutboundExchange(engine, call, () -> running.remove(self[0]));
            running.add(self[0]);
            return self[0];
        } finally {
            lock.unlock();
        }
    }

    private static IllegalStateException closedFailure() {
        return new IllegalStateException("the transport is closed");
    }

    private Parts create() {
        ExecutorService own = settings.executor == null ? WorkerThreads.unbounded("iicp-http-") : null;
        Executor executor = own == null ? Objects.requireNonNull(settings.executor) : own;
        boolean waits = own != null || settings.threadsMayWait;
        ScheduledThreadPoolExecutor timer =
                new ScheduledThreadPoolExecutor(1, WorkerThreads.daemonThreads("iicp-http-timer-"));
        timer.setRemoveOnCancelPolicy(true);
        ClosableHttpClient client = ClosableHttpClient.create(() -> newClient(executor));
        OutboundExchange.Engine engine = new OutboundExchange.Engine(
                new RequestSender(client.client(), executor, waits && RequestSender.threadForEachAnswer()),
                executor,
                timer,
                settings.nanoClock,
                settings.userAgent);
        return new Parts(engine, client, timer, own);
    }

    private HttpClient newClient(Executor executor) {
        HttpClient.Builder client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(settings.connectTimeout)
                .executor(executor);
        if (settings.sslContext != null) {
            client.sslContext(settings.sslContext);
        }
        if (settings.proxy != null) {
            client.proxy(settings.proxy);
        }
        return client.build();
    }

    /** Returns how many exchanges are under way, event streams included. */
    public int runningExchanges() {
        return running.size();
    }

    /** Aborts every exchange under way and closes every connection. Does nothing when closed already. */
    @Override
    public void close() {
        Parts closing;
        lock.lock();
        try {
            closed = true;
            closing = parts;
            parts = null;
        } finally {
            lock.unlock();
        }
        if (closing == null) {
            return;
        }
        running.forEach(exchange -> exchange.abort(TransportFaults.cancelled("the transport was closed")));
        closing.client().close();
        closing.timer().shutdownNow();
        if (closing.ownExecutor() != null) {
            closing.ownExecutor().shutdown();
        }
    }

    /** Collects settings; not thread-safe. */
    public static final class Builder {

        private Duration connectTimeout = DEFAULT_CONNECT_TIMEOUT;
        private String userAgent = "iicp-java/" + version();
        private @Nullable SSLContext sslContext;
        private @Nullable Executor executor;
        private boolean threadsMayWait;
        private @Nullable ProxySelector proxy;
        private LongSupplier nanoClock = System::nanoTime;

        private Builder() {}

        private Builder(Builder from) {
            connectTimeout = from.connectTimeout;
            userAgent = from.userAgent;
            sslContext = from.sslContext;
            executor = from.executor;
            threadsMayWait = from.threadsMayWait;
            proxy = from.proxy;
            nanoClock = from.nanoClock;
        }

        private static String version() {
            String version = HttpTransport.class.getPackage().getImplementationVersion();
            return version == null ? "dev" : version;
        }

        /**
         * Sets the longest wait for a connection.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder connectTimeout(Duration limit) {
            if (limit.isZero() || limit.isNegative()) {
                throw new IllegalArgumentException("connectTimeout (%s) is not positive".formatted(limit));
            }
            connectTimeout = limit;
            return this;
        }

        /**
         * Sets the {@code User-Agent}.
         *
         * @throws IllegalArgumentException if a header cannot carry it
         */
        public Builder userAgent(String value) {
            HeaderRules.check("User-Agent", value);
            userAgent = value;
            return this;
        }

        /** Sets the trust and keys of TLS; unless set, those of the JVM. */
        public Builder sslContext(SSLContext context) {
            sslContext = Objects.requireNonNull(context, "context");
            return this;
        }

        /** Sets where answers are processed and futures complete; unless set, threads of its own. Not shut down by {@link #close()}. */
        public Builder executor(Executor value) {
            executor = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Like {@link #executor}, with an executor that always has one more thread, as {@link WorkerThreads#unbounded} does: requests may wait on
         * its threads, which makes short ones cheaper where the JDK would start a thread for every answer.
         */
        public Builder unboundedExecutor(Executor value) {
            threadsMayWait = true;
            return executor(value);
        }

        /** Sets the proxies; unless set, those of the JVM's system properties. The guard's check of addresses cannot see behind a proxy. */
        public Builder proxy(ProxySelector selector) {
            proxy = Objects.requireNonNull(selector, "selector");
            return this;
        }

        /** Sets the clock of idle limits and elapsed times, in nanoseconds. */
        public Builder nanoClock(LongSupplier clock) {
            nanoClock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /** Returns a transport. */
        public HttpTransport build() {
            return new HttpTransport(new Builder(this));
        }
    }
}
