package network.iicp.samples.benchmarks.load;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands before a server and passes on what goes through: every request on a connection of its own, its answer until the server closes.
 * Counts requests; may treat an answer in its own way.
 */
public final class Relay implements AutoCloseable {

    private final RawServer server;
    private final AtomicLong requests = new AtomicLong();
    private final Answering answering;
    private volatile int port;

    /** Passes an answer on. */
    @FunctionalInterface
    public interface Answering {
        /**
         * Passes the answer to a request on, or does something else instead.
         *
         * @param request what was asked
         * @param answer the bytes of the answer, status line and headers included
         * @param connection where they should go
         */
        void pass(RawMessage request, InputStream answer, Socket connection) throws IOException;
    }

    /** Starts a relay that passes everything on as it is. */
    public Relay() {
        this((request, answer, connection) -> {
            OutputStream out = connection.getOutputStream();
            answer.transferTo(out);
            out.flush();
        });
    }

    /** Starts a relay with answers of its own way. */
    public Relay(Answering answering) {
        this.answering = answering;
        this.server = new RawServer(this::handle);
    }

    /** Says which port of the loopback address is behind it. */
    public void before(int upstreamPort) {
        port = upstreamPort;
    }

    /** Returns its own URL. */
    public URI url() {
        return server.url();
    }

    /** Returns how many requests came. */
    public long requests() {
        return requests.get();
    }

    private boolean handle(RawMessage request, Socket connection) throws IOException {
        requests.incrementAndGet();
        try (Socket upstream = new Socket(InetAddress.getLoopbackAddress(), port)) {
            upstream.setTcpNoDelay(true);
            upstream.getOutputStream().write(request.forwarded("127.0.0.1:" + port));
            upstream.getOutputStream().flush();
            answering.pass(request, upstream.getInputStream(), connection);
        }
        return false;
    }

    @Override
    public void close() {
        server.close();
    }
}
