package network.iicp.transport.internal;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import network.iicp.protocol.ErrorCode;
import network.iicp.transport.ClientGoneException;
import network.iicp.transport.ListenerSettings;
import network.iicp.transport.RequestRefusedException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of one request without blocking: bounded in size and time while somebody wants it, thrown away within smaller bounds when
 * the answer was given without it, so that a client that is still sending can read why it was refused instead of a reset connection.
 */
final class RequestBody {

    private static final int FIRST_CAPACITY = 8 * 1024;
    private static final long DISCARD_BYTES = 4L * 1024 * 1024;
    private static final Duration DISCARD_TIME = Duration.ofSeconds(2);

    private final Request request;
    private final ListenerSettings settings;
    private final Scheduler scheduler;
    private final Executor workers;
    private final Runnable whenRead;
    private final CompletableFuture<byte[]> result = new CompletableFuture<>();

    private final ReentrantLock lock = new ReentrantLock();
    private boolean wanted;
    private boolean looping;
    private boolean ended;
    private boolean abandoned;
    private boolean discarding;
    private @Nullable Runnable afterDiscard;
    private Scheduler.@Nullable Task timer;
    private volatile @Nullable Thread starter;

    /** Touched by the reading loop only, which Jetty runs serially. */
    private byte[] bytes = new byte[0];

    private int length;
    private long discarded;

    /** Written by the reading loop, read by the timer. */
    private final AtomicLong received = new AtomicLong();

    private volatile long startedNanos;

    /**
     * Creates the reader; nothing is read yet.
     *
     * @param whenRead runs, on a thread of Jetty, when the end of the body was read
     */
    RequestBody(Request request, ListenerSettings settings, Scheduler scheduler, Executor workers, Runnable whenRead) {
        this.request = request;
        this.settings = settings;
        this.scheduler = scheduler;
        this.workers = workers;
        this.whenRead = whenRead;
    }

    /** Begins to read on the first call. */
    CompletableFuture<byte[]> whole() {
        lock.lock();
        try {
            if (wanted) {
                return result;
            }
            wanted = true;
        } finally {
            lock.unlock();
        }
        starter = Thread.currentThread();
        try {
            RequestRefusedException refusal = refusalByHeaders();
            if (refusal == null) {
                startedNanos = System.nanoTime();
                startTimer(settings.headerAndBodyTimeout(), this::checkRate);
                loop();
            } else {
                fail(refusal);
            }
        } finally {
            starter = null;
        }
        return result;
    }

