package network.iicp.samples.benchmarks.load;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server on the loopback address that lets its handler write what it likes, byte by byte. A thread for each connection. */
public final class RawServer implements AutoCloseable {

    private final ServerSocket listening;
    private final Handler handler;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads;

    /** Answers requests. */
    @FunctionalInterface
    public interface Handler {
        /**
         * Answers one request.
         *
         * @return whether the connection stays open for the next
         * @throws IOException to close the connection
         */
        boolean handle(RawMessage request, Socket connection) throws IOException;
    }

    /**
     * Starts a server on a free port.
     *
     * @throws UncheckedIOException if no port can be bound
     */
    public RawServer(Handler handler) {
        this.handler = handler;
        this.threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "raw-server");
            thread.setDaemon(true);
            return thread;
        });
        try {
            this.listening = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.execute(this::accept);
    }

    /** Returns its base URL. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + listening.getLocalPort());
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket connection = listening.accept();
                open.add(connection);
                threads.execute(() -> serve(connection));
            } catch (IOException e) {
                // closed, or a connection that went away before it was taken
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setTcpNoDelay(true);
            BufferedInputStream in = new BufferedInputStream(connection.getInputStream());
            Optional<RawMessage> request = RawMessage.read(in);
            while (request.isPresent() && handler.handle(request.get(), connection)) {
                request = RawMessage.read(in);
            }
        } catch (IOException e) {
            // The other side left, or the handler closed the connection: both are what such a server is for.
        } finally {
            open.remove(connection);
        }
    }

    /** Writes an answer with a body. */
    public static boolean answer(Socket connection, int status, String type, byte[] body) throws IOException {
        OutputStream out = connection.getOutputStream();
        String head =
                "HTTP/1.1 %d -\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n".formatted(status, type, body.length);
        byte[] first = head.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        byte[] all = java.util.Arrays.copyOf(first, first.length + body.length);
        System.arraycopy(body, 0, all, first.length, body.length);
        out.write(all);
        out.flush();
        return true;
    }

    /** Closes the server and every connection. */
    @Override
    public void close() {
        try {
            listening.close();
            for (Socket connection : open) {
                connection.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            threads.shutdownNow();
        }
    }
}
