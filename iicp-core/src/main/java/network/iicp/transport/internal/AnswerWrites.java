package network.iicp.transport.internal;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import network.iicp.transport.ClientGoneException;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.QuietException;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * The writes of one answer, one at a time, and what must not cross them: the failure of the exchange. Jetty, told to fail an exchange while it
 * writes, makes that thread wait for the write, which may not end (seen with 12.1.10); the thread may be the one that serves every
 * connection. So a write under way is ended by closing its connection, and the exchange fails after it. Once failed, nothing is written:
 * Jetty has taken the response back. Thread-safe.
 */
final class AnswerWrites {

    private final Response response;
    private final Callback exchange;
    private final AbstractEndPoint endPoint;
    private final ReentrantLock lock = new ReentrantLock();
    private boolean writing;
    private @Nullable ClientGoneException failure;

    /**
     * @param response what is written
     * @param exchange what is told when the exchange failed
     * @param endPoint the connection
     */
    AnswerWrites(Response response, Callback exchange, AbstractEndPoint endPoint) {
        this.response = response;
        this.exchange = exchange;
        this.endPoint = endPoint;
    }

    /**
     * Writes a part of the answer. No other write may be under way.
     *
     * @param last whether the answer ends with it
     * @param bytes the part
     * @param whenWritten told how it went, once; at once when the exchange has failed
     */
    void write(boolean last, @Nullable ByteBuffer bytes, Callback whenWritten) {
        boolean refused;
        lock.lock();
        try {
            refused = failure != null;
            writing = !refused;
        } finally {
            lock.unlock();
        }
        if (refused) {
            whenWritten.failed(new QuietException.Exception("the connection broke before"));
            return;
        }
        Write write = new Write(whenWritten);
        try {
            response.write(last, bytes, write);
        } catch (RuntimeException e) {
            // The connection broke in this moment, and Jetty has taken the response back.
            write.failed(e);
        }
    }

    /** Fails the exchange, now or after the write that is under way. At most once. */
    void fail(ClientGoneException cause) {
        boolean wait;
        lock.lock();
        try {
            failure = cause;
            wait = writing;
        } finally {
            lock.unlock();
        }
        if (wait) {
            endPoint.close(cause);
        } else {
            exchange.failed(new QuietException.Exception(cause));
        }
    }

    private @Nullable ClientGoneException written() {
        lock.lock();
        try {
            writing = false;
            return failure;
        } finally {
            lock.unlock();
        }
    }

    /** One write under way. */
    private final class Write implements Callback {

        private final Callback whenWritten;
        private final AtomicBoolean over = new AtomicBoolean();

        Write(Callback whenWritten) {
            this.whenWritten = whenWritten;
        }

        @Override
        public void succeeded() {
            end(whenWritten::succeeded);
        }

        @Override
        public void failed(Throwable failure) {
            end(() -> whenWritten.failed(failure));
        }

        private void end(Runnable telling) {
            if (!over.compareAndSet(false, true)) {
                return;
            }
            ClientGoneException waited = written();
            telling.run();
            if (waited != null) {
                exchange.failed(new QuietException.Exception(waited));
            }
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }
}
