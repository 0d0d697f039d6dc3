package network.iicp.backend;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.IicpException;
import network.iicp.spi.TaskContext;
import network.iicp.transport.ServerSentEvent;
import network.iicp.transport.SseReply;

/** Carries the events of one streamed answer from the engine to the consumer. One use, on one thread. */
final class EngineStream {

    /** How long to wait for usage and the end mark once every choice has finished. */
    private static final Duration AFTER_FINISH = Duration.ofSeconds(2);

    private final SseReply reply;
    private final EventTranslation translation;
    private final StreamFold fold;
    private final TaskContext context;
    private final JsonLimits limits;
    private final EventQueue events = new EventQueue();

    EngineStream(
            SseReply reply, EventTranslation translation, StreamFold fold, TaskContext context, JsonLimits limits) {
        this.reply = reply;
        this.translation = translation;
        this.fold = fold;
        this.context = context;
        this.limits = limits;
    }

    /**
     * Passes everything on until the engine is done.
     *
     * @return the end of the answer
     * @throws IicpException if the stream breaks, reports an error, or is none
     * @throws InterruptedException when the task is cancelled
     */
    Map<String, Object> run() throws InterruptedException {
        reply.events().subscribe(events);
        boolean done = false;
        while (!done) {
            Optional<ServerSentEvent> event = next();
            if (event.isEmpty()) {
                break;
            }
            String data = event.get().data().strip();
            done = translation.isEndMark(data);
            if (!done && !data.isEmpty()) {
                pass(event.get().event(), data);
                done = translation.isEnded();
            }
        }
        // The end mark alone proves nothing: llama.cpp sends it after an error, too, in a field that SSE does not know.
        boolean complete = done ? fold.hasFinishedWhatItBegan() : fold.isFinished();
        if (!complete) {
            throw BackendFaults.failed("the engine's stream ended before its answer was complete", null);
        }
        return fold.end();
    }

    private Optional<ServerSentEvent> next() throws InterruptedException {
        try {
            return fold.isFinished() ? events.next(AFTER_FINISH) : events.next();
        } catch (EventQueue.BrokenStreamException e) {
            if (fold.isFinished() && !context.isCancelled()) {
                return Optional.empty();
            }
            throw EngineCalls.failed(e.reason(), context);
        }
    }

    private void pass(String type, String data) throws InterruptedException {
        Map<String, Object> chunk;
        try {
            chunk = Json.parseObject(data, limits);
        } catch (JsonException e) {
            throw BackendFaults.failed(
                    type.equals("error")
                            ? "the engine reported an error"
                            : "the engine's stream has an event that is no JSON object",
                    e);
        }
        if (type.equals("error") && !chunk.containsKey("error")) {
            chunk = Map.of("error", chunk);
        }
        Optional<Map<String, Object>> part = fold.accept(translation.chunk(chunk));
        if (part.isPresent()) {
            context.emit(part.get());
        }
    }
}
