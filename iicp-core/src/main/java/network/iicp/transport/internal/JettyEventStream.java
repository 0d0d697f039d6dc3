package network.iicp.transport.internal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import network.iicp.transport.ClientGoneException;
import network.iicp.transport.EventStream;
import network.iicp.transport.ServerSentEvent;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Writes events one batch at a time: what is sent while a write is under way goes out together with the next one.
 *
 * <p>Jetty ends a chunk of the chunked coding only when it begins the next one. Readers that wait for the end of a chunk before they hand
 * it out (Python's {@code requests}, for one) would get each event when the next one is sent. So, when no other event follows within
 * some milliseconds, an empty comment does: a chunk whose own end may be late.
 */
final class JettyEventStream implements EventStream {

    private static final byte[] EMPTY_COMMENT = {':', '\n', '\n'};
    private static final Duration END_OF_CHUNK = Duration.ofMillis(10);

    private final AnswerWrites writes;
    private final Executor workers;
    private final Scheduler scheduler;
    private final JettyExchange exchange;

    private final ReentrantLock lock = new ReentrantLock();
    private List<byte[]> queue = new ArrayList<>();
    private List<CompletableFuture<Void>> waiting = new ArrayList<>();
    private int queuedBytes;
    private boolean writing;
    private boolean chunkOpen;
    private boolean endScheduled;
    private boolean closed;
    private boolean ended;
    private @Nullable ClientGoneException gone;

    JettyEventStream(AnswerWrites writes, Executor workers, Scheduler scheduler, JettyExchange exchange) {
        this.writes = writes;
        this.workers = workers;
        this.scheduler = scheduler;
        this.exchange = exchange;
    }

    /** Sends the head of the answer. */
    @SuppressWarnings("FutureReturnValueIgnored") // a head that cannot be written breaks the exchange by itself
    void begin() {
        enqueue(new byte[0]);
    }

    @Override
    public CompletableFuture<Void> send(ServerSentEvent event) {
        return enqueue(event.bytes());
    }

    @Override
    public CompletableFuture<Void> comment(String text) {
        if (text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0) {
            throw new IllegalArgumentException("a comment of an event stream has a line break");
        }
        return enqueue((": " + text + "\n\n").getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        writeNext(Thread.currentThread());
    }

    @Override
    public boolean isOpen() {
        lock.lock();
        try {
            return !closed && gone == null;
        } finally {
            lock.unlock();
        }
    }

    /** Fails what is queued and everything sent from now on. */
    void cut(ClientGoneException cause) {
        List<CompletableFuture<Void>> lost;
        lock.lock();
        try {
            if (gone != null) {
                return;
            }
            gone = cause;
            lost = waiting;
            clearQueue();
        } finally {
            lock.unlock();
        }
        Workers.run(workers, () -> lost.forEach(future -> future.completeExceptionally(cause)));
    }

    private CompletableFuture<Void> enqueue(byte[] bytes) {
        CompletableFuture<Void> written = new CompletableFuture<>();
        boolean overflow = false;
        lock.lock();
        try {
            if (gone != null) {
                return CompletableFuture.failedFuture(gone);
            }
            if (closed) {
                return CompletableFuture.failedFuture(new IllegalStateException("the event stream was closed"));
            }
            overflow = queuedBytes > 0 && queuedBytes > MAX_QUEUED_BYTES - bytes.length;
            if (!overflow) {
                queue.add(bytes);
                waiting.add(written);
                queuedBytes += bytes.length;
            }
        } finally {
            lock.unlock();
        }
        if (overflow) {
            ClientGoneException tooSlow = new ClientGoneException(
                    "the client does not read: more than %d bytes are queued".formatted(MAX_QUEUED_BYTES), null);
            exchange.broken(tooSlow);
            return CompletableFuture.failedFuture(tooSlow);
        }
        writeNext(Thread.currentThread());
        return written;
    }

    /** @param writer the thread of a caller that may run completions, or {@code null} on a thread of Jetty */
    private void writeNext(@Nullable Thread writer) {
        List<byte[]> batch;
        List<CompletableFuture<Void>> futures;
        int size;
        boolean last;
        lock.lock();
        try {
            if (writing || gone != null || ended) {
                return;
            }
            if (queue.isEmpty() && !closed) {
                return;
            }
            chunkOpen = queuedBytes > 0;
            writing = true;
            last = queue.isEmpty();
            ended = last;
            batch = queue;
            futures = waiting;
            size = queuedBytes;
            clearQueue();
        } finally {
            lock.unlock();
        }
        Write write = new Write(futures, last, writer);
        if (last) {
            exchange.unwatched(() -> writes.write(true, ByteBuffer.allocate(0), write));
        } else {
            writes.write(false, joined(batch, size), write);
        }
        write.returned();
    }

    /** With the lock held, after a write. */
    private void endChunkSoon() {
        if (chunkOpen && !endScheduled && !closed) {
            endScheduled = true;
            scheduler.schedule(this::endChunk, END_OF_CHUNK);
        }
    }

    private void endChunk() {
        lock.lock();
        try {
            endScheduled = false;
            boolean following = writing || closed || !queue.isEmpty();
            if (!chunkOpen || following || gone != null) {
                return;
            }
            queue.add(EMPTY_COMMENT);
            queuedBytes = EMPTY_COMMENT.length;
        } finally {
            lock.unlock();
        }
        writeNext(null);
    }

    private void clearQueue() {
        queue = new ArrayList<>();
        waiting = new ArrayList<>();
        queuedBytes = 0;
    }

    private static ByteBuffer joined(List<byte[]> batch, int size) {
        if (batch.size() == 1) {
            return ByteBuffer.wrap(batch.get(0));
        }
        ByteBuffer all = ByteBuffer.allocate(size);
        batch.forEach(all::put);
        return all.flip();
    }

    /** One write under way. Futures complete where the writer stands when the write was instant, otherwise on a worker. */
    private final class Write implements Callback {

        private final List<CompletableFuture<Void>> futures;
        private final boolean last;
        private volatile @Nullable Thread writer;

        Write(List<CompletableFuture<Void>> futures, boolean last, @Nullable Thread writer) {
            this.futures = futures;
            this.last = last;
            this.writer = writer;
        }

        void returned() {
            writer = null;
        }

        @Override
        public void succeeded() {
            lock.lock();
            try {
                writing = false;
                chunkOpen &= !futures.isEmpty();
                endChunkSoon();
            } finally {
                lock.unlock();
            }
            complete(() -> futures.forEach(future -> future.complete(null)));
            if (last) {
                exchange.written();
            } else {
                writeNext(null);
            }
        }

        @Override
        public void failed(Throwable failure) {
            ClientGoneException cause =
                    new ClientGoneException("the client stopped reading or closed the connection", failure);
            complete(() -> futures.forEach(future -> future.completeExceptionally(cause)));
            exchange.broken(cause);
        }

        @Override
        public Invocable.InvocationType getInvocationType() {
            return Invocable.InvocationType.NON_BLOCKING;
        }

        private void complete(Runnable completion) {
            if (futures.isEmpty()) {
                return;
            }
            if (Thread.currentThread() == writer) {
                completion.run();
            } else {
                Workers.run(workers, completion);
            }
        }
    }
}
