package network.iicp.client;

import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import network.iicp.transport.ServerSentEvent;
import network.iicp.transport.SseReply;
import org.jspecify.annotations.Nullable;

/** One connection over which a node sends events. They are asked for one at a time. Thread-safe. */
final class EventConnection implements Flow.Subscriber<ServerSentEvent> {

    /** Who reads the events; calls for one connection do not overlap. */
    interface Reader {
        void opened(EventConnection connection);

        void event(EventConnection connection, ServerSentEvent event);

        /** The connection has ended; whether that was too early is for the reader to know. */
        void lost(EventConnection connection, IicpException why);
    }

    private final SseReply reply;
    private final Reader reader;
    private final AtomicBoolean asked = new AtomicBoolean();
    private volatile Flow.@Nullable Subscription upstream;
    private volatile boolean closed;

    EventConnection(SseReply reply, Reader reader) {
        this.reply = reply;
        this.reader = reader;
    }

    void start() {
        reply.events().subscribe(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        upstream = subscription;
        if (closed) {
            subscription.cancel();
        } else {
            reader.opened(this);
        }
    }

    /**
     * Asks for one more event, unless one is on its way already.
     *
     * @param beforeAsking called only if one is asked for
     */
    void ask(Runnable beforeAsking) {
        Flow.Subscription source = upstream;
        if (source != null && !closed && asked.compareAndSet(false, true)) {
            beforeAsking.run();
            source.request(1);
        }
    }

    @Override
    public void onNext(ServerSentEvent item) {
        asked.set(false);
        reader.event(this, item);
    }

    @Override
    public void onError(Throwable fault) {
        reader.lost(this, Faults.typed(fault));
    }

    @Override
    public void onComplete() {
        reader.lost(this, Faults.error(ErrorCode.NETWORK_ERROR, "the node closed the stream before its last event"));
    }

    void close() {
        closed = true;
        Flow.Subscription source = upstream;
        if (source != null) {
            source.cancel();
        }
        reply.close();
    }
}
