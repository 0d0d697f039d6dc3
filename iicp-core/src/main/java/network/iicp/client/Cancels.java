package network.iicp.client;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import network.iicp.transport.HttpCall;
import network.iicp.transport.HttpReply;
import network.iicp.transport.HttpTransport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Requests to cancel that are on their way to nodes. Nobody waits for them, except the close of the consumer, and shortly. Thread-safe. */
@SuppressWarnings({
    "FutureReturnValueIgnored", // whenComplete is used for its effect
    "CollectionUndefinedEquality" // identity is meant
})
final class Cancels {

    private static final Logger log = LoggerFactory.getLogger(Cancels.class);
    private static final Duration OVERTAKEN = Duration.ofMillis(200);
    private static final int MOST_TRIES = 3;
    private static final int UNKNOWN_TASK = 404;

    private final HttpTransport transport;
    private final CallTimer timer;
    private final Set<CompletableFuture<HttpReply>> pending = ConcurrentHashMap.newKeySet();

    Cancels(HttpTransport transport, CallTimer timer) {
        this.transport = transport;
        this.timer = timer;
    }

    /**
     * Sends a request to cancel; again when the node does not know the task although it may be on its way.
     *
     * @param call makes the request
     * @param accepted whether the node has shown that it knows the task
     * @param node who is asked, for the log
     * @param taskId what is cancelled, for the log
     * @return the last answer of the node, or the failure to get one
     */
    CompletableFuture<HttpReply> send(Supplier<HttpCall> call, boolean accepted, String node, String taskId) {
        CompletableFuture<HttpReply> done = new CompletableFuture<>();
        pending.add(done);
        done.whenComplete((reply, fault) -> {
            pending.remove(done);
            log.debug(
                    "asked node {} to cancel task {}: {}",
                    node,
                    taskId,
                    fault == null
                            ? "HTTP " + reply.status()
                            : Faults.unwrap(fault).getClass().getSimpleName());
        });
        attempt(call, accepted ? 1 : MOST_TRIES, done);
        return done;
    }

    private void attempt(Supplier<HttpCall> call, int tries, CompletableFuture<HttpReply> done) {
        transport.exchange(call.get()).whenComplete((reply, fault) -> {
            if (fault != null) {
                done.completeExceptionally(fault);
            } else if (reply.status() != UNKNOWN_TASK || tries == 1 || !again(call, tries - 1, done)) {
                done.complete(reply);
            }
        });
    }

    private boolean again(Supplier<HttpCall> call, int tries, CompletableFuture<HttpReply> done) {
        try {
            timer.schedule(() -> attempt(call, tries, done), OVERTAKEN);
            return true;
        } catch (RejectedExecutionException e) {
            return false; // the consumer was closed meanwhile
        }
    }

    /**
     * Waits until every request was answered or has failed.
     *
     * @param limit longest wait
     * @return whether none is left
     */
    boolean await(Duration limit) {
        CompletableFuture<?> all = CompletableFuture.allOf(pending.stream()
                .map(each -> each.handle((reply, fault) -> reply))
                .toArray(CompletableFuture<?>[]::new));
        try {
            all.get(limit.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a future that never fails has failed", e);
        }
    }
}
