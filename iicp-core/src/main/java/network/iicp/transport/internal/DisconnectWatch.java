package network.iicp.transport.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.QuietException;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

/**
 * Notices that the peer closes a connection while its request is being answered. HTTP/1.1 servers do not read during that time, so
 * they learn of it only from a failed write; this registers for readability once the body has been read, and withdraws before the next
 * request is due. A byte that arrives early (of a request sent before the answer was complete) ends the watch and is kept, so that it can
 * be given back to the connection.
 *
 * <pre>
 * OFF ── arm ──▶ ARMED ── readable ──▶ READING ── nothing ──▶ ARMED
 *                  │                      └── end of stream, early byte ──▶ STOPPED
 *                  └── stop ──▶ STOPPED         (stop while READING: STOPPING, then STOPPED)
 * </pre>
 */
final class DisconnectWatch implements Callback {

    private enum State {
        OFF,
        ARMED,
        READING,
        STOPPING,
        STOPPED
    }

    private final AbstractEndPoint endPoint;
    private final Runnable whenGone;
    private final ReentrantLock lock = new ReentrantLock();
    private State state = State.OFF;
    private @Nullable ByteBuffer early;
    private @Nullable Runnable afterStop;

    DisconnectWatch(AbstractEndPoint endPoint, Runnable whenGone) {
        this.endPoint = endPoint;
        this.whenGone = whenGone;
    }

    /** Begins to watch. The body of the request must have been read to its end. */
    void arm() {
        lock.lock();
        try {
            if (state == State.OFF) {
                state = endPoint.tryFillInterested(this) ? State.ARMED : State.OFF;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends the watch and then runs {@code then}, after which the connection may be read by others again. */
    void stop(Runnable then) {
        lock.lock();
        try {
            if (state == State.READING) {
                state = State.STOPPING;
                afterStop = then;
                return;
            }
            if (state == State.ARMED) {
                state = State.STOPPED;
                endPoint.getFillInterest().onFail(new QuietException.Exception("no longer watched"));
            }
            state = State.STOPPED;
        } finally {
            lock.unlock();
        }
        then.run();
    }

    /**
     * Returns the byte after the request that was read, if one was; the connection needs it back before it reads on. Only after
     * {@link #stop}, and once.
     */
    Optional<ByteBuffer> takeEarlyByte() {
        lock.lock();
        try {
            Optional<ByteBuffer> taken = Optional.ofNullable(early);
            early = null;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void succeeded() {
        lock.lock();
        try {
            if (state != State.ARMED) {
                return;
            }
            state = State.READING;
        } finally {
            lock.unlock();
        }
        ByteBuffer buffer = BufferUtil.allocate(1);
        afterRead(fill(buffer), buffer);
    }

    @Override
    public void failed(Throwable failure) {
        lock.lock();
        try {
            if (state != State.ARMED) {
                return;
            }
            state = State.STOPPED;
        } finally {
            lock.unlock();
        }
        whenGone.run();
    }

    @Override
    public Invocable.InvocationType getInvocationType() {
        return Invocable.InvocationType.NON_BLOCKING;
    }

    private int fill(ByteBuffer buffer) {
        try {
            return endPoint.fill(buffer);
        } catch (IOException e) {
            return -1;
        }
    }

    private void afterRead(int filled, ByteBuffer buffer) {
        Runnable then;
        lock.lock();
        try {
            early = filled > 0 ? buffer : null;
            then = afterStop;
            afterStop = null;
            boolean goOn = state == State.READING && filled == 0;
            state = goOn && endPoint.tryFillInterested(this) ? State.ARMED : State.STOPPED;
        } finally {
            lock.unlock();
        }
        if (filled < 0) {
            whenGone.run();
        }
        if (then != null) {
            then.run();
        }
    }
}
