package network.iicp.backend;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.protocol.Deadline;
import network.iicp.spi.TaskContext;
import network.iicp.transport.EndpointGuard;
import network.iicp.transport.HttpCall;
import network.iicp.transport.HttpReply;
import network.iicp.transport.HttpTransport;
import network.iicp.transport.SseReply;

/** Requests to one engine, each bound to its task: cancelling the task aborts them. Thread-safe. */
final class EngineCalls {

    private static final int MOST_VALUES = 2_000_000;
    private static final int DEEPEST = 64;
    private static final int LONGEST_NUMBER = 128;

    /**
     * What bounds the answers of an engine.
     *
     * @param idle longest silence in the middle of an answer
     * @param probe longest wait for a probe
     * @param maxResponseBytes largest whole answer
     * @param maxEventBytes largest event of a stream
     */
    record Bounds(Duration idle, Duration probe, int maxResponseBytes, int maxEventBytes) {

        JsonLimits response() {
            return limits(maxResponseBytes);
        }

        JsonLimits event() {
            return limits(maxEventBytes);
        }

        private static JsonLimits limits(int maxBytes) {
            return new JsonLimits(maxBytes, DEEPEST, maxBytes, LONGEST_NUMBER, MOST_VALUES);
        }
    }

    private final HttpTransport transport;
    private final Map<String, String> headers;
    private final Bounds bounds;

    EngineCalls(HttpTransport transport, Map<String, String> headers, Bounds bounds) {
        this.transport = transport;
        this.headers = new LinkedHashMap<>(headers);
        this.bounds = bounds;
    }

    Bounds bounds() {
        return bounds;
    }

    /** Sends a request and waits for the whole answer. */
    HttpReply post(URI uri, byte[] body, TaskContext context) throws InterruptedException {
        return await(transport.exchange(task(uri, body, bounds.maxResponseBytes(), context)), context);
    }

    /** Sends a request and waits for the head of the answer. The reply is closed when the task is cancelled. */
    SseReply open(URI uri, byte[] body, TaskContext context) throws InterruptedException {
        CompletableFuture<SseReply> opening = transport.openEvents(task(uri, body, bounds.maxEventBytes(), context));
        context.onCancel(() -> abandon(opening));
        try {
            return await(opening, context);
        } catch (InterruptedException e) {
            abandon(opening);
            throw e;
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the reply is closed for its effect
    private static void abandon(CompletableFuture<SseReply> opening) {
        if (!opening.cancel(true)) {
            opening.thenAccept(SseReply::close);
        }
    }

    private HttpCall task(URI uri, byte[] body, int maxBytes, TaskContext context) {
        return HttpCall.post(uri)
                .headers(headers)
                .header("traceparent", context.traceparent())
                .body(body, "application/json")
                .deadline(context.deadline())
                .idle(bounds.idle())
                .maxBytes(maxBytes)
                .guard(EndpointGuard.unrestricted())
                .build();
    }

    /** Waits for a reply. Cancelling the task ends the exchange and the wait. */
    <T> T await(CompletableFuture<T> future, TaskContext context) throws InterruptedException {
        context.onCancel(() -> future.cancel(true));
        try {
            return future.get();
        } catch (InterruptedException e) {
            future.cancel(true);
            throw e;
        } catch (CancellationException e) {
            throw cancelled();
        } catch (ExecutionException e) {
            throw failed(reason(e), context);
        }
    }

    private static Throwable reason(ExecutionException e) {
        Throwable cause = e.getCause();
        return cause == null ? e : cause;
    }

    /** Says what a failed exchange means for the task. */
    static RuntimeException failed(Throwable failure, TaskContext context) throws InterruptedException {
        if (context.isCancelled() && !context.deadline().expired()) {
            throw cancelled();
        }
        return EngineFaults.unanswered(failure, context.deadline());
    }

    private static InterruptedException cancelled() {
        return new InterruptedException("the task was cancelled");
    }

    /**
     * Asks the engine something within the time of a probe.
     *
     * @throws network.iicp.protocol.IicpException if it does not answer; any status is an answer
     */
    HttpReply probe(URI uri) {
        return probe(HttpCall.get(uri));
    }

    /** Asks the engine something, with a body. */
    HttpReply probe(URI uri, Map<String, Object> body) {
        return probe(HttpCall.post(uri).json(body));
    }

    private HttpReply probe(HttpCall.Builder call) {
        Deadline deadline = Deadline.after(bounds.probe());
        CompletableFuture<HttpReply> reply = transport.exchange(call.headers(headers)
                .deadline(deadline)
                .idle(bounds.probe())
                .maxBytes(bounds.maxResponseBytes())
                .guard(EndpointGuard.unrestricted())
                .build());
        try {
            return reply.get();
        } catch (InterruptedException e) {
            reply.cancel(true);
            Thread.currentThread().interrupt();
            throw BackendFaults.failed("asking the engine was interrupted", e);
        } catch (ExecutionException e) {
            throw EngineFaults.silent(reason(e));
        }
    }

    /** Reads an answer, empty if it is no JSON object. */
    Optional<JsonObject> json(HttpReply reply) {
        try {
            return Optional.of(JsonObject.parse(reply.body(), bounds.response()));
        } catch (JsonException e) {
            return Optional.empty();
        }
    }

    /**
     * Reads the answer to the question for models.
     *
     * @throws network.iicp.protocol.BackendException if it is a refusal, or no JSON object
     */
    JsonObject requireModels(HttpReply reply) {
        int status = reply.status();
        if (status == 401 || status == 403) {
            throw BackendFaults.failed("the engine refuses the configured API key (HTTP status " + status + ")", null);
        }
        if (!reply.isSuccess()) {
            throw BackendFaults.failed(
                    "the engine answered HTTP status " + status + " to the question for its models", null);
        }
        return json(reply)
                .orElseThrow(() -> BackendFaults.failed(
                        "what answers at the engine's base URL is no server of the configured kind", null));
    }

    /** Returns a list of an answer, empty if it is none. */
    static List<Object> list(JsonObject json, String name) {
        return json.raw(name) instanceof List<?> list ? new ArrayList<>(list) : List.of();
    }
}
