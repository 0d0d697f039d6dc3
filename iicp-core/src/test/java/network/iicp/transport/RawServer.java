package network.iicp.transport;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A server that answers with the bytes a test gives it, and tells what it saw. */
final class RawServer implements AutoCloseable {

    /** Answers one request; the connection is closed when it returns. */
    @FunctionalInterface
    interface Script {
        void play(Peer peer) throws Exception;
    }

    private final ServerSocket socket;
    private final Script script;
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> closings = new LinkedBlockingQueue<>();

    RawServer(Script script) throws IOException {
        this.script = script;
        this.socket = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
        Thread acceptor = new Thread(this::accept, "raw-server");
        acceptor.setDaemon(true);
        acceptor.start();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort() + path);
    }

    /** The head of the next request, as sent. */
    String request() throws InterruptedException {
        return requests.poll(10, TimeUnit.SECONDS);
    }

    /** Waits until a script saw the client close its connection. */
    boolean sawClose() throws InterruptedException {
        return closings.poll(10, TimeUnit.SECONDS) != null;
    }

    int connections() {
        return open.size();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket next = socket.accept();
                open.add(next);
                Thread thread = new Thread(() -> serve(next), "raw-server-connection");
                thread.setDaemon(true);
                thread.start();
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setTcpNoDelay(true);
            Peer peer = new Peer(connection);
            script.play(peer);
        } catch (Exception e) {
            // What the client makes of it is what the test looks at.
        } finally {
            open.remove(connection);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket connection : open) {
            connection.close();
        }
    }

    /** The client, seen from the server. */
    final class Peer {

        private final Socket connection;
        private final InputStream in;
        private final OutputStream out;

        private Peer(Socket connection) throws IOException {
            this.connection = connection;
            this.in = connection.getInputStream();
            this.out = connection.getOutputStream();
        }

        Socket socket() {
            return connection;
        }

        /** Reads the head of a request and its body when it announces a length. */
        String readRequest() throws IOException {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int next = in.read();
                if (next < 0) {
                    throw new SocketException("closed");
                }
                head.append((char) next);
            }
            String text = head.toString();
            for (String line : text.split("\r\n")) {
                if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                    in.readNBytes(Integer.parseInt(line.substring(15).strip()));
                }
            }
            requests.add(text);
            return text;
        }

        Peer send(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            return this;
        }

        Peer send(byte[] bytes) throws IOException {
            out.write(bytes);
            out.flush();
            return this;
        }

        /** Sends one chunk of a chunked body. */
        Peer chunk(String text) throws IOException {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            return send(Integer.toHexString(bytes.length) + "\r\n").send(bytes).send("\r\n");
        }

        /** Blocks until the client closes or resets. */
        void awaitClose() throws IOException {
            try {
                while (in.read() >= 0) {
                    // Bytes after the request do not matter.
                }
            } finally {
                closings.add("closed");
            }
        }
    }
}
