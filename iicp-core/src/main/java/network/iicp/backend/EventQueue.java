package network.iicp.backend;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import network.iicp.transport.ServerSentEvent;
import org.jspecify.annotations.Nullable;

/**
 * Hands events to the one thread that waits for them. The next event is asked for when the thread comes for it, so an
 * engine is read no faster than its output is taken.
 */
final class EventQueue implements Flow.Subscriber<ServerSentEvent> {

    /** A signal of the stream. */
    private record Signal(
            @Nullable ServerSentEvent event, @Nullable Throwable failure) {
        static final Signal END = new Signal(null, null);
    }

    private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
    private final BlockingQueue<Flow.Subscription> subscribed = new LinkedBlockingQueue<>();
    private Flow.@Nullable Subscription subscription;
    private boolean waiting;

    /** The engine's stream broke. */
    static final class BrokenStreamException extends Exception {

        private static final long serialVersionUID = 1L;

        BrokenStreamException(Throwable cause) {
            super(cause);
        }

        Throwable reason() {
            Throwable cause = getCause();
            return cause == null ? this : cause;
        }
    }

    /**
     * Waits for the next event.
     *
     * @return the event, empty at the end of the stream
     */
    Optional<ServerSentEvent> next() throws InterruptedException, BrokenStreamException {
        request();
        return read(signals.take());
    }

    /**
     * Waits for the next event for some time only.
     *
     * @return the event, empty at the end of the stream or of the time
     */
    Optional<ServerSentEvent> next(Duration limit) throws InterruptedException, BrokenStreamException {
        request();
        Signal signal = signals.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
        return signal == null ? Optional.empty() : read(signal);
    }

    private void request() throws InterruptedException {
        if (waiting) {
            return;
        }
        if (subscription == null) {
            subscription = subscribed.take();
        }
        waiting = true;
        subscription.request(1);
    }

    private Optional<ServerSentEvent> read(Signal signal) throws BrokenStreamException {
        waiting = false;
        if (signal.failure() != null) {
            throw new BrokenStreamException(signal.failure());
        }
        return Optional.ofNullable(signal.event());
    }

    @Override
    public void onSubscribe(Flow.Subscription stream) {
        subscribed.add(stream);
    }

    @Override
    public void onNext(ServerSentEvent event) {
        signals.add(new Signal(event, null));
    }

    @Override
    public void onError(Throwable failure) {
        signals.add(new Signal(null, failure));
    }

    @Override
    public void onComplete() {
        signals.add(Signal.END);
    }
}
