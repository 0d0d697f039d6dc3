package network.iicp.node;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import org.jspecify.annotations.Nullable;

/** Reads events from a raw socket, so that a test decides when bytes are read and when the connection breaks. */
final class EventReader implements AutoCloseable {

    private static final JsonLimits LIMITS = JsonLimits.DEFAULT.withMaxBytes(8 * 1024 * 1024);

    private final Socket socket;
    private final InputStream in;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final int status;
    private int comments;

    /** One event. */
    record Event(String id, String name, Map<String, Object> data) {
        boolean isFinal() {
            return Boolean.TRUE.equals(data.get("is_final"));
        }

        long sequence() {
            return ((Number) data.get("sequence")).longValue();
        }
    }

    private EventReader(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream(), 256);
        String[] first = line().split(" ", 3);
        this.status = Integer.parseInt(first[1]);
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
    }

    static EventReader post(URI endpoint, Map<String, Object> body, String... more) throws IOException {
        return open(endpoint, "POST", "/v1/task/events", Json.bytes(body), more);
    }

    static EventReader attach(URI endpoint, String taskId, long after, String... more) throws IOException {
        return open(endpoint, "GET", "/v1/task/%s/events?after=%d".formatted(taskId, after), new byte[0], more);
    }

    private static EventReader open(URI endpoint, String method, String path, byte[] body, String... more)
            throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(64 * 1024);
        socket.setSoTimeout(20_000);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), endpoint.getPort()), 5000);
        StringBuilder head = new StringBuilder("%s %s HTTP/1.1\r\nHost: localhost\r\n".formatted(method, path));
        if (method.equals("POST")) {
            head.append("Content-Type: application/json\r\nContent-Length: ")
                    .append(body.length)
                    .append("\r\n");
        }
        for (int i = 0; i < more.length; i += 2) {
            head.append(more[i]).append(": ").append(more[i + 1]).append("\r\n");
        }
        socket.getOutputStream().write(head.append("\r\n").toString().getBytes(ISO_8859_1));
        socket.getOutputStream().write(body);
        socket.getOutputStream().flush();
        return new EventReader(socket);
    }

    int status() {
        return status;
    }

    String header(String name) {
        return headers.getOrDefault(name, "");
    }

    int comments() {
        return comments;
    }

    /** Returns the next event, or {@code null} at the end of the stream. */
    @Nullable
    Event next() throws IOException {
        String id = "";
        String name = "";
        StringBuilder data = new StringBuilder();
        while (true) {
            String line = content();
            if (line == null) {
                return null;
            }
            if (line.isEmpty()) {
                if (data.length() > 0) {
                    return new Event(id, name, Json.parseObject(data.toString(), LIMITS));
                }
            } else if (line.startsWith(":")) {
                comments++;
            } else if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("event: ")) {
                name = line.substring(7);
            } else if (line.startsWith("data: ")) {
                data.append(line.substring(6));
            }
        }
    }

    /** Returns every event up to the end. */
    List<Event> rest() throws IOException {
        List<Event> events = new ArrayList<>();
        for (Event event = next(); event != null; event = next()) {
            events.add(event);
        }
        return events;
    }

    /** Waits for a heartbeat. */
    void awaitComment() throws IOException {
        int before = comments;
        while (comments == before) {
            String line = content();
            if (line == null) {
                throw new IOException("the stream ended without a comment");
            }
            if (line.startsWith(":")) {
                comments++;
            }
        }
    }

    private byte[] chunk = new byte[0];
    private int at;

    /** Returns the next line of the decoded chunked content, or {@code null} at its end. */
    private @Nullable String content() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            if (at == chunk.length && !nextChunk()) {
                return null;
            }
            byte b = chunk[at++];
            if (b == '\n') {
                return line.toString(UTF_8);
            }
            line.write(b);
        }
    }

    private boolean nextChunk() throws IOException {
        String size = line();
        if (size.isEmpty()) {
            // The end of the chunk before, which servers may send together with the next one.
            size = line();
        }
        int length = size.isEmpty() ? 0 : Integer.parseInt(size, 16);
        if (length == 0) {
            return false;
        }
        chunk = in.readNBytes(length);
        at = 0;
        return chunk.length > 0;
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(ISO_8859_1);
    }

    /** Breaks the connection without a farewell. */
    void cut() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
