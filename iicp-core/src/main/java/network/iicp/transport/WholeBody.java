package network.iicp.transport;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Collects a body up to the size limit of its call. */
final class WholeBody implements OutboundExchange.Reader {

    private static final int FIRST_CAPACITY = 8 * 1024;

    private final OutboundExchange exchange;
    private final HttpCall call;
    private final int status;
    private final CompletableFuture<byte[]> result = new CompletableFuture<>();
    private byte[] bytes = new byte[0];
    private int length;

    private WholeBody(OutboundExchange exchange, HttpCall call, int status) {
        this.exchange = exchange;
        this.call = call;
        this.status = status;
    }

    /** Reads the body; fails at once when its announced length is over the limit. */
    static CompletableFuture<byte[]> of(OutboundExchange exchange, HttpCall call, OutboundExchange.Head head) {
        WholeBody body = new WholeBody(exchange, call, head.status());
        exchange.read(body);
        boolean announcedTooLarge = !call.method().equals("HEAD")
                && HttpReply.first(head.headers(), "content-length")
                        .filter(body::isTooLong)
                        .isPresent();
        if (announcedTooLarge) {
            exchange.abort(TransportFaults.tooLarge(call, head.status()));
        } else {
            exchange.more();
        }
        return body.result;
    }

    private boolean isTooLong(String contentLength) {
        try {
            return Long.parseLong(contentLength.strip()) > call.maxBytes();
        } catch (NumberFormatException e) {
            return false;
        }
    }

    @Override
    public void next(List<ByteBuffer> portion) {
        for (ByteBuffer part : portion) {
            int size = part.remaining();
            if (size > call.maxBytes() - length) {
                bytes = new byte[0];
                exchange.abort(TransportFaults.tooLarge(call, status));
                return;
            }
            if (length + size > bytes.length) {
                long doubled = Math.max(FIRST_CAPACITY, bytes.length * 2L);
                bytes = Arrays.copyOf(bytes, (int) Math.min(call.maxBytes(), Math.max(doubled, (long) length + size)));
            }
            part.get(bytes, length, size);
            length += size;
        }
        exchange.more();
    }

    @Override
    public void complete() {
        result.complete(length == bytes.length ? bytes : Arrays.copyOf(bytes, length));
    }

    @Override
    public void failed(RuntimeException failure) {
        result.completeExceptionally(failure);
    }
}