    /** Returns whether the end of the body was read, so that the connection holds nothing more of this request. */
    boolean ended() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }

    /** Reads to the end if there is nothing before it. */
    void endIfEmpty() {
        boolean empty = request.getLength() <= 0 && !request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING);
        if (empty) {
            loop();
        }
    }

    /** The answer is about to be given: what is not wanted by now is thrown away, as far as it is here already. */
    void endIfHere() {
        lock.lock();
        try {
            if (isContinueAwaited()) {
                return;
            }
            discarding = !wanted;
        } finally {
            lock.unlock();
        }
        loop();
    }

    /** With the lock held: whether to begin to read now would invite a client to send what nobody wants. */
    private boolean isContinueAwaited() {
        return !looping && request.getHeaders().contains(HttpHeader.EXPECT);
    }

    /** Throws away what is left of the body, within bounds, then runs {@code then}. Called once, when the answer was written. */
    void discard(Runnable then) {
        boolean now;
        lock.lock();
        try {
            now = ended || abandoned || isContinueAwaited();
            if (!now) {
                discarding = true;
                afterDiscard = then;
            }
        } finally {
            lock.unlock();
        }
        if (now) {
            cancelTimer();
            then.run();
            return;
        }
        startTimer(DISCARD_TIME, this::abandon);
        loop();
    }

    private @Nullable RequestRefusedException refusalByHeaders() {
        for (String coding : request.getHeaders().getValuesList(HttpHeader.CONTENT_ENCODING)) {
            if (!coding.trim().toLowerCase(Locale.ROOT).equals("identity")) {
                return new RequestRefusedException(
                        ErrorCode.UNSUPPORTED_CONTENT_ENCODING, "send the body without a content coding");
            }
        }
        String transfer = String.join(",", request.getHeaders().getValuesList(HttpHeader.TRANSFER_ENCODING));
        if (!transfer.isEmpty() && !transfer.strip().equalsIgnoreCase("chunked")) {
            return Refusals.of(501, "");
        }
        return request.getLength() > settings.maxBodyBytes() ? tooLarge() : null;
    }

    private RequestRefusedException tooLarge() {
        return new RequestRefusedException(
                ErrorCode.REQUEST_TOO_LARGE, "the body is larger than %d bytes".formatted(settings.maxBodyBytes()));
    }

    private void loop() {
        lock.lock();
        try {
            if (looping || ended || abandoned) {
                return;
            }
            looping = true;
        } finally {
            lock.unlock();
        }
        read();
    }

    private void read() {
        while (!isAbandoned()) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(Invocable.from(Invocable.InvocationType.NON_BLOCKING, this::read));
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                broken(chunk.getFailure());
                return;
            }
            boolean last = chunk.isLast();
            take(chunk.getByteBuffer());
            chunk.release();
            if (last) {
                end();
                return;
            }
        }
    }

    private boolean isAbandoned() {
        lock.lock();
        try {
            return abandoned;
        } finally {
            lock.unlock();
        }
    }

    private void take(ByteBuffer part) {
        int size = part.remaining();
        received.addAndGet(size);
        if (result.isDone() || isDiscarding()) {
            discarded += size;
            if (discarded > DISCARD_BYTES) {
                abandon();
            }
            return;
        }
        if (size > settings.maxBodyBytes() - length) {
            bytes = new byte[0];
            discarded = size;
            fail(tooLarge());
            return;
        }
        if (length + size > bytes.length) {
            long doubled = Math.max(FIRST_CAPACITY, bytes.length * 2L);
            bytes = Arrays.copyOf(
                    bytes, (int) Math.min(settings.maxBodyBytes(), Math.max(doubled, (long) length + size)));
        }
        part.get(bytes, length, size);
        length += size;
    }

    private boolean isWanted() {
        lock.lock();
        try {
            return wanted;
        } finally {
            lock.unlock();
        }
    }

    private boolean isDiscarding() {
        lock.lock();
        try {
            return discarding;
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        Runnable then;
        lock.lock();
        try {
            ended = true;
            then = afterDiscard;
            afterDiscard = null;
        } finally {
            lock.unlock();
        }
        cancelTimer();
        complete(length == bytes.length ? bytes : Arrays.copyOf(bytes, length), null);
        whenRead.run();
        if (then != null) {
            then.run();
        }
    }

    private void broken(Throwable failure) {
        fail(meaningOf(failure));
        abandon();
    }

    private static RuntimeException meaningOf(Throwable failure) {
        if (failure instanceof HttpException http) {
            return Refusals.of(http.getCode(), String.valueOf(http.getReason()));
        }
        if (failure instanceof TimeoutException) {
            return Refusals.tooSlow();
        }
        return new ClientGoneException("the connection broke while the body was read", failure);
    }

    /** A body may take longer while it arrives at the least rate. */
    private void checkRate() {
        long passed = System.nanoTime() - startedNanos;
        Duration left = settings.transferLimit(received.get()).minusNanos(passed);
        if (left.isZero() || left.isNegative()) {
            fail(Refusals.tooSlow());
        } else {
            startTimer(left.plusMillis(1), this::checkRate);
        }
    }

    /** Gives up reading; the connection is closed after the answer because the rest of the body is still on it. */
    private void abandon() {
        Runnable then;
        lock.lock();
        try {
            abandoned = true;
            then = afterDiscard;
            afterDiscard = null;
        } finally {
            lock.unlock();
        }
        cancelTimer();
        if (then != null) {
            then.run();
        }
    }

    private void fail(RuntimeException failure) {
        complete(null, failure);
    }

    /** Completes the future away from Jetty's threads, because what hangs on it may block. */
    private void complete(byte @Nullable [] whole, @Nullable RuntimeException failure) {
        Runnable completion = () -> {
            if (failure != null) {
                result.completeExceptionally(failure);
            } else {
                result.complete(whole);
            }
        };
        if (!isWanted() || Thread.currentThread() == starter) {
            completion.run();
        } else {
            Workers.run(workers, completion);
        }
    }

    private void startTimer(Duration delay, Runnable task) {
        Scheduler.Task next = scheduler.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
        Scheduler.Task previous;
        lock.lock();
        try {
            previous = timer;
            timer = next;
        } finally {
            lock.unlock();
        }
        if (previous != null) {
            previous.cancel();
        }
    }

    private void cancelTimer() {
        Scheduler.Task current;
        lock.lock();
        try {
            current = timer;
            timer = null;
        } finally {
            lock.unlock();
        }
        if (current != null) {
            current.cancel();
        }
    }
}
