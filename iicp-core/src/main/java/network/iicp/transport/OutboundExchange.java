package network.iicp.transport;

import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One request under way, from the check of its endpoint to the last byte of its answer. Ends exactly once: complete, failed or aborted;
 * whichever it is, both timers are gone and the connection is either reusable or closed.
 *
 * <p>The body is pulled: the JDK is asked for one more portion when the reader asks for it, and the idle limit runs only meanwhile, so a
 * slow reader is never taken for a slow peer.
 */
@SuppressWarnings(
        "FutureReturnValueIgnored") // whenComplete is used for its effect; the stage it returns carries nothing
final class OutboundExchange implements HttpResponse.BodySubscriber<OutboundExchange> {

    /** What every exchange of a transport shares. */
    record Engine(
            RequestSender sender,
            Executor executor,
            ScheduledExecutorService timer,
            LongSupplier nanos,
            String userAgent) {}

    /** Status and headers of an answer whose body was not read yet. */
    record Head(int status, Map<String, List<String>> headers) {}

    /** Takes the body; calls do not overlap, except that {@link #failed} may come at any time, once. */
    interface Reader {
        void next(List<ByteBuffer> portion);

        void complete();

        void failed(RuntimeException failure);
    }

    private final Engine engine;
    private final HttpCall call;
    private final Runnable whenEnded;
    private final long startNanos;
    private final CompletableFuture<Head> head = new CompletableFuture<>();

    private final ReentrantLock lock = new ReentrantLock();
    private RequestSender.@Nullable Sending sent;
    private Flow.@Nullable Subscription upstream;
    private @Nullable Reader reader;
    private @Nullable RuntimeException failure;
    private boolean bodyEnded;
    private boolean ended;
    private boolean wantsMore;
    private int status;

    private @Nullable ScheduledFuture<?> deadlineTimer;
    private @Nullable ScheduledFuture<?> idleTimer;
    private boolean connected;
    private long waitingSinceNanos;
    private boolean waiting;

    OutboundExchange(Engine engine, HttpCall call, Runnable whenEnded) {
        this.engine = engine;
        this.call = call;
        this.whenEnded = whenEnded;
        this.startNanos = engine.nanos().getAsLong();
    }

    /** Sends the request. The future completes at the headers of the answer, on a thread of the executor. */
    CompletableFuture<Head> start() {
        if (call.deadline().expired()) {
            abort(TransportFaults.deadlinePassed(call, 0));
            return head;
        }
        armDeadline();
        if (call.guard().asksNameServer(call.uri())) {
            // Which blocks.
            run(() -> checked(true));
        } else {
            checked(false);
        }
        return head;
    }

    Duration elapsed() {
        return Duration.ofNanos(engine.nanos().getAsLong() - startNanos);
    }

    private void checked(boolean onWorker) {
        try {
            call.guard().checkResolved(call.uri());
            send(onWorker);
        } catch (RuntimeException e) {
            abort(TransportFaults.of(e, call));
        }
    }

    private void send(boolean onWorker) {
        RequestSender.Sending sending = engine.sender().prepare(request(), this::headArrived, this::sendingFailed);
        boolean late;
        lock.lock();
        try {
            sent = sending;
            late = ended;
        } finally {
            lock.unlock();
        }
        if (late) {
            sending.cancel();
        } else {
            sending.start(onWorker);
        }
    }

    private void sendingFailed(Throwable thrown) {
        failed(TransportFaults.of(thrown, call));
    }

    /** Also tells when the body ended before its headers were handed over, where {@link #abort} has nothing left to do. */
    private void failed(RuntimeException cause) {
        abort(cause);
        RuntimeException known;
        lock.lock();
        try {
            known = failure;
        } finally {
            lock.unlock();
        }
        run(() -> head.completeExceptionally(known == null ? cause : known));
    }

    private HttpRequest request() {
        byte[] body = call.body();
        HttpRequest.Builder request = HttpRequest.newBuilder(call.uri())
                .method(
                        call.method(),
                        body == null ? HttpRequest.BodyPublishers.noBody() : new ConnectedBody(body, this::connected))
                .header("User-Agent", engine.userAgent());
        call.headers().forEach(request::setHeader);
        return request.setHeader("Accept-Encoding", "identity").build();
    }

    /**
     * Called on a thread of the executor, as soon as the headers are there. The future of the JDK tells of them too, but in the common pool,
     * where code of the application may be blocking all threads.
     */
    private HttpResponse.BodySubscriber<OutboundExchange> headArrived(HttpResponse.ResponseInfo info) {
        int statusCode = info.statusCode();
        HttpHeaders headers = info.headers();
        lock.lock();
        try {
            status = statusCode;
        } finally {
            lock.unlock();
        }
        boolean coded = headers.allValues("content-encoding").stream()
                .anyMatch(coding -> !coding.isBlank() && !coding.strip().equalsIgnoreCase("identity"));
        if (coded) {
            failed(TransportFaults.encoded(call, statusCode));
        } else {
            head.complete(new Head(statusCode, headers.map()));
        }
        return this;
    }

