package network.iicp.samples.benchmarks.reliability;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import network.iicp.json.Json;
import network.iicp.samples.benchmarks.load.RawMessage;
import network.iicp.samples.benchmarks.load.RawServer;

/** An engine of the OpenAI dialect that does half of its tasks right, and something bad with the others. */
final class FaultyEngine implements AutoCloseable {

    private static final int HUGE = 50 << 20;
    private static final byte[] MODELS = Json.bytes(Map.of("object", "list", "data", List.of(Map.of("id", "m"))));

    private final RawServer server;
    private final Supplier<Random> randoms;
    private final Counts<Fault> counts = new Counts<>(Fault.class);
    private final long start = System.nanoTime();

    /** What it does with a task. */
    enum Fault {
        /** Answers. */
        NONE,
        /** Answers late, but in time. */
        SLOW,
        /** Takes the task and says nothing, for longer than any task may take. */
        HANG,
        /** Closes the connection without an answer. */
        DIE,
        /** Closes the connection in the middle of the answer. */
        DIE_IN_THE_MIDDLE,
        /** Says 500. */
        ERROR,
        /** Says 503 and when to come back. */
        BUSY,
        /** Answers with something that is no JSON, or no event. */
        MALFORMED,
        /** Answers with 50 MB. */
        HUGE
    }

    FaultyEngine(Supplier<Random> randoms) {
        this.randoms = randoms;
        this.server = new RawServer(this::handle);
    }

    URI url() {
        return server.url();
    }

    Counts<Fault> counts() {
        return counts;
    }

    private boolean handle(RawMessage request, Socket connection) throws IOException {
        if (request.path().equals("/v1/models")) {
            return RawServer.answer(connection, 200, "application/json", MODELS);
        }
        if (!request.path().equals("/v1/chat/completions")) {
            return RawServer.answer(connection, 404, "application/json", new byte[] {'{', '}'});
        }
        Random random = randoms.get();
        Fault fault = random.nextInt(isBadTime() ? 2 : 20) == 0
                ? Fault.values()[random.nextInt(Fault.values().length)]
                : Fault.NONE;
        counts.add(fault);
        boolean streamed = new String(request.body(), StandardCharsets.UTF_8).contains("\"stream\":true");
        return answer(fault, streamed, connection, random);
    }

    /** One task in twenty meets a fault, and one in two for four seconds of every two minutes: long enough for the node to rest the engine. */
    private boolean isBadTime() {
        return (System.nanoTime() - start) / 1_000_000_000L % 120 >= 116;
    }

    private static boolean answer(Fault fault, boolean streamed, Socket connection, Random random) throws IOException {
        switch (fault) {
            case NONE -> {
                return right(streamed, connection);
            }
            case SLOW -> {
                rest(200 + random.nextInt(400));
                return right(streamed, connection);
            }
            case HANG -> {
                rest(20_000);
                return false;
            }
            case DIE -> {
                return false;
            }
            case DIE_IN_THE_MIDDLE -> {
                byte[] head = "HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: 5000\r\n\r\n"
                        .formatted(type(streamed))
                        .getBytes(StandardCharsets.ISO_8859_1);
                connection.getOutputStream().write(head);
                connection.getOutputStream().write(body(streamed), 0, 40);
                return false;
            }
            case ERROR -> {
                return RawServer.answer(
                        connection, 500, "application/json", "{\"error\":\"broken\"}".getBytes(StandardCharsets.UTF_8));
            }
            case BUSY -> {
                return RawServer.answer(
                        connection, 503, "application/json", "{\"error\":\"busy\"}".getBytes(StandardCharsets.UTF_8));
            }
            case MALFORMED -> {
                return RawServer.answer(
                        connection,
                        200,
                        type(streamed),
                        "data: {\"choices\":[{]\n\n<html>".getBytes(StandardCharsets.UTF_8));
            }
            case HUGE -> {
                return huge(streamed, connection);
            }
        }
        throw new IllegalStateException("not a fault: " + fault);
    }

    private static boolean right(boolean streamed, Socket connection) throws IOException {
        return RawServer.answer(connection, 200, type(streamed), body(streamed));
    }

    private static String type(boolean streamed) {
        return streamed ? "text/event-stream" : "application/json";
    }

    private static byte[] body(boolean streamed) {
        if (!streamed) {
            return ("{\"id\":\"x\",\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"right\"},"
                            + "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}")
                    .getBytes(StandardCharsets.UTF_8);
        }
        StringBuilder events = new StringBuilder();
        for (String word : List.of("this ", "is ", "right")) {
            events.append("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"}}]}\n\n".formatted(word));
        }
        events.append(
                "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
        return events.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static boolean huge(boolean streamed, Socket connection) throws IOException {
        OutputStream out = connection.getOutputStream();
        out.write("HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n"
                .formatted(type(streamed), HUGE)
                .getBytes(StandardCharsets.ISO_8859_1));
        byte[] portion = "x".repeat(64 * 1024).getBytes(StandardCharsets.UTF_8);
        for (int sent = 0; sent < HUGE; sent += portion.length) {
            out.write(portion);
        }
        return false;
    }

    private static void rest(int millis) throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the engine is closed", e);
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
