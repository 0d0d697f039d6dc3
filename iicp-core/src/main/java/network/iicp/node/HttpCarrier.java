package network.iicp.node;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import network.iicp.transport.EventStream;
import network.iicp.transport.ServerExchange;

/** The way back over HTTP. Repeats the caller's trace id in every answer. */
final class HttpCarrier implements Carrier {

    private static final String TRACE_ID = "X-IICP-Trace-Id";
    private static final int LONGEST_TRACE_ID = 128;

    private final ServerExchange exchange;
    private final boolean streaming;

    HttpCarrier(ServerExchange exchange, boolean streaming) {
        this.exchange = exchange;
        this.streaming = streaming;
    }

    @Override
    public boolean streaming() {
        return streaming;
    }

    @Override
    public void answer(StoredReply.Whole reply, Replay replay) {
        Map<String, String> headers = headers(replay);
        headers.putAll(reply.headers());
        headers.put("Content-Type", "application/json");
        exchange.respond(reply.status(), headers, reply.body());
    }

    @Override
    public EventStream accept(Replay replay) {
        return exchange.startEvents(headers(replay));
    }

    @Override
    public void onGone(Runnable action) {
        exchange.onDisconnect(action);
    }

    private Map<String, String> headers(Replay replay) {
        Map<String, String> headers = new LinkedHashMap<>();
        traceId().ifPresent(id -> headers.put(TRACE_ID, id));
        if (replay == Replay.REPLAYED) {
            headers.put("X-IICP-Replayed", "true");
        }
        return headers;
    }

    /** Only what cannot be mistaken for anything else is repeated. */
    private Optional<String> traceId() {
        return exchange.header(TRACE_ID)
                .filter(id -> id.length() <= LONGEST_TRACE_ID
                        && !id.isEmpty()
                        && id.chars().allMatch(c -> c > ' ' && c < 127));
    }
}
