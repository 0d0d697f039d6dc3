package network.iicp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import network.iicp.IicpClient;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import org.awaitility.Awaitility;

/** A subscriber that keeps what it is told. */
final class StreamProbe implements Flow.Subscriber<ChatEvent> {

    private final List<ChatEvent> events = new CopyOnWriteArrayList<>();
    private final AtomicInteger terminals = new AtomicInteger();
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final long firstDemand;
    private final Consumer<ChatEvent> onEvent;
    private volatile Flow.Subscription subscription;
    private volatile Throwable failure;

    private StreamProbe(long firstDemand, Consumer<ChatEvent> onEvent) {
        this.firstDemand = firstDemand;
        this.onEvent = onEvent;
    }

    static StreamProbe of(IicpClient client, ChatRequest request, long demand) {
        return of(client, request, demand, event -> {});
    }

    static StreamProbe of(IicpClient client, ChatRequest request, long demand, Consumer<ChatEvent> onEvent) {
        return of(client.chatStream(request), demand, onEvent);
    }

    static StreamProbe of(Flow.Publisher<ChatEvent> publisher, long demand, Consumer<ChatEvent> onEvent) {
        StreamProbe probe = new StreamProbe(demand, onEvent);
        publisher.subscribe(probe);
        return probe;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        if (firstDemand > 0) {
            given.request(firstDemand);
        }
    }

    @Override
    public void onNext(ChatEvent item) {
        events.add(item);
        onEvent.accept(item);
    }

    @Override
    public void onError(Throwable thrown) {
        failure = thrown;
        terminals.incrementAndGet();
        done.complete(null);
    }

    @Override
    public void onComplete() {
        terminals.incrementAndGet();
        done.complete(null);
    }

    void request(long n) {
        subscription.request(n);
    }

    void cancel() {
        subscription.cancel();
    }

    /** Does something when the stream has ended. */
    void whenDone(Runnable action) {
        done.thenRun(action);
    }

    /** Waits for the end of the stream. */
    StreamProbe await() {
        done.orTimeout(30, TimeUnit.SECONDS).join();
        return this;
    }

    void awaitEvents(int count) {
        Awaitility.await().until(() -> events.size() >= count);
    }

    List<ChatEvent> events() {
        return events;
    }

    int terminals() {
        return terminals.get();
    }

    Throwable failure() {
        return failure;
    }

    String text() {
        StringBuilder text = new StringBuilder();
        for (ChatEvent event : events) {
            if (event instanceof ChatEvent.TextDelta delta) {
                text.append(delta.text());
            }
        }
        return text.toString();
    }

    ChatResult completed() {
        assertThat(failure).isNull();
        return ((ChatEvent.Completed) events.get(events.size() - 1)).result();
    }
}
