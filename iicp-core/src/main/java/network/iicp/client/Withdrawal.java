package network.iicp.client;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.transport.HttpReply;
import org.jspecify.annotations.Nullable;

/**
 * Whether a node was asked to cancel what it was sent, and what it said. A node keeps the end of a task and repeats it to whoever sends the
 * same bytes again: that is welcome when it has the result, and in vain when it has stopped because this client asked for that. Thread-safe.
 */
final class Withdrawal {

    /** Words for a task on which the request to cancel had no effect. */
    private static final Set<String> WENT_ON = Set.of("running", "completed", "failed", "timed_out");

    private static final int UNKNOWN_TASK = 404;

    private volatile CompletableFuture<Boolean> stopped = CompletableFuture.completedFuture(false);

    /**
     * Notes that the node is asked to cancel.
     *
     * @param answer what it says to that
     */
    void asked(CompletableFuture<HttpReply> answer) {
        stopped = answer.handle((reply, fault) -> fault != null || hasStopped(reply));
    }

    /** Returns a future that ends when the node has said what became of the request, or can say it no more. Never fails. */
    CompletableFuture<?> settled() {
        return stopped.copy();
    }

    /** Returns whether the node must be taken to have given up the task, so that the same bytes would only bring that to light. */
    boolean hasStopped() {
        return stopped.getNow(true);
    }

    private static boolean hasStopped(HttpReply reply) {
        if (reply.status() == UNKNOWN_TASK) {
            return false;
        }
        String word = status(reply);
        return word == null || !WENT_ON.contains(word);
    }

    private static @Nullable String status(HttpReply reply) {
        try {
            return Json.parseObject(reply.body(), JsonLimits.DEFAULT).get("status") instanceof String word
                    ? word
                    : null;
        } catch (JsonException e) {
            return null; // what it says is not needed: it was asked, and that counts
        }
    }
}
