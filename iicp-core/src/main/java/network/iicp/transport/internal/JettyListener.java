package network.iicp.transport.internal;

import java.net.BindException;
import java.net.Inet6Address;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import network.iicp.transport.HttpHandler;
import network.iicp.transport.HttpListener;
import network.iicp.transport.ListenerSettings;
import network.iicp.transport.ListenerStartException;
import network.iicp.transport.RequestRefusedException;
import network.iicp.transport.WorkerThreads;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link HttpListener} on Jetty's core handlers: its few threads only move bytes, handlers run on workers. */
public final class JettyListener implements HttpListener {

    private static final Logger log = LoggerFactory.getLogger(JettyListener.class);

    private static final String TLS_13 = "TLSv1.3";
    private static final String TLS_12 = "TLSv1.2";
    private static final int MIN_THREADS = 4;
    private static final int MAX_THREADS = 16;
    private static final Duration WORKERS_END = Duration.ofSeconds(1);

    private enum State {
        NEW,
        RUNNING,
        STOPPING,
        STOPPED
    }

    private final ListenerSettings settings;
    private final HttpHandler handler;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private State state = State.NEW;
    private int running;
    private @Nullable Parts parts;

    /** What exists while the listener runs. */
    private record Parts(Server server, ServerConnector connector, ExecutorService workers, SlowRequests slow) {}

    /**
     * Creates a listener that is not started.
     *
     * @param settings where to listen and with which limits
     * @param handler what answers the requests
     */
    public JettyListener(ListenerSettings settings, HttpHandler handler) {
        this.settings = settings;
        this.handler = handler;
    }

    @Override
    public void start() {
        lock.lock();
        try {
            if (state != State.NEW) {
                throw new IllegalStateException("a listener is started once; create a new one");
            }
            state = State.RUNNING;
        } finally {
            lock.unlock();
        }
        Parts created = create();
        try {
            created.connector().open();
            created.server().start();
        } catch (Exception e) {
            discard(created);
            setStopped();
            throw startFailure(e);
        }
        if (!publish(created)) {
            discard(created);
            setStopped();
            throw new IllegalStateException("the listener was stopped while it started");
        }
        created.slow().start();
        log.info("listening on {}:{}", settings.host(), created.connector().getLocalPort());
    }

    /** Returns whether the listener may run; not when it was stopped meanwhile. */
    private boolean publish(Parts created) {
        lock.lock();
        try {
            parts = created;
            return state == State.RUNNING;
        } finally {
            lock.unlock();
        }
    }

