package network.iicp.transport.internal;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import network.iicp.transport.ClientGoneException;
import network.iicp.transport.EventStream;
import network.iicp.transport.HttpHandler;
import network.iicp.transport.ListenerSettings;
import network.iicp.transport.RequestRefusedException;
import network.iicp.transport.ServerExchange;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One exchange on Jetty. Jetty's request, response and callback are used until the callback is completed, which happens exactly once
 * and last: after the answer is written and the rest of the request is off the connection, or after the connection broke.
 */
final class JettyExchange implements ServerExchange {

    private static final Logger log = LoggerFactory.getLogger(JettyExchange.class);

    private final Request request;
    private final Response response;
    private final Callback callback;
    private final Executor workers;
    private final RequestTarget target;
    private final Map<String, List<String>> headers;
    private final InetSocketAddress remote;
    private final boolean secure;
    private final RequestBody body;
    private final Connection.UpgradeTo connection;
    private final AnswerWrites writes;
    private final DisconnectWatch watch;
    private final long startNanos = System.nanoTime();
    private final ListenerSettings settings;
    private final Scheduler scheduler;

    private final AtomicBoolean answered = new AtomicBoolean();
    private final AtomicBoolean finished = new AtomicBoolean();
    private final ReentrantLock lock = new ReentrantLock();
    private List<Runnable> onDisconnect = new ArrayList<>(1);
    private boolean complete;
    private @Nullable ClientGoneException gone;
    private volatile @Nullable JettyEventStream events;
    private volatile Scheduler.@Nullable Task readerTimer;

    /**
     * Wraps a request.
     *
     * @throws RequestRefusedException if its target is malformed
     */
    JettyExchange(
            Request request,
            Response response,
            Callback callback,
            ListenerSettings settings,
            Executor workers,
            Scheduler scheduler) {
        this.request = request;
        this.response = response;
        this.callback = callback;
        this.workers = workers;
        this.settings = settings;
        this.scheduler = scheduler;
        this.target = RequestTarget.of(
                request.getHttpURI().getPath(), request.getHttpURI().getQuery());
        this.headers = copyOfHeaders(request);
        this.remote = remoteOf(request);
        Connection carrying = request.getConnectionMetaData().getConnection();
        // Jetty's HTTP/1.1 connection takes bytes that were read on its behalf by this interface.
        this.connection = (Connection.UpgradeTo) carrying;
        AbstractEndPoint endPoint = (AbstractEndPoint) carrying.getEndPoint();
        this.secure = endPoint.getSslSessionData() != null;
        this.writes = new AnswerWrites(response, callback, endPoint);
        this.watch = new DisconnectWatch(endPoint, () -> gone("the client closed the connection", null));
        this.body = new RequestBody(request, settings, scheduler, workers, this::watchIfAsked);
        request.addIdleTimeoutListener(timeout -> isOverdue());
        request.addFailureListener(this::connectionFailed);
    }

    private static Map<String, List<String>> copyOfHeaders(Request request) {
        Map<String, List<String>> all = new LinkedHashMap<>();
        for (HttpField field : request.getHeaders()) {
            String value = field.getValue();
            all.computeIfAbsent(field.getName(), name -> new ArrayList<>(1)).add(value == null ? "" : value);
        }
        return HeaderRules.lowerCase(all);
    }

    private static InetSocketAddress remoteOf(Request request) {
        SocketAddress address = request.getConnectionMetaData().getRemoteSocketAddress();
        return address instanceof InetSocketAddress inet ? inet : InetSocketAddress.createUnresolved("unknown", 0);
    }

    /** Calls the handler on this thread and answers for it when it throws. */
    void run(HttpHandler handler) {
        try {
            handler.handle(this);
        } catch (Throwable t) {
            thrown(t);
            if (t instanceof Error error) {
                throw error;
            }
        }
    }

