package network.iicp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands between a client and a node, and closes the first connections over which tasks are sent when their answer begins. */
final class CuttingRelay implements AutoCloseable {

    private final ServerSocket listener;
    private final String request;
    private final AtomicInteger cutsLeft;
    private final int partsPassed;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile int target;

    /**
     * @param request how a request begins whose answer is cut
     * @param cuts how many answers are cut
     * @param partsPassed how many parts of such an answer are passed on before
     */
    CuttingRelay(String request, int cuts, int partsPassed) {
        this.request = request;
        this.cutsLeft = new AtomicInteger(cuts);
        this.partsPassed = partsPassed;
        try {
            this.listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        daemon(this::accept);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    /** Passes connections on to this port. */
    CuttingRelay before(int port) {
        target = port;
        return this;
    }

    int cutsLeft() {
        return cutsLeft.get();
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "cutting-relay");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                open.add(client);
                Socket node = new Socket(InetAddress.getLoopbackAddress(), target);
                open.add(node);
                Line line = new Line(client, node);
                daemon(line::toNode);
                daemon(line::toClient);
            } catch (IOException e) {
                // a connection that could not be passed on, or the end of the listener
            }
        }
    }

    private final class Line {
        private final Socket client;
        private final Socket node;
        private volatile boolean cutting;

        private Line(Socket client, Socket node) {
            this.client = client;
            this.node = node;
        }

        private void toNode() {
            pump(client, node, bytes -> {
                if (new String(bytes, StandardCharsets.ISO_8859_1).startsWith(request)) {
                    cutting = cutsLeft.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
                }
                return true;
            });
        }

        private void toClient() {
            int[] parts = new int[1];
            pump(node, client, bytes -> !cutting || parts[0]++ < partsPassed);
        }

        private void pump(Socket from, Socket to, Judge judge) {
            try (from;
                    to) {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                byte[] buffer = new byte[64 * 1024];
                int read = in.read(buffer);
                while (read >= 0 && judge.passes(Arrays.copyOf(buffer, read))) {
                    out.write(buffer, 0, read);
                    out.flush();
                    read = in.read(buffer);
                }
            } catch (IOException e) {
                // one of the two has closed, and so does this
            } finally {
                open.remove(from);
            }
        }
    }

    private interface Judge {
        boolean passes(byte[] bytes);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
