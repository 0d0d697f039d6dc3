package network.iicp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A subscriber that records signals and fails on any that break the rules of reactive streams. */
class EventProbe implements Flow.Subscriber<ServerSentEvent> {

    private final long first;
    private final List<ServerSentEvent> events = new CopyOnWriteArrayList<>();
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private final AtomicInteger inside = new AtomicInteger();

    /** Asks for {@code first} events when subscribed; none when 0. */
    EventProbe(long first) {
        this.first = first;
    }

    Flow.Subscription subscription() throws Exception {
        return subscription.get(10, TimeUnit.SECONDS);
    }

    List<ServerSentEvent> events() {
        return events;
    }

    List<String> data() {
        List<String> data = new ArrayList<>();
        events.forEach(event -> data.add(event.data()));
        return data;
    }

    boolean ended() {
        return end.isDone();
    }

    void awaitCompletion() throws Exception {
        end.get(20, TimeUnit.SECONDS);
        assertNoViolations();
    }

    Throwable awaitError() {
        Throwable error = end.handle((ok, failure) -> failure)
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
        assertThat(error).isNotNull();
        assertNoViolations();
        return error;
    }

    void assertNoViolations() {
        assertThat(violations).isEmpty();
    }

    @Override
    public void onSubscribe(Flow.Subscription next) {
        enter("onSubscribe");
        if (!subscription.complete(next)) {
            violations.add("a second onSubscribe");
        }
        if (first > 0) {
            next.request(first);
        }
        inside.decrementAndGet();
    }

    @Override
    public void onNext(ServerSentEvent event) {
        enter("onNext");
        events.add(event);
        received(event);
        inside.decrementAndGet();
    }

    /** For tests that ask for more, cancel or fail in the middle. */
    void received(ServerSentEvent event) {
        assertThat(event).isNotNull();
    }

    @Override
    public void onError(Throwable failure) {
        enter("onError");
        if (!end.completeExceptionally(failure)) {
            violations.add("a second terminal signal: " + failure);
        }
        inside.decrementAndGet();
    }

    @Override
    public void onComplete() {
        enter("onComplete");
        if (!end.complete(null)) {
            violations.add("a second terminal signal: onComplete");
        }
        inside.decrementAndGet();
    }

    private void enter(String signal) {
        if (inside.getAndIncrement() != 0) {
            violations.add(signal + " while another signal runs");
        }
        if (!signal.equals("onSubscribe") && !subscription.isDone()) {
            violations.add(signal + " before onSubscribe");
        }
        if (end.isDone()) {
            violations.add(signal + " after the end");
        }
    }
}
