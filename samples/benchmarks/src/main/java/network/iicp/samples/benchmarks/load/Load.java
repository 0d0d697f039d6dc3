package network.iicp.samples.benchmarks.load;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import network.iicp.samples.benchmarks.measure.Samples;
import org.jspecify.annotations.Nullable;

/**
 * A load on one HTTP path: so many connections, each with a thread that sends the next request when the answer to the last one is complete
 * (a closed loop). The same bytes for everybody, no HTTP library in between.
 *
 * @param target the URL to post to
 * @param connections how many
 * @param keepAlive whether connections are used again
 * @param expected a text that every right answer has in its body; an answer without it is a failure, whatever its status
 */
public record Load(URI target, int connections, boolean keepAlive, String expected) {

    private static final int TIMEOUT_MILLIS = 60_000;

    /**
     * What a load did.
     *
     * @param samples times of right answers
     * @param failures wrong answers and broken connections
     * @param firstFailure what the first one was; empty when there was none
     * @param seconds from the first request to the last answer
     */
    public record Done(Samples samples, long failures, String firstFailure, double seconds) {

        /** Returns right answers in a second. */
        public double perSecond() {
            return samples.count() / seconds;
        }
    }

    /**
     * Runs until the time is over or the bodies are used up.
     *
     * @param bodies what to post
     * @param duration when to stop sending
     */
    public Done run(Supplier<byte[]> bodies, Duration duration) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(connections);
        try {
            long start = System.nanoTime();
            long end = start + duration.toNanos();
            List<Future<Worker>> workers = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                workers.add(threads.submit(() -> new Worker(bodies).work(end)));
            }
            Samples samples = new Samples();
            long failures = 0;
            String first = "";
            for (Future<Worker> future : workers) {
                Worker worker = future.get();
                samples.addAll(worker.samples);
                failures += worker.failures;
                first = first.isEmpty() ? worker.firstFailure : first;
            }
            return new Done(samples, failures, first, (System.nanoTime() - start) / 1e9);
        } finally {
            threads.shutdownNow();
        }
    }

    private final class Worker {

        private final Supplier<byte[]> bodies;
        private final Samples samples = new Samples();
        private final byte[] head =
                ("POST %s HTTP/1.1\r\nHost: %s:%d\r\nContent-Type: application/json\r\nConnection: %s\r\n"
                                        .formatted(
                                                target.getRawPath(),
                                                target.getHost(),
                                                target.getPort(),
                                                keepAlive ? "keep-alive" : "close")
                                + "Content-Length: ")
                        .getBytes(StandardCharsets.ISO_8859_1);
        private @Nullable Socket socket;
        private @Nullable BufferedInputStream in;
        private long failures;
        private String firstFailure = "";

        Worker(Supplier<byte[]> bodies) {
            this.bodies = bodies;
        }

        Worker work(long end) throws IOException {
            try {
                while (System.nanoTime() - end < 0) {
                    byte[] request = request(bodies.get());
                    long start = System.nanoTime();
                    one(request, start);
                }
            } catch (Tasks.SupplyEnded e) {
                // as good as the end of the time
            } finally {
                disconnect();
            }
            return this;
        }

        private void one(byte[] request, long start) throws IOException {
            try {
                RawMessage answer = exchange(request);
                if (answer.status() == 200 && new String(answer.body(), StandardCharsets.UTF_8).contains(expected)) {
                    samples.add(System.nanoTime() - start);
                } else {
                    failed("HTTP %d: %s".formatted(answer.status(), new String(answer.body(), StandardCharsets.UTF_8)));
                }
                if (!keepAlive || "close".equalsIgnoreCase(answer.headers().get("connection"))) {
                    disconnect();
                }
            } catch (IOException e) {
                failed(e.toString());
                disconnect();
            }
        }

        /** A kept connection that the server closed meanwhile is replaced once; that is no failure. */
        private RawMessage exchange(byte[] request) throws IOException {
            if (socket != null) {
                try {
                    return onOpenConnection(request);
                } catch (IOException e) {
                    disconnect();
                }
            }
            connect();
            return onOpenConnection(request);
        }

        private RawMessage onOpenConnection(byte[] request) throws IOException {
            Socket connection = socket;
            BufferedInputStream input = in;
            if (connection == null || input == null) {
                throw new EOFException("not connected");
            }
            connection.getOutputStream().write(request);
            Optional<RawMessage> answer = RawMessage.read(input);
            return answer.orElseThrow(() -> new EOFException("the connection was closed without an answer"));
        }

        private void connect() throws IOException {
            Socket connection = new Socket(target.getHost(), target.getPort());
            connection.setTcpNoDelay(true);
            connection.setSoTimeout(TIMEOUT_MILLIS);
            socket = connection;
            in = new BufferedInputStream(connection.getInputStream(), 16 * 1024);
        }

        private void disconnect() throws IOException {
            if (socket != null) {
                socket.close();
            }
            socket = null;
            in = null;
        }

        private byte[] request(byte[] body) {
            byte[] length = (body.length + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
            byte[] request = new byte[head.length + length.length + body.length];
            System.arraycopy(head, 0, request, 0, head.length);
            System.arraycopy(length, 0, request, head.length, length.length);
            System.arraycopy(body, 0, request, head.length + length.length, body.length);
            return request;
        }

        private void failed(String what) {
            if (failures++ == 0) {
                firstFailure = what.substring(0, Math.min(300, what.length()));
            }
        }
    }
}
