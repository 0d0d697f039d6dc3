package network.iicp.samples.benchmarks.reliability;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import network.iicp.protocol.chat.ChatEvent;
import network.iicp.protocol.chat.ChatResult;
import org.jspecify.annotations.Nullable;

/** Keeps what a stream delivered. */
final class Listener implements Flow.Subscriber<ChatEvent> {

    private final StringBuilder text = new StringBuilder();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicInteger ends = new AtomicInteger();
    private volatile @Nullable ChatResult result;
    private volatile @Nullable Throwable fault;

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(ChatEvent event) {
        if (event instanceof ChatEvent.TextDelta delta) {
            text.append(delta.text());
        } else if (event instanceof ChatEvent.Completed completed) {
            result = completed.result();
        }
    }

    @Override
    public void onError(Throwable thrown) {
        fault = thrown;
        ends.incrementAndGet();
        ended.countDown();
    }

    @Override
    public void onComplete() {
        ends.incrementAndGet();
        ended.countDown();
    }

    boolean await(Duration limit) throws InterruptedException {
        return ended.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Returns the deltas, joined. */
    String delivered() {
        return text.toString();
    }

    @Nullable
    ChatResult result() {
        return result;
    }

    @Nullable
    Throwable fault() {
        return fault;
    }

    /** Returns how many terminal signals came; 1 is right. */
    int ends() {
        return ends.get();
    }
}
