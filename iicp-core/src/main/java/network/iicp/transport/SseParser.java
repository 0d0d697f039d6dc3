package network.iicp.transport;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpError;
import network.iicp.protocol.ProtocolViolationException;
import org.jspecify.annotations.Nullable;

/**
 * Turns the bytes of a {@code text/event-stream} into events, in any portions they arrive. Reads what the WHATWG standard reads: lines end
 * with CR, LF or both, a byte order mark is skipped, comments and unknown fields are ignored, malformed UTF-8 becomes U+FFFD, an event
 * without data is dropped, and so is an event that the end of the stream cuts off. Memory is bounded: comments are not kept at all.
 * Not thread-safe.
 */
public final class SseParser {

    private static final byte[] BOM = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
    private static final int MAX_RETRY_DIGITS = 9;
    private static final int KEPT_CAPACITY = 64 * 1024;

    private final int maxEventBytes;
    private byte[] line = new byte[256];
    private int lineLength;
    private boolean comment;
    private boolean skipLineFeed;
    private boolean firstLine = true;

    private byte[] data = new byte[256];
    private int dataLength;
    private boolean hasData;
    private @Nullable String id;
    private @Nullable String event;
    private @Nullable Duration retry;

    /**
     * Creates a parser at the beginning of a stream.
     *
     * @param maxEventBytes most bytes of one event, and of one line; at least 1
     */
    public SseParser(int maxEventBytes) {
        if (maxEventBytes < 1) {
            throw new IllegalArgumentException("maxEventBytes (%d) is below 1".formatted(maxEventBytes));
        }
        this.maxEventBytes = maxEventBytes;
    }

    /**
     * Reads the next bytes.
     *
     * @param bytes consumed to the end
     * @param events receives every event that the bytes complete
     * @throws ProtocolViolationException if an event or a line is larger than the limit; the parser cannot be used afterwards
     */
    public void feed(ByteBuffer bytes, Consumer<ServerSentEvent> events) {
        while (bytes.hasRemaining()) {
            byte next = bytes.get();
            if (skipLineFeed) {
                skipLineFeed = false;
                if (next == '\n') {
                    continue;
                }
            }
            if (next == '\n' || next == '\r') {
                skipLineFeed = next == '\r';
                endLine(events);
            } else {
                append(next);
            }
        }
    }

    private void append(byte next) {
        if (comment) {
            return;
        }
        if (next == ':' && lineStart() == lineLength) {
            comment = true;
            return;
        }
        checkSize((long) lineLength + 1 + dataLength);
        if (lineLength == line.length) {
            line = Arrays.copyOf(line, (int) Math.min(maxEventBytes, line.length * 2L));
        }
        line[lineLength++] = next;
    }

    /** A byte order mark counts only at the very beginning. */
    private int lineStart() {
        boolean marked =
                firstLine && lineLength >= BOM.length && Arrays.equals(line, 0, BOM.length, BOM, 0, BOM.length);
        return marked ? BOM.length : 0;
    }

    private void endLine(Consumer<ServerSentEvent> events) {
        int from = lineStart();
        int to = lineLength;
        boolean skip = comment;
        comment = false;
        firstLine = false;
        lineLength = 0;
        if (skip) {
            return;
        }
        if (from == to) {
            dispatch(events);
            return;
        }
        int colon = indexOfColon(from, to);
        int nameEnd = colon < 0 ? to : colon;
        int valueStart = colon < 0 ? to : colon + 1;
        if (valueStart < to && line[valueStart] == ' ') {
            valueStart++;
        }
        field(new String(line, from, nameEnd - from, StandardCharsets.UTF_8), valueStart, to);
    }

    private int indexOfColon(int from, int to) {
        for (int i = from; i < to; i++) {
            if (line[i] == ':') {
                return i;
            }
        }
        return -1;
    }

    private void field(String name, int from, int to) {
        switch (name) {
            case "data" -> appendData(from, to);
            case "event" -> event = text(from, to);
            case "id" -> readId(text(from, to));
            case "retry" -> readRetry(text(from, to));
            default -> {}
        }
    }

    private String text(int from, int to) {
        return new String(line, from, to - from, StandardCharsets.UTF_8);
    }

    private void appendData(int from, int to) {
        int separator = hasData ? 1 : 0;
        long size = (long) dataLength + separator + (to - from);
        checkSize(size);
        if (size > data.length) {
            data = Arrays.copyOf(data, (int) Math.min(maxEventBytes, Math.max(size, data.length * 2L)));
        }
        if (hasData) {
            data[dataLength++] = '\n';
        }
        System.arraycopy(line, from, data, dataLength, to - from);
        dataLength += to - from;
        hasData = true;
    }

    private void readId(String value) {
        if (value.indexOf('\0') < 0) {
            id = value;
        }
    }

    private void readRetry(String value) {
        boolean digits = !value.isEmpty()
                && value.length() <= MAX_RETRY_DIGITS
                && value.chars().allMatch(c -> c >= '0' && c <= '9');
        if (digits) {
            retry = Duration.ofMillis(Long.parseLong(value));
        }
    }

    private void dispatch(Consumer<ServerSentEvent> events) {
        boolean complete = hasData;
        String type = event == null || event.isEmpty() ? ServerSentEvent.MESSAGE : event;
        ServerSentEvent next = complete
                ? new ServerSentEvent(id, type, new String(data, 0, dataLength, StandardCharsets.UTF_8), retry)
                : null;
        hasData = false;
        dataLength = 0;
        id = null;
        event = null;
        retry = null;
        if (data.length > KEPT_CAPACITY) {
            data = new byte[256];
        }
        if (line.length > KEPT_CAPACITY) {
            line = new byte[256];
        }
        if (next != null) {
            events.accept(next);
        }
    }

    private void checkSize(long size) {
        if (size > maxEventBytes) {
            throw new ProtocolViolationException(IicpError.of(
                            ErrorCode.RESPONSE_TOO_LARGE,
                            ErrorComponent.CLIENT,
                            "an event of the stream is larger than %d bytes; raise the size limit of the call if it is expected"
                                    .formatted(maxEventBytes))
                    .withHttpStatus(0));
        }
    }
}
