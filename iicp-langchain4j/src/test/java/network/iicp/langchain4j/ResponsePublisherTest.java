package network.iicp.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.awaitility.Awaitility.await;

import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import dev.langchain4j.model.chat.response.CompleteResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.Usage;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatMessage;
import network.iicp.protocol.chat.FinishReason;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ResponsePublisherTest {

    @Test
    void nothing_is_asked_before_a_subscriber_asks() {
        AtomicInteger calls = new AtomicInteger();
        Probe probe = new Probe(0);

        ResponsePublisher publisher = new ResponsePublisher(
                () -> {
                    calls.incrementAndGet();
                    return Streams.ofEvents(3);
                },
                null,
                DeliveryThreads.INSTANCE);
        assertThat(calls).hasValue(0);
        publisher.subscribe(probe);

        assertThat(calls).hasValue(1);
        assertThat(probe.events).isEmpty();
        publisher.subscribe(new Probe(0));
        assertThat(calls).hasValue(2);
    }

    @Test
    void demand_is_kept_to() {
        Probe probe = new Probe(0);
        publisher(Streams.ofEvents(5), DeliveryThreads.INSTANCE).subscribe(probe);

        probe.subscription.request(2);
        await().until(() -> probe.events.size() == 2);
        probe.subscription.request(1);
        await().until(() -> probe.events.size() == 3);
        assertThat(probe.completed.getCount()).isEqualTo(1);

        probe.subscription.request(Long.MAX_VALUE);
        probe.subscription.request(Long.MAX_VALUE);
        probe.awaitEnd();

        assertThat(probe.events).hasSize(5).last().isInstanceOf(CompleteResponse.class);
    }

    @Test
    void no_event_comes_on_the_thread_that_asks() {
        Probe probe = new Probe(Long.MAX_VALUE);

        publisher(Streams.ofEvents(50), DeliveryThreads.INSTANCE).subscribe(probe);
        probe.awaitEnd();

        assertThat(probe.threads).isNotEmpty().doesNotContain(Thread.currentThread());
    }

    @Test
    void failures_of_the_mesh_are_told_in_LangChain4j_s_words() {
        IicpException fault = IicpException.of(IicpError.of(ErrorCode.NO_PROVIDER, ErrorComponent.CLIENT, "nobody"));
        Probe probe = new Probe(1);

        new ResponsePublisher(() -> failing(fault), "llama3:8b", DeliveryThreads.INSTANCE).subscribe(probe);
        probe.awaitEnd();

        assertThat(probe.failure)
                .isExactlyInstanceOf(ModelNotFoundException.class)
                .hasCause(fault);
    }

    @Test
    void a_refusal_ends_the_stream_in_an_error() {
        ChatMessage.Assistant refused = new ChatMessage.Assistant("", null, "no", List.of());
        Probe probe = new Probe(10);

        publisher(
                        Streams.of(new ChatEvent.Completed(Streams.result(refused, FinishReason.STOP, Usage.UNKNOWN))),
                        DeliveryThreads.INSTANCE)
                .subscribe(probe);
        probe.awaitEnd();

        assertThat(probe.failure).isExactlyInstanceOf(IicpRefusalException.class);
        assertThat(probe.events).isEmpty();
    }

    @Test
    void a_subscriber_that_throws_is_cancelled_and_hears_nothing_more() {
        AtomicInteger heard = new AtomicInteger();
        AtomicBoolean ended = new AtomicBoolean();
        AtomicBoolean stopped = new AtomicBoolean();
        publisher(endless(stopped), DeliveryThreads.INSTANCE).subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(ChatModelStreamingEvent item) {
                heard.incrementAndGet();
                throw new AssertionError("user test");
            }

            @Override
            public void onError(Throwable fault) {
                ended.set(true);
            }

            @Override
            public void onComplete() {
                ended.set(true);
            }
        });

        await().untilTrue(stopped);
        assertThat(heard).hasValue(1);
        assertThat(ended).isFalse();
    }

    @Test
    void cancelling_stops_the_call() {
        AtomicBoolean stopped = new AtomicBoolean();
        Probe probe = new Probe(3);
        publisher(endless(stopped), DeliveryThreads.INSTANCE).subscribe(probe);
        await().until(() -> probe.events.size() == 3);

        probe.subscription.cancel();
        probe.subscription.request(5);

        assertThat(stopped).isTrue();
        assertThat(probe.events).hasSize(3).allMatch(PartialResponse.class::isInstance);
    }

    @Test
    void an_executor_that_takes_no_more_is_told_to_the_subscriber() {
        AtomicBoolean stopped = new AtomicBoolean();
        Probe probe = new Probe(1);

        publisher(endless(stopped), task -> {
                    throw new RejectedExecutionException("full");
                })
                .subscribe(probe);
        probe.awaitEnd();

        assertThat(probe.failure)
                .isExactlyInstanceOf(InternalServerException.class)
                .hasMessageContaining("takes no more streams");
        assertThat(stopped).isTrue();
    }

    @Test
    void demand_that_is_not_positive_is_an_error() {
        Probe probe = new Probe(0);
        publisher(Streams.ofEvents(3), DeliveryThreads.INSTANCE).subscribe(probe);

        probe.subscription.request(0);
        probe.awaitEnd();

        assertThat(probe.failure).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("was 0");
    }

    @Test
    void a_subscriber_is_needed() {
        assertThatNullPointerException()
                .isThrownBy(() -> publisher(Streams.ofEvents(1), Runnable::run).subscribe(null));
    }

    private static ResponsePublisher publisher(Flow.Publisher<ChatEvent> stream, Executor executor) {
        return new ResponsePublisher(() -> stream, null, executor);
    }

    private static Flow.Publisher<ChatEvent> failing(Throwable fault) {
        return subscriber -> {
            subscriber.onSubscribe(new Flow.Subscription() {
                @Override
                public void request(long n) {
                    subscriber.onError(fault);
                }

                @Override
                public void cancel() {
                    // nothing runs
                }
            });
        };
    }

    private static Flow.Publisher<ChatEvent> endless(AtomicBoolean stopped) {
        return subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {
                for (long i = 0; i < n && !stopped.get(); i++) {
                    subscriber.onNext(new ChatEvent.TextDelta("more"));
                }
            }

            @Override
            public void cancel() {
                stopped.set(true);
            }
        });
    }

    private static final class Probe implements Flow.Subscriber<ChatModelStreamingEvent> {

        private final List<ChatModelStreamingEvent> events = new CopyOnWriteArrayList<>();
        private final List<Thread> threads = new CopyOnWriteArrayList<>();
        private final CountDownLatch completed = new CountDownLatch(1);
        private final long first;
        private volatile Flow.Subscription subscription;
        private volatile Throwable failure;

        Probe(long first) {
            this.first = first;
        }

        void awaitEnd() {
            try {
                assertThat(completed.await(10, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            if (first > 0) {
                given.request(first);
            }
        }

        @Override
        public void onNext(ChatModelStreamingEvent item) {
            threads.add(Thread.currentThread());
            events.add(item);
        }

        @Override
        public void onError(Throwable fault) {
            failure = fault;
            completed.countDown();
        }

        @Override
        public void onComplete() {
            completed.countDown();
        }
    }
}
