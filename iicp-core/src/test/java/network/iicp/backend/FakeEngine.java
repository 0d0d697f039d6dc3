package network.iicp.backend;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;

/** A server on loopback that answers as a test tells it, byte by byte if need be, and remembers what it was asked. */
final class FakeEngine implements AutoCloseable {

    /** Answers one request. */
    @FunctionalInterface
    interface Script {
        void play(Request request, Wire wire) throws Exception;
    }

    /** What was asked. Header names are in lower case. */
    record Request(String method, String path, Map<String, String> headers, String body) {
        JsonObject json() {
            return JsonObject.parse(body.getBytes(StandardCharsets.UTF_8), JsonLimits.DEFAULT);
        }
    }

    private final ServerSocket socket;
    private final Map<String, Script> scripts = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final CountDownLatch clientClosed = new CountDownLatch(1);

    FakeEngine() throws IOException {
        socket = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        start("fake-engine", this::accept);
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Plays the script for requests to a path. Other paths answer 404. */
    FakeEngine on(String path, Script script) {
        scripts.put(path, script);
        return this;
    }

    /** Answers requests to a path with JSON in which single quotes stand for double quotes. */
    FakeEngine json(String path, int status, String body) {
        return on(path, (request, wire) -> wire.json(status, body));
    }

    /** Lists models in the way of the dialect. */
    FakeEngine models(String... names) {
        StringBuilder data = new StringBuilder();
        for (String name : names) {
            data.append(data.isEmpty() ? "" : ",")
                    .append("{'id':'")
                    .append(name)
                    .append("'}");
        }
        return json("/v1/models", 200, "{'object':'list','data':[" + data + "]}");
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }

    List<Request> requests() {
        return requests;
    }

    List<Request> requests(String path) {
        return requests.stream().filter(request -> request.path().equals(path)).toList();
    }

    int openConnections() {
        return open.size();
    }

    /** Waits until a script that watched for it saw the client go. */
    boolean sawTheClientGo() throws InterruptedException {
        return clientClosed.await(10, TimeUnit.SECONDS);
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket next = socket.accept();
                open.add(next);
                start("fake-engine-connection", () -> serve(next));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setTcpNoDelay(true);
            Wire wire = new Wire(connection);
            while (wire.reusable) {
                Request request = wire.read();
                requests.add(request);
                Script script = scripts.getOrDefault(request.path(), (r, w) -> w.json(404, "{}"));
                script.play(request, wire);
            }
        } catch (Exception e) {
            // What the client makes of it is what tests look at.
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

    /** One connection, seen from the engine. */
    final class Wire {

        private final InputStream in;
        private final OutputStream out;
        private boolean reusable = true;

        private Wire(Socket connection) throws IOException {
            in = connection.getInputStream();
            out = connection.getOutputStream();
        }

        private Request read() throws IOException {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int next = in.read();
                if (next < 0) {
                    throw new SocketException("closed");
                }
                head.append((char) next);
            }
            List<String> lines = head.toString().lines().toList();
            Map<String, String> headers = new LinkedHashMap<>();
            for (String line : lines.subList(1, lines.size())) {
                int colon = line.indexOf(':');
                if (colon > 0) {
                    headers.put(
                            line.substring(0, colon).toLowerCase(Locale.ROOT),
                            line.substring(colon + 1).strip());
                }
            }
            int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
            String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
            List<String> start = List.of(lines.get(0).split(" ", -1));
            return new Request(start.get(0), start.get(1), headers, body);
        }

        void send(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }

        void json(int status, String body) throws IOException {
            answer(status, "Content-Type: application/json\r\n", body.replace('\'', '"'));
        }

        /** Answers with headers, each ended by CR LF, and a body. */
        void answer(int status, String headers, String body) throws IOException {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            send("HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n%s".formatted(status, headers, bytes.length, body));
        }

        /** Begins a stream of events. */
        Wire events() throws IOException {
            send(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n");
            return this;
        }

        /** Sends one event, with single quotes for double quotes. */
        Wire event(String data) throws IOException {
            return raw("data: " + data.replace('\'', '"') + "\n\n");
        }

        /** Sends a chunk with one delta of the first choice. */
        Wire delta(String delta) throws IOException {
            return event(
                    "{'id':'c1','object':'chat.completion.chunk','created':7,'model':'m1','choices':[{'index':0,'delta':"
                            + delta + ",'finish_reason':null}]}");
        }

        Wire finish(String reason) throws IOException {
            return event(
                    "{'id':'c1','model':'m1','choices':[{'index':0,'delta':{},'finish_reason':'" + reason + "'}]}");
        }

        Wire usage(int prompt, int completion) throws IOException {
            return event(
                    "{'id':'c1','choices':[],'usage':{'prompt_tokens':%d,'completion_tokens':%d,'total_tokens':%d}}"
                            .formatted(prompt, completion, prompt + completion));
        }

        /** Sends text as it is, in one piece of the body. */
        Wire raw(String text) throws IOException {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            send(Integer.toHexString(bytes.length) + "\r\n" + text + "\r\n");
            return this;
        }

        /** Ends the body properly. */
        void end() throws IOException {
            send("0\r\n\r\n");
        }

        /** Cuts the connection. */
        void cut() {
            reusable = false;
        }

        /** Says nothing more, until the client goes. */
        void hang() throws IOException {
            reusable = false;
            try {
                while (in.read() >= 0) {
                    // Whatever else comes does not matter.
                }
            } finally {
                clientClosed.countDown();
            }
        }

        /** Sends text until the client goes, and returns how often. */
        void trickleUntilClosed(String text, Runnable afterEach) throws IOException {
            reusable = false;
            try {
                while (true) {
                    raw(text);
                    afterEach.run();
                }
            } finally {
                clientClosed.countDown();
            }
        }
    }
}
