package network.iicp.transport;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One event of a {@code text/event-stream}. Immutable. Source: WHATWG HTML, server-sent events.
 *
 * @param id the id this event carries, or {@code null}; unlike a browser, ids of earlier events are not inherited
 * @param event the type; {@code message} when the stream names none
 * @param data the data; lines are separated by {@code \n}, other line breaks cannot be carried and become {@code \n}
 * @param retry how long the sender asks to wait before reconnecting, or {@code null}
 */
public record ServerSentEvent(
        @Nullable String id,
        String event,
        String data,
        @Nullable Duration retry) {

    /** The type of an event that names none. */
    public static final String MESSAGE = "message";

    /**
     * Checks that the event can be written.
     *
     * @throws IllegalArgumentException if the id has a line break or a NUL, the type is empty or has a line break, or the wait is negative
     */
    public ServerSentEvent {
        Objects.requireNonNull(event, "event");
        Objects.requireNonNull(data, "data");
        if (id != null && (hasLineBreak(id) || id.indexOf('\0') >= 0)) {
            throw new IllegalArgumentException("the id of an event has a line break or a NUL");
        }
        if (event.isEmpty() || hasLineBreak(event)) {
            throw new IllegalArgumentException("the type of an event is empty or has a line break");
        }
        if (retry != null && retry.isNegative()) {
            throw new IllegalArgumentException("the reconnection time of an event is negative");
        }
        if (data.indexOf('\r') >= 0) {
            data = data.replace("\r\n", "\n").replace('\r', '\n');
        }
    }

    /** Returns an event with data only. */
    public static ServerSentEvent of(String data) {
        return new ServerSentEvent(null, MESSAGE, data, null);
    }

    /** Returns an event with type and data. */
    public static ServerSentEvent of(String event, String data) {
        return new ServerSentEvent(null, event, data, null);
    }

    /** Returns an event with id, type and data. */
    public static ServerSentEvent of(String id, String event, String data) {
        return new ServerSentEvent(id, event, data, null);
    }

    /** Returns the event as it is written to a stream, in UTF-8, with the empty line that ends it. */
    public byte[] bytes() {
        StringBuilder text = new StringBuilder(data.length() + 64);
        if (id != null) {
            text.append("id: ").append(id).append('\n');
        }
        if (!event.equals(MESSAGE)) {
            text.append("event: ").append(event).append('\n');
        }
        if (retry != null) {
            text.append("retry: ").append(retry.toMillis()).append('\n');
        }
        int from = 0;
        for (int end = data.indexOf('\n'); end >= 0; end = data.indexOf('\n', from)) {
            text.append("data: ").append(data, from, end).append('\n');
            from = end + 1;
        }
        text.append("data: ").append(data, from, data.length()).append("\n\n");
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Returns type, id and size; never the data. */
    @Override
    public String toString() {
        return "ServerSentEvent[id=%s, event=%s, data=%d chars]".formatted(id, event, data.length());
    }

    private static boolean hasLineBreak(String text) {
        return text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0;
    }
}
