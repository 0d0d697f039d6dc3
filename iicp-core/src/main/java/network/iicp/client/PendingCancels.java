package network.iicp.client;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Requests to cancel that are on their way to nodes. Nobody waits for them, except the close of the consumer, and shortly. Thread-safe. */
@SuppressWarnings({
    "FutureReturnValueIgnored", // whenComplete is used for its effect
    "CollectionUndefinedEquality" // identity is meant
})
final class PendingCancels {

    private final Set<CompletableFuture<?>> pending = ConcurrentHashMap.newKeySet();

    void add(CompletableFuture<?> request) {
        pending.add(request);
        request.whenComplete((reply, fault) -> pending.remove(request));
    }

    /**
     * Waits until every request was answered or has failed.
     *
     * @param limit longest wait
     * @return whether none is left
     */
    boolean await(Duration limit) {
        CompletableFuture<?> all = CompletableFuture.allOf(pending.toArray(CompletableFuture<?>[]::new));
        try {
            all.handle((none, fault) -> none).get(limit.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a handled future failed", e);
        }
    }
}
