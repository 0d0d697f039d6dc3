package network.iicp.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialThinkingContext;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.PartialToolCallContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ToolCall;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HandlerDeliveryTest {

    private final Recorder handler = new Recorder();

    @Test
    void everything_arrives_in_order_on_the_delivering_thread() {
        deliver(Streams.of(
                new ChatEvent.ReasoningDelta("hm"),
                new ChatEvent.TextDelta("Hello"),
                new ChatEvent.ToolCallDelta(0, "call_1", "now", "{}"),
                new ChatEvent.Completed(Streams.result("Hello", new ToolCall("call_1", "now", "{}")))));

        assertThat(handler.heard)
                .containsExactly("thinking hm", "text Hello", "fragment {}", "call now", "response Hello");
        assertThat(handler.threads).containsOnly(Thread.currentThread());
    }

    @Test
    void a_stream_of_many_events_arrives_completely() {
        deliver(Streams.ofEvents(5_000));

        assertThat(handler.heard).hasSize(5_000).endsWith("text word 4999", "response words");
    }

    @Test
    void a_slow_handler_slows_the_stream_down() {
        AtomicLong asked = new AtomicLong();
        AtomicLong delivered = new AtomicLong();
        AtomicLong lead = new AtomicLong();
        handler.onText = handle -> {
            delivered.incrementAndGet();
            lead.accumulateAndGet(asked.get() - delivered.get(), Math::max);
        };

        deliver(counting(Streams.ofEvents(200), asked));

        assertThat(delivered).hasValue(199);
        assertThat(lead.get()).isBetween(0L, 10L);
    }

    @Nested
    @DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
    class When_the_handler_throws {

        @Test
        void it_is_told_and_the_stream_goes_on() {
            handler.onText = handle -> {
                throw new IllegalStateException("user code");
            };

            deliver(Streams.ofEvents(3));

            assertThat(handler.heard)
                    .containsExactly(
                            "text word 1", "error user code", "text word 2", "error user code", "response words");
        }

        @Test
        void an_error_does_not_end_the_stream_either() {
            handler.onText = handle -> {
                throw new AssertionError("user test");
            };

            deliver(Streams.ofEvents(2));

            assertThat(handler.heard).containsExactly("text word 1", "error user test", "response words");
        }

        @Test
        void from_onError_it_is_ignored() {
            handler.onText = handle -> {
                throw new IllegalStateException("user code");
            };
            handler.onError = () -> {
                throw new IllegalStateException("again");
            };

            deliver(Streams.ofEvents(2));

            assertThat(handler.heard).endsWith("response words");
        }
    }

    @Nested
    @DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
    class When_the_handler_cancels {

        @Test
        void nothing_more_is_delivered_and_the_stream_is_stopped() {
            AtomicBoolean stopped = new AtomicBoolean();
            handler.onText = StreamingHandle::cancel;

            deliver(stopping(Streams.ofEvents(100), stopped));

            assertThat(handler.heard).containsExactly("text word 1");
            assertThat(stopped).isTrue();
        }

        @Test
        void what_it_throws_then_is_not_told() {
            handler.onText = handle -> {
                handle.cancel();
                throw new IllegalStateException("user code");
            };

            deliver(Streams.ofEvents(100));

            assertThat(handler.heard).containsExactly("text word 1");
        }

        @Test
        void from_another_thread_the_waiting_delivery_ends() throws Exception {
            CountDownLatch heard = new CountDownLatch(1);
            handler.onText = handle -> heard.countDown();
            HandlerDelivery delivery = delivery(silentAfter(new ChatEvent.TextDelta("one")));
            Thread thread = new Thread(delivery);
            thread.start();
            assertThat(heard.await(5, TimeUnit.SECONDS)).isTrue();

            delivery.cancel();
            delivery.cancel();

            thread.join(5_000);
            assertThat(thread.isAlive()).isFalse();
            assertThat(delivery.isCancelled()).isTrue();
            assertThat(handler.heard).containsExactly("text one");
        }

        @Test
        void before_the_stream_begins_it_is_stopped_at_once() {
            AtomicBoolean stopped = new AtomicBoolean();
            HandlerDelivery delivery = delivery(stopping(Streams.ofEvents(3), stopped));
            delivery.cancel();

            delivery.run();

            assertThat(handler.heard).isEmpty();
            assertThat(stopped).isTrue();
        }
    }

    @Test
    void an_interrupt_stops_the_stream_and_is_told() throws Exception {
        AtomicBoolean stopped = new AtomicBoolean();
        CountDownLatch heard = new CountDownLatch(1);
        handler.onText = handle -> heard.countDown();
        Thread thread = new Thread(delivery(stopping(silentAfter(new ChatEvent.TextDelta("one")), stopped)));
        thread.start();
        assertThat(heard.await(5, TimeUnit.SECONDS)).isTrue();

        thread.interrupt();

        thread.join(5_000);
        assertThat(stopped).isTrue();
        assertThat(handler.heard)
                .containsExactly("text one", "error the delivering thread was interrupted; the task was cancelled");
    }

    private void deliver(Flow.Publisher<ChatEvent> stream) {
        delivery(stream).run();
    }

    private HandlerDelivery delivery(Flow.Publisher<ChatEvent> stream) {
        Flow.Publisher<ChatModelStreamingEvent> events = new ResponsePublisher(() -> stream, null, Runnable::run);
        return new HandlerDelivery(events, handler);
    }

    private static Flow.Publisher<ChatEvent> silentAfter(ChatEvent first) {
        return subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
            private boolean begun;

            @Override
            public void request(long n) {
                if (!begun) {
                    begun = true;
                    subscriber.onNext(first);
                }
            }

            @Override
            public void cancel() {
                begun = true;
            }
        });
    }

    private static Flow.Publisher<ChatEvent> counting(Flow.Publisher<ChatEvent> stream, AtomicLong asked) {
        return tapped(stream, asked::addAndGet, () -> {});
    }

    private static Flow.Publisher<ChatEvent> stopping(Flow.Publisher<ChatEvent> stream, AtomicBoolean stopped) {
        return tapped(stream, n -> {}, () -> stopped.set(true));
    }

    private static Flow.Publisher<ChatEvent> tapped(
            Flow.Publisher<ChatEvent> stream, LongConsumer onRequest, Runnable onCancel) {
        return subscriber -> stream.subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription source) {
                subscriber.onSubscribe(new Flow.Subscription() {
                    @Override
                    public void request(long n) {
                        onRequest.accept(n);
                        source.request(n);
                    }

                    @Override
                    public void cancel() {
                        onCancel.run();
                        source.cancel();
                    }
                });
            }

            @Override
            public void onNext(ChatEvent item) {
                subscriber.onNext(item);
            }

            @Override
            public void onError(Throwable fault) {
                subscriber.onError(fault);
            }

            @Override
            public void onComplete() {
                subscriber.onComplete();
            }
        });
    }

    private static final class Recorder implements StreamingChatResponseHandler {

        private final List<String> heard = new ArrayList<>();
        private final List<Thread> threads = new ArrayList<>();
        private Consumer<StreamingHandle> onText = handle -> {};
        private Runnable onError = () -> {};

        private void hear(String what) {
            heard.add(what);
            threads.add(Thread.currentThread());
        }

        @Override
        public void onPartialResponse(String text) {
            hear("one-argument text " + text);
        }

        @Override
        public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
            hear("text " + partial.text());
            onText.accept(context.streamingHandle());
        }

        @Override
        public void onPartialThinking(PartialThinking partial, PartialThinkingContext context) {
            hear("thinking " + partial.text());
        }

        @Override
        public void onPartialToolCall(PartialToolCall partial, PartialToolCallContext context) {
            hear("fragment " + partial.partialArguments());
        }

        @Override
        public void onCompleteToolCall(CompleteToolCall call) {
            hear("call " + call.toolExecutionRequest().name());
        }

        @Override
        public void onCompleteResponse(ChatResponse response) {
            hear("response " + response.aiMessage().text());
        }

        @Override
        public void onError(Throwable error) {
            hear("error " + error.getMessage());
            onError.run();
        }
    }
}
