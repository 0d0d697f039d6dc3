package network.iicp.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import network.iicp.json.Json;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.lifecycle.LifecycleEvent;
import network.iicp.protocol.lifecycle.LifecycleEvent.Type;
import network.iicp.protocol.wire.LifecycleCodec;
import network.iicp.transport.ServerSentEvent;
import org.jspecify.annotations.Nullable;

/**
 * Numbers, encodes and, for a confidential task, seals the events of one task, and puts them into its log. Exactly one terminal event
 * is written; what comes after it is dropped. Thread-safe.
 */
final class EventWriter {

    private final String taskId;
    private final EventLog log;
    private final @Nullable Sealer sealer;
    private final int mostBytes;

    /** Held while an event is encoded: number, sealed bytes and place in the log belong together. No I/O happens under it. */
    private final ReentrantLock order = new ReentrantLock();

    private boolean terminated;

    EventWriter(String taskId, EventLog log, @Nullable Sealer sealer, int mostBytes) {
        this.taskId = taskId;
        this.log = log;
        this.sealer = sealer;
        this.mostBytes = mostBytes;
    }

    EventLog log() {
        return log;
    }

    /** Writes the event that the task was taken. */
    void accepted() {
        write(Type.ACCEPTED, null, null, Map.of());
    }

    /**
     * Writes a part of the result, after waiting until the consumer can take it.
     *
     * @throws InterruptedException if interrupted while waiting, or the task has ended
     * @throws network.iicp.protocol.IicpException if the part is too large or no JSON
     */
    void partial(Map<String, Object> part) throws InterruptedException {
        log.awaitRoom();
        if (!write(Type.PARTIAL, part, null, Map.of())) {
            throw new InterruptedException("the task has ended");
        }
    }

    /** Writes the end of a task that was done. */
    void completed(Object result, Map<String, Object> metrics) {
        write(Type.COMPLETED, result, null, metrics);
    }

    /** Writes the end of a task that was not done. */
    void failed(Type type, IicpError error, Map<String, Object> metrics) {
        write(type, null, error, metrics);
    }

    /** Ends the waits of the handler. */
    void closeForHandler() {
        log.closeForHandler();
    }

    private boolean write(Type type, @Nullable Object result, @Nullable IicpError error, Map<String, Object> metrics) {
        List<Runnable> readers;
        order.lock();
        try {
            if (terminated) {
                return false;
            }
            long sequence = log.nextSequence();
            LifecycleEvent event = new LifecycleEvent(taskId, sequence, type, result, error, metrics);
            EventLog.Entry entry = encode(event);
            terminated = type.isTerminal();
            readers = log.add(entry);
        } finally {
            order.unlock();
        }
        readers.forEach(Runnable::run);
        return true;
    }

    private EventLog.Entry encode(LifecycleEvent event) {
        byte[] data = Json.bytes(json(event));
        if (data.length > mostBytes) {
            throw Refusal.of(
                    ErrorCode.RESPONSE_TOO_LARGE,
                    "an event of %d bytes is larger than this node sends (%d)".formatted(data.length, mostBytes));
        }
        ServerSentEvent sent =
                ServerSentEvent.of(Long.toString(event.sequence()), event.type().wireName(), new String(data, UTF_8));
        return new EventLog.Entry(event.sequence(), sent, data.length, event.isTerminal());
    }

    private Map<String, Object> json(LifecycleEvent event) {
        if (sealer == null || event.type() == Type.ACCEPTED) {
            return LifecycleCodec.encode(event);
        }
        byte[] body = Json.bytes(LifecycleCodec.body(event));
        return LifecycleCodec.encodeSealed(
                event, sealer.sealEvent(event.sequence(), event.type().wireName(), body));
    }
}
