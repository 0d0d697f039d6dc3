package network.iicp.client;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Provenance;
import network.iicp.protocol.Task;
import network.iicp.protocol.TaskEvent;
import network.iicp.protocol.TaskResult;
import network.iicp.protocol.Usage;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.completion.CompletionEvent;
import network.iicp.spi.RoutingEvent;
import network.iicp.spi.TraceSource;
import network.iicp.transport.TraceContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells when calls begin and end, and finds the trace they continue. Thread-safe. */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class CallWatch {

    private static final Logger log = LoggerFactory.getLogger(CallWatch.class);

    private final ConsumerContext context;
    private final @Nullable TraceSource traces;
    private final LongSupplier nanos;
    private final AtomicInteger active;
    private final AtomicBoolean traceFaultLogged = new AtomicBoolean();

    /**
     * @param traces says which trace a call continues, or {@code null} when nobody knows
     * @param active how many calls have begun and not ended; kept by this watch
     */
    CallWatch(ConsumerContext context, @Nullable TraceSource traces, LongSupplier nanos, AtomicInteger active) {
        this.context = context;
        this.traces = traces;
        this.nanos = nanos;
        this.active = active;
    }

    /** Tells that a call begins, on this thread, and gives it its place in a trace. */
    Call begin(Task task, CallOptions options, boolean streaming) {
        active.incrementAndGet();
        context.tell(new RoutingEvent.Started(
                task.id(), task.intent(), task.constraints().model(), streaming));
        return new Call(task, options.withTrace(trace(task.id(), options.trace())), nanos.getAsLong());
    }

    private TraceContext trace(String taskId, @Nullable TraceContext given) {
        TraceSource.Headers headers = headers(taskId);
        if (headers != null) {
            var known = TraceContext.parse(headers.traceparent(), headers.tracestate());
            if (known.isPresent()) {
                return known.get();
            }
        }
        return given == null ? TraceContext.root(context.random()) : given.child(context.random());
    }

    private TraceSource.@Nullable Headers headers(String taskId) {
        if (traces == null) {
            return null;
        }
        try {
            return traces.headers(taskId);
        } catch (RuntimeException e) {
            if (traceFaultLogged.compareAndSet(false, true)) {
                log.warn("a trace source failed; calls begin traces of their own where it does", e);
            }
            return null;
        }
    }

    /** One call that has begun. */
    final class Call {

        private final Task task;
        private final CallOptions options;
        private final long startNanos;
        private final AtomicBoolean over = new AtomicBoolean();
        private final AtomicInteger attempts = new AtomicInteger();
        private volatile @Nullable String model;
        private volatile Usage usage = Usage.UNKNOWN;

        private Call(Task task, CallOptions options, long startNanos) {
            this.task = task;
            this.options = options;
            this.startNanos = startNanos;
        }

        /** Returns the options of the call, with its place in a trace. */
        CallOptions options() {
            return options;
        }

        /** Returns a reader that also looks at what is told of the answer. */
        <T> Function<TaskResult, T> reading(Function<TaskResult, T> reader) {
            return answer -> {
                T value = reader.apply(answer);
                learn(answer.model(), answer.usage(), answer.provenance());
                return value;
            };
        }

        private void learn(@Nullable String answeredBy, Usage used, Provenance provenance) {
            model = answeredBy;
            usage = used;
            attempts.addAndGet(provenance.attempts().size());
        }

        private void completed(@Nullable String answeredBy, Usage used, Provenance provenance) {
            learn(answeredBy, used, provenance);
            end(RoutingEvent.Ended.SUCCESS);
        }

        /**
         * Returns a future that ends as this one does, after the end was told: whoever waits for it goes on when all that belongs to the
         * call is over. Cancelling it cancels the call.
         */
        <T> CompletableFuture<T> ending(CompletableFuture<T> call) {
            return ending(call, (value, fault) -> ended(fault));
        }

        /** As {@link #ending(CompletableFuture)}, for calls whose outcome says whether there is an answer. */
        CompletableFuture<CooperationOutcome> cooperating(CompletableFuture<CooperationOutcome> call) {
            return ending(call, this::decided);
        }

        private void decided(@Nullable CooperationOutcome outcome, @Nullable Throwable fault) {
            if (outcome == null) {
                ended(fault);
                return;
            }
            outcome.parts().forEach(part -> learn(part.model(), part.usage(), part.provenance()));
            TaskResult answer = outcome.answer();
            model = answer == null ? null : answer.model();
            usage = answer == null ? Usage.UNKNOWN : answer.usage();
            end(outcome.fault().map(IicpException::code).orElse(RoutingEvent.Ended.SUCCESS));
        }

        private <T> CompletableFuture<T> ending(
                CompletableFuture<T> call, BiConsumer<@Nullable T, @Nullable Throwable> end) {
            CompletableFuture<T> own = new CompletableFuture<>();
            own.whenComplete((value, fault) -> {
                if (own.isCancelled()) {
                    call.cancel(true);
                }
            });
            call.whenComplete((value, fault) -> {
                end.accept(value, fault);
                if (fault == null) {
                    own.complete(value);
                } else {
                    own.completeExceptionally(fault);
                }
            });
            return own;
        }

        /** Returns a subscriber that passes everything on, and tells the end. */
        <E> Flow.Subscriber<E> ending(Flow.Subscriber<? super E> subscriber) {
            return new Passing<>(subscriber);
        }

        private void ended(@Nullable Throwable fault) {
            if (fault == null) {
                end(RoutingEvent.Ended.SUCCESS);
            } else if (fault instanceof CancellationException) {
                end(RoutingEvent.Ended.CANCELLED);
            } else {
                IicpException typed = Faults.typed(fault);
                attempts.set(typed.error().attempts().size());
                end(typed.code());
            }
        }

        /** Tells the end, the first time. */
        void end(String outcome) {
            if (over.compareAndSet(false, true)) {
                active.decrementAndGet();
                Duration elapsed = Duration.ofNanos(nanos.getAsLong() - startNanos);
                context.tell(new RoutingEvent.Ended(
                        task.id(), task.intent(), outcome, elapsed, attempts.get(), model, usage));
            }
        }

        /** The end is told before the subscriber hears of it, so that what the subscriber does next comes after it. */
        private final class Passing<E> implements Flow.Subscriber<E>, Flow.Subscription {

            private final Flow.Subscriber<? super E> downstream;
            private volatile Flow.@Nullable Subscription upstream;

            Passing(Flow.Subscriber<? super E> downstream) {
                this.downstream = downstream;
            }

            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                upstream = subscription;
                downstream.onSubscribe(this);
            }

            @Override
            public void request(long n) {
                Flow.Subscription source = upstream;
                if (source != null) {
                    source.request(n);
                }
            }

            @Override
            public void cancel() {
                Flow.Subscription source = upstream;
                if (source != null) {
                    source.cancel();
                }
                end(RoutingEvent.Ended.CANCELLED);
            }

            @Override
            public void onNext(E event) {
                if (event instanceof ChatEvent.Completed chat) {
                    completed(
                            chat.result().model(),
                            chat.result().usage(),
                            chat.result().provenance());
                } else if (event instanceof CompletionEvent.Completed text) {
                    completed(
                            text.result().model(),
                            text.result().usage(),
                            text.result().provenance());
                } else if (event instanceof TaskEvent.Completed any) {
                    completed(
                            any.result().model(),
                            any.result().usage(),
                            any.result().provenance());
                }
                downstream.onNext(event);
            }

            @Override
            public void onError(Throwable fault) {
                ended(fault);
                downstream.onError(fault);
            }

            @Override
            public void onComplete() {
                end(RoutingEvent.Ended.SUCCESS);
                downstream.onComplete();
            }
        }
    }
}
