package network.iicp.transport;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The events of one answer, for one subscriber. Signals are serial: whoever finds work while another thread delivers leaves it to that
 * thread. More bytes are asked for only when every parsed event was delivered and the subscriber still wants some.
 */
final class EventPublisher implements Flow.Publisher<ServerSentEvent>, OutboundExchange.Reader {

    private static final Logger log = LoggerFactory.getLogger(EventPublisher.class);

    private final OutboundExchange exchange;
    private final AtomicBoolean claimed;
    private final @Nullable RuntimeException refusal;
    private final SseParser parser;
    private final Queue<ServerSentEvent> ready = new ConcurrentLinkedQueue<>();
    private final AtomicLong demand = new AtomicLong();
    private final AtomicInteger work = new AtomicInteger();

    private volatile Flow.@Nullable Subscriber<? super ServerSentEvent> subscriber;
    private volatile boolean reading;
    private volatile boolean ended;
    private volatile boolean cancelled;
    private volatile @Nullable Throwable failure;
    private volatile @Nullable IllegalArgumentException badRequest;

    /**
     * Creates a publisher.
     *
     * @param claimed becomes true when the body is read by somebody
     * @param refusal what every subscriber is told because the answer is no event stream, or {@code null}
     */
    EventPublisher(
            OutboundExchange exchange, int maxEventBytes, AtomicBoolean claimed, @Nullable RuntimeException refusal) {
        this.exchange = exchange;
        this.parser = new SseParser(maxEventBytes);
        this.claimed = claimed;
        this.refusal = refusal;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ServerSentEvent> next) {
        Objects.requireNonNull(next, "subscriber");
        if (refusal != null) {
            reject(next, refusal);
            return;
        }
        if (!claimed.compareAndSet(false, true)) {
            reject(next, new IllegalStateException("the answer has one reader, and it has one already"));
            return;
        }
        // Holding the work while onSubscribe runs keeps other signals behind it.
        work.set(1);
        subscriber = next;
        try {
            next.onSubscribe(new Demand());
        } catch (RuntimeException e) {
            thrownBySubscriber(e);
        }
        exchange.read(this);
        deliver(1);
    }

    private static void reject(Flow.Subscriber<? super ServerSentEvent> next, RuntimeException reason) {
        next.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {
                // The error follows whatever is asked for.
            }

            @Override
            public void cancel() {
                // Nothing is running.
            }
        });
        next.onError(reason);
    }

    @Override
    public void next(List<ByteBuffer> portion) {
        try {
            portion.forEach(bytes -> parser.feed(bytes, ready::add));
        } catch (RuntimeException e) {
            exchange.abort(e);
            return;
        }
        reading = false;
        drain();
    }

    @Override
    public void complete() {
        ended = true;
        drain();
    }

    @Override
    public void failed(RuntimeException cause) {
        failure = cause;
        ended = true;
        drain();
    }

    private void drain() {
        if (work.getAndIncrement() == 0) {
            deliver(1);
        }
    }

    private void deliver(int found) {
        int missed = found;
        while (missed != 0) {
            deliverReady();
            missed = work.addAndGet(-missed);
        }
    }

    private void deliverReady() {
        Flow.Subscriber<? super ServerSentEvent> target = subscriber;
        if (target == null) {
            ready.clear();
            return;
        }
        if (cancelled) {
            forget();
            return;
        }
        IllegalArgumentException broken = badRequest;
        if (broken != null) {
            forget();
            signal(() -> target.onError(broken));
            return;
        }
        deliverEvents(target);
        if (cancelled || badRequest != null || !ready.isEmpty()) {
            return;
        }
        if (ended && ready.isEmpty()) {
            forget();
            Throwable cause = failure;
            signal(cause == null ? target::onComplete : () -> target.onError(cause));
        } else if (!reading && demand.get() > 0) {
            reading = true;
            exchange.more();
        }
    }

    private void deliverEvents(Flow.Subscriber<? super ServerSentEvent> target) {
        while (demand.get() > 0 && !cancelled && badRequest == null) {
            ServerSentEvent event = ready.poll();
            if (event == null) {
                return;
            }
            demand.updateAndGet(left -> left == Long.MAX_VALUE ? left : left - 1);
            try {
                target.onNext(event);
            } catch (RuntimeException e) {
                thrownBySubscriber(e);
            }
        }
    }

    private void forget() {
        subscriber = null;
        ready.clear();
    }

    private void signal(Runnable last) {
        try {
            last.run();
        } catch (RuntimeException e) {
            log.warn("a subscriber of events failed in its last signal", e);
        }
    }

    private void thrownBySubscriber(RuntimeException thrown) {
        log.warn("a subscriber of events failed; its stream is cancelled", thrown);
        cancelled = true;
        exchange.abort(TransportFaults.cancelled("the subscriber of the events failed"));
    }

    private final class Demand implements Flow.Subscription {

        @Override
        public void request(long n) {
            if (cancelled || subscriber == null) {
                return;
            }
            if (n <= 0) {
                badRequest = new IllegalArgumentException("request(%d): the demand must be positive".formatted(n));
                exchange.abort(TransportFaults.cancelled("the subscriber asked for %d events".formatted(n)));
            } else {
                demand.updateAndGet(now -> now > Long.MAX_VALUE - n ? Long.MAX_VALUE : now + n);
            }
            drain();
        }

        @Override
        public void cancel() {
            if (cancelled) {
                return;
            }
            cancelled = true;
            exchange.abort(TransportFaults.cancelled("the subscriber cancelled the events"));
            drain();
        }
    }
}
