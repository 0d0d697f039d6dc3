package network.iicp.transport;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import network.iicp.transport.internal.HeaderRules;

/**
 * An answer whose headers have arrived and whose body is read either as events or as a whole, once. Until it is read, closed or past its
 * deadline, it holds a connection. Thread-safe.
 */
public final class SseReply implements AutoCloseable {

    private final OutboundExchange exchange;
    private final HttpCall call;
    private final OutboundExchange.Head head;
    private final Map<String, List<String>> headers;
    private final AtomicBoolean claimed = new AtomicBoolean();
    private final EventPublisher events;

    SseReply(OutboundExchange exchange, HttpCall call, OutboundExchange.Head head) {
        this.exchange = exchange;
        this.call = call;
        this.head = head;
        this.headers = HeaderRules.lowerCase(head.headers());
        RuntimeException refusal = isEventStream() ? null : TransportFaults.noEventStream(call, head.status());
        this.events = new EventPublisher(exchange, call.maxBytes(), claimed, refusal);
    }

    /** Returns the HTTP status; redirects are not followed. */
    public int status() {
        return head.status();
    }

    /** Returns values by lower-case name. */
    public Map<String, List<String>> headers() {
        return headers;
    }

    /** Returns the first value of a header; the name is case-insensitive. */
    public Optional<String> header(String name) {
        return HttpReply.first(headers, name);
    }

    /** Returns whether the status is 200 to 299 and the media type {@code text/event-stream}. */
    public boolean isEventStream() {
        return head.status() >= 200
                && head.status() < 300
                && HttpReply.mediaType(headers).equals("text/event-stream");
    }

    /**
     * Reads the whole body, for an answer that is no event stream.
     *
     * @return the bytes; fails with {@link network.iicp.protocol.ProtocolViolationException} over the size limit, with
     *     {@link network.iicp.protocol.TaskTimeoutException} at the deadline or the idle limit, with
     *     {@link network.iicp.protocol.TransportException} when the connection is cut, and with {@link IllegalStateException} when the answer
     *     has a reader already
     */
    public CompletableFuture<byte[]> body() {
        if (!claimed.compareAndSet(false, true)) {
            return CompletableFuture.failedFuture(
                    new IllegalStateException("the answer has one reader, and it has one already"));
        }
        CompletableFuture<byte[]> body = WholeBody.of(exchange, call, head);
        HttpTransport.abortWithFuture(body, exchange);
        return body;
    }

    /**
     * Returns the events, for one subscriber. Nothing is read from the connection, beyond what has arrived, while the subscriber asks for
     * nothing. Signals come on a thread of the transport or on the one that asks. The end of the body completes the stream; the deadline
     * and the idle limit, a cut connection and an event over the size limit fail it with the exceptions named at {@link #body()}; so
     * does an answer that is no event stream.
     */
    public Flow.Publisher<ServerSentEvent> events() {
        return events;
    }

    /** Aborts the exchange unless the body was read to its end; a subscriber is told by an error. */
    @Override
    public void close() {
        exchange.abort(TransportFaults.cancelled("the answer was closed by its reader"));
    }

    /** Returns the status; never headers or body. */
    @Override
    public String toString() {
        return "SseReply[%d]".formatted(head.status());
    }
}
