package network.iicp.langchain4j;

import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import network.iicp.protocol.chat.ChatEvent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A streamed answer as LangChain4j's events. Cold: every subscriber starts a call of its own. Demand goes through to the node, one
 * event of the mesh at a time; cancelling stops the node. A subscriber that throws is cancelled and hears nothing more.
 *
 * <p>No event is delivered on the thread that asks for it: an answer may take as long as it likes, and the thread of the
 * application is not held meanwhile. Asking hands over to the executor once, then events follow on its thread or on those of the
 * client.
 */
final class ResponsePublisher implements Flow.Publisher<ChatModelStreamingEvent> {

    private static final Logger log = LoggerFactory.getLogger(ResponsePublisher.class);

    private final Supplier<Flow.Publisher<ChatEvent>> calls;
    private final @Nullable String model;
    private final Executor executor;

    /**
     * Creates a publisher.
     *
     * @param calls starts one call for each subscriber; what it throws is told to that subscriber
     * @param model the model asked for by name, or {@code null}
     * @param executor where events begin to be delivered
     */
    ResponsePublisher(Supplier<Flow.Publisher<ChatEvent>> calls, @Nullable String model, Executor executor) {
        this.calls = calls;
        this.model = model;
        this.executor = executor;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ChatModelStreamingEvent> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber");
        Relay relay = new Relay(subscriber, model, executor);
        try {
            calls.get().subscribe(relay);
        } catch (RuntimeException e) {
            relay.refuse(e);
        }
    }

    /** Between the mesh and one subscriber. Signals are serial: one thread at a time delivers, outside the lock. */
    private static final class Relay implements Flow.Subscriber<ChatEvent>, Flow.Subscription {

        private enum Step {
            EVENT,
            ERROR,
            COMPLETE,
            ASK,
            REST
        }

        private final Flow.Subscriber<? super ChatModelStreamingEvent> downstream;
        private final @Nullable String model;
        private final Executor executor;
        private final StreamEvents events = new StreamEvents();
        private final ReentrantLock lock = new ReentrantLock();
        private final Deque<ChatModelStreamingEvent> queue = new ArrayDeque<>();
        private Flow.@Nullable Subscription upstream;
        private long demand;
        private boolean asked;
        private boolean delivering;
        private boolean ended;
        private boolean over;
        private @Nullable Throwable failure;

        Relay(Flow.Subscriber<? super ChatModelStreamingEvent> downstream, @Nullable String model, Executor executor) {
            this.downstream = downstream;
            this.model = model;
            this.executor = executor;
        }

        /** Tells the subscriber why there is no call. */
        void refuse(RuntimeException fault) {
            fail(MeshErrors.translate(fault, model));
            boolean subscribed;
            lock.lock();
            try {
                subscribed = upstream != null;
            } finally {
                lock.unlock();
            }
            if (subscribed) {
                deliver();
            } else {
                subscribed();
            }
        }

        // ---- from the mesh

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            boolean second;
            lock.lock();
            try {
                second = upstream != null;
                if (!second) {
                    upstream = subscription;
                }
            } finally {
                lock.unlock();
            }
            if (second) {
                subscription.cancel();
            } else {
                subscribed();
            }
        }

        private void subscribed() {
            occupy();
            try {
                downstream.onSubscribe(this);
            } catch (Throwable e) {
                thrown(e);
            }
            boolean failed;
            lock.lock();
            try {
                delivering = false;
                failed = ended;
            } finally {
                lock.unlock();
            }
            if (failed) {
                deliver();
            } else {
                handOver();
            }
        }

        @Override
        public void onNext(ChatEvent event) {
            lock.lock();
            try {
                asked = false;
                if (over || ended) {
                    return;
                }
                queue.addAll(events.of(event));
            } catch (RuntimeException e) {
                ended = true;
                failure = e;
            } finally {
                lock.unlock();
            }
            deliver();
        }

        @Override
        public void onError(Throwable fault) {
            fail(MeshErrors.translate(Objects.requireNonNull(fault, "fault"), model));
            deliver();
        }

        @Override
        public void onComplete() {
            lock.lock();
            try {
                ended = true;
            } finally {
                lock.unlock();
            }
            deliver();
        }

        private void fail(Throwable fault) {
            lock.lock();
            try {
                if (!ended) {
                    ended = true;
                    failure = fault;
                }
            } finally {
                lock.unlock();
            }
        }

        // ---- from the subscriber

        @Override
        public void request(long n) {
            lock.lock();
            try {
                if (n > 0) {
                    demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
                } else {
                    queue.clear();
                    ended = true;
                    failure = new IllegalArgumentException("demand must be positive, was " + n);
                }
            } finally {
                lock.unlock();
            }
            if (n <= 0) {
                stopNode();
            }
            handOver();
        }

        @Override
        public void cancel() {
            lock.lock();
            try {
                over = true;
                queue.clear();
            } finally {
                lock.unlock();
            }
            stopNode();
        }

        private void stopNode() {
            Flow.Subscription source;
            lock.lock();
            try {
                source = upstream;
            } finally {
                lock.unlock();
            }
            if (source != null) {
                source.cancel();
            }
        }

        // ---- to the subscriber

        /** Delivers on another thread what there is, unless some thread delivers already. */
        private void handOver() {
            lock.lock();
            try {
                if (delivering || next() == Step.REST) {
                    return;
                }
            } finally {
                lock.unlock();
            }
            try {
                executor.execute(this::deliver);
            } catch (RejectedExecutionException e) {
                fail(DeliveryThreads.rejected(e));
                stopNode();
                deliver();
            }
        }

        private void deliver() {
            if (occupy()) {
                Step step;
                do {
                    step = step();
                } while (step != Step.REST);
            }
        }

        /** Makes this thread the one that signals, if there is none. */
        private boolean occupy() {
            lock.lock();
            try {
                boolean free = !delivering;
                delivering = true;
                return free;
            } finally {
                lock.unlock();
            }
        }

        private Step step() {
            ChatModelStreamingEvent event = null;
            Flow.Subscription source = null;
            Throwable fault = null;
            Step step;
            lock.lock();
            try {
                step = next();
                switch (step) {
                    case EVENT -> {
                        event = queue.remove();
                        demand = demand == Long.MAX_VALUE ? demand : demand - 1;
                    }
                    case ASK -> {
                        asked = true;
                        source = upstream;
                    }
                    case ERROR -> {
                        over = true;
                        fault = failure;
                    }
                    case COMPLETE -> over = true;
                    case REST -> delivering = false;
                }
            } finally {
                lock.unlock();
            }
            try {
                if (event != null) {
                    downstream.onNext(event);
                } else if (source != null) {
                    source.request(1);
                } else if (fault != null) {
                    downstream.onError(fault);
                } else if (step == Step.COMPLETE) {
                    downstream.onComplete();
                }
            } catch (Throwable e) {
                thrown(e);
            }
            return step;
        }

        private Step next() {
            if (over || (demand == 0 && !(ended && queue.isEmpty()))) {
                return Step.REST;
            }
            if (!queue.isEmpty()) {
                return Step.EVENT;
            }
            if (ended) {
                return failure == null ? Step.COMPLETE : Step.ERROR;
            }
            return asked || upstream == null ? Step.REST : Step.ASK;
        }

        /** A subscriber must not throw, not even an error; it has broken its contract, so it is told nothing more. */
        private void thrown(Throwable fault) {
            log.warn(
                    "A subscriber of a streamed answer threw {}; its stream is cancelled",
                    fault.getClass().getName());
            log.debug("What the subscriber threw", fault);
            cancel();
        }
    }
}