    private void thrown(Throwable thrown) {
        Throwable cause = unwrapped(thrown);
        if (cause instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        if (cause instanceof ClientGoneException) {
            log.debug("{} {} was not answered: {}", method(), path(), cause.getMessage());
        } else if (!(cause instanceof RequestRefusedException)) {
            log.warn("the handler of {} {} failed", method(), path(), cause);
        }
        if (events != null) {
            broken(new ClientGoneException("the handler failed after the stream had begun", cause));
        } else {
            refuse(cause instanceof RequestRefusedException refusal ? refusal : Refusals.internal());
        }
    }

    private static Throwable unwrapped(Throwable thrown) {
        Throwable cause = thrown;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    @Override
    public String method() {
        return request.getMethod();
    }

    @Override
    public String path() {
        return target.path();
    }

    @Override
    public String rawPath() {
        return target.rawPath();
    }

    @Override
    public Optional<String> query(String name) {
        List<String> values = target.query().get(name);
        return values == null ? Optional.empty() : Optional.of(values.get(0));
    }

    @Override
    public Map<String, List<String>> query() {
        return target.query();
    }

    @Override
    public Optional<String> header(String name) {
        List<String> values = headers.get(name.toLowerCase(Locale.ROOT));
        return values == null ? Optional.empty() : Optional.of(values.get(0));
    }

    @Override
    public Map<String, List<String>> headers() {
        return headers;
    }

    @Override
    public InetSocketAddress remote() {
        return remote;
    }

    @Override
    public boolean secure() {
        return secure;
    }

    @Override
    public CompletableFuture<byte[]> body() {
        return body.whole();
    }

    @Override
    public void respond(int status, Map<String, String> answerHeaders, byte[] bytes) {
        if (status < 200 || status > 599) {
            throw new IllegalArgumentException("status %d is not in 200..599".formatted(status));
        }
        answerHeaders.forEach(JettyExchange::checkHeader);
        if (!answered.compareAndSet(false, true)) {
            log.debug("{} {} is answered already; the answer {} is dropped", method(), path(), status);
            return;
        }
        setHead(status, answerHeaders);
        ByteBuffer content = status == 204 || status == 304 ? null : ByteBuffer.wrap(bytes);
        Callback whenWritten = Callback.from(
                Invocable.InvocationType.NON_BLOCKING,
                this::written,
                failure -> broken(new ClientGoneException("the answer could not be written", failure)));
        unwatched(() -> writes.write(true, content, whenWritten));
        if (!finished.get()) {
            watchReader(bytes.length);
        }
    }

    /** The idle time begins again with every byte a client takes; this is for one that takes them one by one. */
    private void watchReader(int bytes) {
        ClientGoneException tooSlow = new ClientGoneException("the client takes the answer too slowly", null);
        readerTimer = scheduler.schedule(() -> broken(tooSlow), settings.transferLimit(bytes));
        if (finished.get()) {
            cancelReaderTimer();
        }
    }

    private void cancelReaderTimer() {
        Scheduler.Task timer = readerTimer;
        if (timer != null) {
            timer.cancel();
        }
    }

    @Override
    public EventStream startEvents(Map<String, String> answerHeaders) {
        answerHeaders.forEach(JettyExchange::checkHeader);
        if (!answered.compareAndSet(false, true)) {
            throw new IllegalStateException("%s %s is answered already".formatted(method(), path()));
        }
        Map<String, String> all = new LinkedHashMap<>(answerHeaders);
        all.put("Content-Type", "text/event-stream");
        all.put("Cache-Control", "no-store");
        all.put("X-Accel-Buffering", "no");
        setHead(200, all);
        JettyEventStream stream = new JettyEventStream(writes, workers, scheduler, this);
        events = stream;
        ClientGoneException already = whyGone();
        if (already != null) {
            stream.cut(already);
            broken(already);
        } else {
            stream.begin();
            watchIfAsked();
        }
        return stream;
    }

    private static void checkHeader(String name, String value) {
        HeaderRules.check(name, value);
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.equals("content-length") || lower.equals("transfer-encoding")) {
            throw new IllegalArgumentException("the header %s is set by the listener".formatted(name));
        }
    }

    private void setHead(int status, Map<String, String> answerHeaders) {
        response.setStatus(status);
        response.getHeaders().put("X-Content-Type-Options", "nosniff");
        answerHeaders.forEach((name, value) -> response.getHeaders().put(name, value));
        body.endIfHere();
        if (!body.ended()) {
            // The rest of the body makes the connection unusable for another exchange.
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
    }

    @Override
    public void onDisconnect(Runnable task) {
        boolean now;
        lock.lock();
        try {
            if (complete) {
                return;
            }
            now = gone != null;
            if (!now) {
                onDisconnect.add(task);
            }
        } finally {
            lock.unlock();
        }
        if (now) {
            Workers.run(workers, task);
            return;
        }
        body.endIfEmpty();
        watchIfAsked();
    }

    @Override
    public boolean isCommitted() {
        return answered.get();
    }

    /** Writes the end of an answer, after which the next request may come at any time and must find its connection unwatched. */
    void unwatched(Runnable lastWrite) {
        watch.stop(lastWrite);
    }

    /** The answer is written as a whole. */
    void written() {
        lock.lock();
        try {
            complete = true;
            onDisconnect = new ArrayList<>(0);
        } finally {
            lock.unlock();
        }
        if (finished.compareAndSet(false, true)) {
            cancelReaderTimer();
            watch.stop(() -> body.discard(this::succeed));
        }
    }

    private void succeed() {
        watch.takeEarlyByte().ifPresent(connection::onUpgradeTo);
        callback.succeeded();
    }

    /** The connection is lost, or must be: the client is gone or the answer cannot be finished. */
    void broken(ClientGoneException cause) {
        answered.set(true);
        gone(cause);
        if (finished.compareAndSet(false, true)) {
            cancelReaderTimer();
            watch.stop(() -> writes.fail(cause));
        }
    }

    private void connectionFailed(Throwable failure) {
        boolean first = answered.compareAndSet(false, true);
        ClientGoneException cause = new ClientGoneException("the connection broke", failure);
        if (first || events != null) {
            broken(cause);
        } else {
            gone(cause);
        }
    }

    private boolean isOverdue() {
        boolean overdue = !answered.get()
                && System.nanoTime() - startNanos > settings.answerTimeout().toNanos();
        if (overdue) {
            log.warn("the handler of {} {} gave no answer within {}", method(), path(), settings.answerTimeout());
        }
        return overdue;
    }

    private void gone(String how, @Nullable Throwable failure) {
        ClientGoneException cause = new ClientGoneException(how, failure);
        gone(cause);
        if (events != null) {
            broken(cause);
        }
    }

    private void gone(ClientGoneException cause) {
        List<Runnable> tasks;
        lock.lock();
        try {
            if (complete || gone != null) {
                return;
            }
            gone = cause;
            tasks = onDisconnect;
            onDisconnect = new ArrayList<>(0);
        } finally {
            lock.unlock();
        }
        JettyEventStream stream = events;
        if (stream != null) {
            stream.cut(cause);
        }
        tasks.forEach(task -> Workers.run(workers, task));
    }

    private @Nullable ClientGoneException whyGone() {
        lock.lock();
        try {
            return gone;
        } finally {
            lock.unlock();
        }
    }

    private void watchIfAsked() {
        boolean asked;
        lock.lock();
        try {
            asked = !onDisconnect.isEmpty() || events != null;
        } finally {
            lock.unlock();
        }
        if (asked && body.ended() && !finished.get()) {
            watch.arm();
        }
    }
}
