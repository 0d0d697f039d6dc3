package network.iicp.client;

import java.util.Map;
import java.util.Optional;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.ProtocolViolationException;
import network.iicp.protocol.lifecycle.LifecycleEvent;
import network.iicp.protocol.wire.LifecycleCodec;
import network.iicp.transport.ServerSentEvent;
import org.jspecify.annotations.Nullable;

/**
 * The order that the events of one task must keep, whatever connections they come over: numbered from 0 without gaps, all of the same task,
 * {@code accepted} only first, nothing after the terminal one. An event that was seen before is dropped, because a node repeats events to a
 * consumer that attaches again. Not thread-safe.
 */
final class EventSequence {

    private final String taskId;
    private final LifecycleCodec.@Nullable Opener opener;
    private final JsonLimits limits;
    private long next;
    private boolean ended;

    /**
     * @param opener opens sealed events; {@code null} when they come in clear
     * @param limits bounds of one event
     */
    EventSequence(String taskId, LifecycleCodec.@Nullable Opener opener, JsonLimits limits) {
        this.taskId = taskId;
        this.opener = opener;
        this.limits = limits;
    }

    /**
     * Reads the next event.
     *
     * @return the event; empty when it was seen before
     * @throws ProtocolViolationException if it breaks the order or is no lifecycle event
     * @throws network.iicp.protocol.ConfidentialityException if it cannot be opened
     */
    Optional<LifecycleEvent> accept(ServerSentEvent item) {
        LifecycleEvent event = LifecycleCodec.decode(parse(item.data()), opener);
        if (!event.taskId().equals(taskId)) {
            throw violation("the node sent an event of another task", null);
        }
        if (!isFrameOf(item, event)) {
            throw violation("the node sent an event whose frame contradicts its data", null);
        }
        if (event.sequence() < next && !event.isTerminal()) {
            return Optional.empty();
        }
        if (ended) {
            throw violation("the node sent an event after the last one", null);
        }
        if (event.sequence() != next) {
            throw violation("the node sent event %d where %d was due".formatted(event.sequence(), next), null);
        }
        if (event.type() == LifecycleEvent.Type.ACCEPTED && next > 0) {
            throw violation("the node accepted the task twice", null);
        }
        next++;
        ended = event.isTerminal();
        return Optional.of(event);
    }

    /** Returns the number of the last event that was read, -1 for none. */
    long last() {
        return next - 1;
    }

    /** Returns whether the terminal event was read. */
    boolean hasEnded() {
        return ended;
    }

    private Map<String, Object> parse(String data) {
        try {
            return Json.parseObject(data, limits);
        } catch (JsonException e) {
            throw violation("the node sent an event that is not a JSON object", e);
        }
    }

    /** Number and name are in the frame and in the data; where the frame has them they must be the same. */
    private static boolean isFrameOf(ServerSentEvent item, LifecycleEvent event) {
        boolean sameNumber = item.id() == null || item.id().equals(Long.toString(event.sequence()));
        boolean sameName = item.event().equals(ServerSentEvent.MESSAGE)
                || LifecycleEvent.Type.of(item.event()).orElse(null) == event.type();
        return sameNumber && sameName;
    }

    private static ProtocolViolationException violation(String message, @Nullable Throwable cause) {
        return new ProtocolViolationException(
                IicpError.of(ErrorCode.PROTOCOL_ERROR, ErrorComponent.NODE, message), cause);
    }
}