    /** Attaches the reader of the body; called once. */
    void read(Reader bodyReader) {
        RuntimeException known;
        boolean complete;
        lock.lock();
        try {
            reader = bodyReader;
            known = failure;
            complete = bodyEnded;
        } finally {
            lock.unlock();
        }
        if (known != null) {
            bodyReader.failed(known);
        } else if (complete) {
            bodyReader.complete();
        }
    }

    /** Asks for one more portion of the body. */
    void more() {
        Flow.Subscription subscription;
        lock.lock();
        try {
            if (ended) {
                return;
            }
            subscription = upstream;
            wantsMore = subscription == null;
            waitForPeer();
        } finally {
            lock.unlock();
        }
        if (subscription != null) {
            subscription.request(1);
        }
    }

    /** Ends the exchange and closes its connection, unless it has ended already. */
    void abort(RuntimeException cause) {
        RequestSender.Sending sending;
        Flow.Subscription subscription;
        Reader bodyReader;
        lock.lock();
        try {
            if (ended) {
                return;
            }
            failure = cause;
            sending = sent;
            subscription = upstream;
            bodyReader = reader;
            end();
        } finally {
            lock.unlock();
        }
        whenEnded.run();
        if (sending != null) {
            sending.cancel();
        }
        if (subscription != null) {
            subscription.cancel();
        }
        run(() -> {
            head.completeExceptionally(cause);
            if (bodyReader != null) {
                bodyReader.failed(cause);
            }
        });
    }

    @Override
    public CompletionStage<OutboundExchange> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        boolean late;
        boolean wanted;
        lock.lock();
        try {
            late = ended || upstream != null;
            wanted = wantsMore;
            wantsMore = false;
            if (!late) {
                upstream = subscription;
            }
        } finally {
            lock.unlock();
        }
        if (late) {
            subscription.cancel();
        } else if (wanted) {
            subscription.request(1);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> portion) {
        Reader bodyReader;
        lock.lock();
        try {
            waiting = false;
            bodyReader = ended ? null : reader;
        } finally {
            lock.unlock();
        }
        if (bodyReader != null) {
            bodyReader.next(portion);
        }
    }

    @Override
    public void onError(Throwable thrown) {
        abort(TransportFaults.of(thrown, call));
    }

    @Override
    public void onComplete() {
        Reader bodyReader;
        lock.lock();
        try {
            if (ended) {
                return;
            }
            bodyEnded = true;
            bodyReader = reader;
            end();
        } finally {
            lock.unlock();
        }
        whenEnded.run();
        if (bodyReader != null) {
            bodyReader.complete();
        }
    }

    /** With the lock held. */
    private void end() {
        ended = true;
        waiting = false;
        if (deadlineTimer != null) {
            deadlineTimer.cancel(false);
        }
        if (idleTimer != null) {
            idleTimer.cancel(false);
        }
    }

    private void armDeadline() {
        lock.lock();
        try {
            if (!ended) {
                long left = call.deadline().remaining().toNanos();
                if (waitsForConnection()) {
                    left = Math.min(left, connectNanosLeft());
                }
                deadlineTimer = engine.timer().schedule(this::deadlineTick, Math.max(1, left), TimeUnit.NANOSECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    private void deadlineTick() {
        if (call.deadline().expired()) {
            abort(TransportFaults.deadlinePassed(call, statusSoFar()));
        } else if (connectionIsLate()) {
            abort(TransportFaults.notConnected(call));
        } else {
            armDeadline();
        }
    }

    /** The JDK asks for the body when the connection is there. */
    private void connected() {
        lock.lock();
        try {
            connected = true;
        } finally {
            lock.unlock();
        }
    }

    private boolean connectionIsLate() {
        lock.lock();
        try {
            return waitsForConnection() && connectNanosLeft() <= 0;
        } finally {
            lock.unlock();
        }
    }

    /** With the lock held. A request without a body does not show when it is connected, but its answer does. */
    private boolean waitsForConnection() {
        return call.connect() != null && !connected && status == 0;
    }

    /** With the lock held. */
    private long connectNanosLeft() {
        Duration limit = Objects.requireNonNull(call.connect());
        return limit.toNanos() - (engine.nanos().getAsLong() - startNanos);
    }

    private int statusSoFar() {
        lock.lock();
        try {
            return status;
        } finally {
            lock.unlock();
        }
    }

    /** With the lock held. One timer looks again when it is due, instead of one timer for each portion. */
    private void waitForPeer() {
        waiting = true;
        waitingSinceNanos = engine.nanos().getAsLong();
        if (idleTimer == null) {
            idleTimer = engine.timer().schedule(this::idleTick, call.idle().toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void idleTick() {
        lock.lock();
        try {
            idleTimer = null;
            if (ended || !waiting) {
                return;
            }
            long left = call.idle().toNanos() - (engine.nanos().getAsLong() - waitingSinceNanos);
            if (left > 0) {
                idleTimer = engine.timer().schedule(this::idleTick, left, TimeUnit.NANOSECONDS);
                return;
            }
        } finally {
            lock.unlock();
        }
        abort(TransportFaults.idle(call, call.idle(), statusSoFar()));
    }

    private void run(Runnable task) {
        try {
            engine.executor().execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }
}
