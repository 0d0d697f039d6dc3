package network.iicp.samples.benchmarks.load;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1 message as it is on the wire: first line, headers, body. Bodies have a length, come in chunks, or last until the connection is
 * closed; their sizes are those of benchmarks, not of hostile peers.
 *
 * @param start the first line, without its end
 * @param headers names in lower case
 * @param body the bytes, unchunked
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record RawMessage(String start, Map<String, String> headers, byte[] body) {

    private static final int MAX_LINE = 16 * 1024;

    /**
     * Reads a message.
     *
     * @param in where it comes from; buffered, because it is read byte by byte
     * @return the message; empty when the other side closed the connection before its first byte
     * @throws IOException if it breaks off, or is no HTTP
     */
    public static Optional<RawMessage> read(BufferedInputStream in) throws IOException {
        String start = line(in);
        if (start == null) {
            return Optional.empty();
        }
        Map<String, String> headers = headers(in);
        boolean untilClosed =
                start.startsWith("HTTP/") && !headers.containsKey("content-length") && !isChunked(headers);
        return Optional.of(new RawMessage(start, headers, untilClosed ? in.readAllBytes() : body(in, headers)));
    }

    private static boolean isChunked(Map<String, String> headers) {
        return "chunked".equalsIgnoreCase(headers.get("transfer-encoding"));
    }

    /** Reads headers up to the empty line. */
    static Map<String, String> headers(InputStream in) throws IOException {
        Map<String, String> headers = new LinkedHashMap<>();
        for (String line = line(in); ; line = line(in)) {
            if (line == null) {
                throw new EOFException("the connection ended in the headers");
            }
            if (line.isEmpty()) {
                return headers;
            }
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.put(
                        line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        }
    }

    private static byte[] body(InputStream in, Map<String, String> headers) throws IOException {
        if (isChunked(headers)) {
            return chunks(in);
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("the connection ended in the body");
        }
        return body;
    }

    private static byte[] chunks(InputStream in) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String line = line(in);
            if (line == null) {
                throw new EOFException("the connection ended between chunks");
            }
            int size = Integer.parseInt(line.split(";", 2)[0].strip(), 16);
            byte[] chunk = in.readNBytes(size);
            if (chunk.length < size) {
                throw new EOFException("the connection ended in a chunk");
            }
            body.writeBytes(chunk);
            line(in);
            if (size == 0) {
                return body.toByteArray();
            }
        }
    }

    /** Reads a line without its end; {@code null} when there is nothing more. */
    static @Nullable String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int read = in.read(); read >= 0; read = in.read()) {
            if (read == '\n') {
                int end = line.length();
                return line.substring(0, end > 0 && line.charAt(end - 1) == '\r' ? end - 1 : end);
            }
            if (line.length() == MAX_LINE) {
                throw new IOException("a line of more than %d bytes".formatted(MAX_LINE));
            }
            line.append((char) read);
        }
        return line.length() == 0 ? null : line.toString();
    }

    /** Returns the method of a request. */
    public String method() {
        return start.substring(0, Math.max(0, start.indexOf(' ')));
    }

    /** Returns the path of a request, with its query. */
    public String path() {
        String[] parts = start.split(" ", 3);
        return parts.length < 2 ? "" : parts[1];
    }

    /** Returns the status of an answer, or 0 when this is none. */
    public int status() {
        return start.startsWith("HTTP/1.") ? Integer.parseInt(start.substring(9, 12)) : 0;
    }

    /** Returns the bytes of a request like this one, for one exchange on a connection of its own. */
    public byte[] forwarded(String host) {
        StringBuilder head = new StringBuilder(start).append("\r\n");
        headers.forEach((name, value) -> {
            if (!name.equals("host") && !name.equals("connection") && !name.equals("content-length")) {
                head.append(name).append(": ").append(value).append("\r\n");
            }
        });
        head.append("host: ").append(host).append("\r\nconnection: close\r\n");
        if (!method().equals("GET")) {
            head.append("content-length: ").append(body.length).append("\r\n");
        }
        byte[] first = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
        byte[] all = java.util.Arrays.copyOf(first, first.length + body.length);
        System.arraycopy(body, 0, all, first.length, body.length);
        return all;
    }
}