    private Parts create() {
        String name = "iicp-listener-" + (settings.port() == 0 ? "any" : settings.port());
        QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, MIN_THREADS);
        threads.setName(name);
        threads.setDaemon(true);
        ScheduledExecutorScheduler scheduler = new ScheduledExecutorScheduler(name + "-timer", true);
        Server server = new Server(threads, scheduler, null);
        server.setStopTimeout(0);
        server.setErrorHandler(new JsonErrors());
        ServerConnector connector = new ServerConnector(server, null, null, null, 1, -1, connectionFactories());
        connector.setHost(bindHost());
        connector.setPort(settings.port());
        connector.setIdleTimeout(settings.idle().toMillis());
        connector.setShutdownIdleTimeout(-1);
        connector.setAcceptQueueSize(Math.min(settings.maxConnections(), 512));
        server.addConnector(connector);
        server.addBean(new NetworkConnectionLimit(settings.maxConnections(), connector));
        SlowRequests slow = new SlowRequests(connector, scheduler, settings, handler);
        connector.addBean(slow);
        // One connection has one exchange: its handler, one completion and one disconnect callback at a time.
        ExecutorService workers = WorkerThreads.perTask(name + "-worker-", 3 * settings.maxConnections() + 8);
        server.setHandler(new Entrance(workers, slow));
        return new Parts(server, connector, workers, slow);
    }

    private ConnectionFactory[] connectionFactories() {
        HttpConfiguration http = new HttpConfiguration();
        http.setRequestHeaderSize(settings.maxHeaderBytes());
        http.setSendServerVersion(false);
        http.setSendXPoweredBy(false);
        HttpConnectionFactory cleartext = new HttpConnectionFactory(http);
        if (settings.tls() == null) {
            return new ConnectionFactory[] {cleartext};
        }
        // There is one certificate for everyone: which name a client calls it by is for the client to check, and a
        // proxy may use another.
        http.addCustomizer(new SecureRequestCustomizer(false));
        SslContextFactory.Server tls = new SslContextFactory.Server();
        tls.setSslContext(settings.tls());
        tls.setIncludeProtocols(settings.tls12() ? new String[] {TLS_13, TLS_12} : new String[] {TLS_13});
        return new ConnectionFactory[] {new SslConnectionFactory(tls, cleartext.getProtocol()), cleartext};
    }

    private String bindHost() {
        String host = settings.host();
        return host.equals("::") && !hasIpv6() ? "0.0.0.0" : host;
    }

    private static boolean hasIpv6() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .anyMatch(Inet6Address.class::isInstance);
        } catch (SocketException e) {
            return true;
        }
    }

    private ListenerStartException startFailure(Exception failure) {
        String host = settings.host();
        String where = (host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + settings.port();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException) {
                return startFailure(where + " cannot be bound: the host name does not resolve", false, failure);
            }
            if (cause instanceof BindException) {
                String reason = String.valueOf(cause.getMessage());
                boolean inUse = reason.contains("in use");
                String advice = inUse
                        ? where + " is in use by another process; choose another port, or 0 for a free one"
                        : where + " cannot be bound: " + reason
                                + "; choose an address of this machine and a port you may use";
                return startFailure(advice, inUse, failure);
            }
        }
        return startFailure(where + " cannot be bound: " + failure.getMessage(), false, failure);
    }

    private ListenerStartException startFailure(String message, boolean inUse, Exception cause) {
        return new ListenerStartException(message, settings.host(), settings.port(), inUse, cause);
    }

    @Override
    public int port() {
        return running().connector().getLocalPort();
    }

    private Parts running() {
        lock.lock();
        try {
            if (parts == null) {
                throw new IllegalStateException("the listener is not running");
            }
            return parts;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String host() {
        return settings.host();
    }

    @Override
    public int openConnections() {
        lock.lock();
        try {
            return parts == null ? 0 : parts.connector().getConnectedEndPoints().size();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int runningExchanges() {
        lock.lock();
        try {
            return running;
        } finally {
            lock.unlock();
        }
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // Jetty's future waits for connections, this waits for exchanges
    public void stop(Duration grace) {
        Parts stopping;
        lock.lock();
        try {
            if (state == State.NEW) {
                state = State.STOPPED;
            }
            if (state != State.RUNNING) {
                return;
            }
            state = State.STOPPING;
            if (parts == null) {
                // Another thread is starting it, and will find this.
                return;
            }
            stopping = parts;
        } finally {
            lock.unlock();
        }
        stopping.connector().shutdown();
        stopping.connector().close();
        stopping.slow().closeIdle();
        int cut = awaitIdle(grace);
        if (cut > 0) {
            log.info("{}:{} stops with {} exchanges cut", settings.host(), settings.port(), cut);
        }
        discard(stopping);
        setStopped();
    }

    /** Returns how many exchanges are still running at the end of the wait. */
    private int awaitIdle(Duration grace) {
        long left = grace.toNanos();
        lock.lock();
        try {
            while (running > 0 && left > 0) {
                left = idle.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        return runningExchanges();
    }

    private static void discard(Parts stopping) {
        stopping.slow().stop();
        try {
            stopping.server().stop();
        } catch (Exception e) {
            log.warn("a listener did not stop cleanly", e);
        }
        stopping.server().destroy();
        stopping.workers().shutdown();
        try {
            if (!stopping.workers().awaitTermination(WORKERS_END.toMillis(), TimeUnit.MILLISECONDS)) {
                stopping.workers().shutdownNow();
            }
        } catch (InterruptedException e) {
            stopping.workers().shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private void setStopped() {
        lock.lock();
        try {
            state = State.STOPPED;
            parts = null;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        stop(Duration.ZERO);
    }

    private boolean begin() {
        lock.lock();
        try {
            running++;
            return state == State.RUNNING;
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        lock.lock();
        try {
            running--;
            if (running == 0) {
                idle.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Where Jetty hands over a request whose headers are complete. */
    private final class Entrance extends Handler.Abstract.NonBlocking {

        private final ExecutorService workers;
        private final SlowRequests slow;

        Entrance(ExecutorService workers, SlowRequests slow) {
            this.workers = workers;
            this.slow = slow;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            boolean accepted = begin();
            Object connection = request.getConnectionMetaData();
            slow.exchangeBegan(connection);
            Request.addCompletionListener(request, failure -> {
                slow.exchangeEnded(connection);
                end();
            });
            if (!accepted) {
                writeRefusal(request, response, callback, Refusals.stopping());
                return true;
            }
            try {
                dispatch(new JettyExchange(
                        request,
                        response,
                        callback,
                        settings,
                        workers,
                        request.getComponents().getScheduler()));
            } catch (RequestRefusedException refusal) {
                writeRefusal(request, response, callback, refusal);
            }
            return true;
        }

        private void dispatch(JettyExchange exchange) {
            try {
                workers.execute(() -> exchange.run(handler));
            } catch (RejectedExecutionException e) {
                exchange.refuse(Refusals.busy());
            }
        }
    }

    private void writeRefusal(Request request, Response response, Callback callback, RequestRefusedException refusal) {
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        response.setStatus(refusal.status());
        handler.headersOfRefusals(origin)
                .forEach((name, value) -> response.getHeaders().put(name, value));
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.getHeaders().put(HttpHeader.CONNECTION, "close");
        response.write(true, ByteBuffer.wrap(Refusals.json(refusal)), callback);
    }

    /** Every error that Jetty answers itself: malformed requests and what went wrong without an answer. */
    private final class JsonErrors implements Request.Handler {

        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            writeRefusal(request, response, callback, Refusals.of(response.getStatus(), reason(request)));
            return true;
        }

        private static String reason(Request request) {
            boolean overflow = request.getAttribute(ErrorHandler.ERROR_EXCEPTION) instanceof Throwable failure
                    && failure.getCause() instanceof ArithmeticException;
            // The only number of a head is the length of the body.
            return overflow ? "Content-Length" : String.valueOf(request.getAttribute(ErrorHandler.ERROR_MESSAGE));
        }
    }
}
