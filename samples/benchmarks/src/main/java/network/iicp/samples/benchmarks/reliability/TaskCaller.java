package network.iicp.samples.benchmarks.reliability;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import network.iicp.json.Json;
import network.iicp.json.JsonException;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;
import network.iicp.protocol.TaskConstraints;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.wire.ChatCodec;
import network.iicp.protocol.wire.TaskCodec;
import network.iicp.protocol.wire.TaskEnvelope;

/**
 * Sends tasks to a node over plain HTTP and checks how each is answered: a whole one with one JSON object, in time; a streamed one with a
 * refusal, or with events numbered from 0 without a gap, of which exactly one is terminal. Thread-safe.
 */
final class TaskCaller {

    /** What a task may take. */
    static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** What its answer may take beyond that, on a busy machine. */
    private static final Duration SLACK = Duration.ofSeconds(15);

    private static final List<String> TERMINAL = List.of("completed", "failed", "cancelled", "timed_out");

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI node;
    private final Counts<Outcome> outcomes = new Counts<>(Outcome.class);

    /** How a task was answered. */
    enum Outcome {
        /** With a result. */
        RESULT,
        /** With a failure that says what happened. */
        FAILURE,
        /** Not taken: the node is busy, or its engine rests. */
        REFUSED,
        /** The caller left on purpose. */
        LEFT,
        /** Not at all, or not in time. */
        LOST,
        /** With something that is no answer. */
        UNREADABLE,
        /** With more than one terminal event, or events out of order. */
        DUPLICATED
    }

    TaskCaller(URI node) {
        this.node = node;
    }

    Counts<Outcome> outcomes() {
        return outcomes;
    }

    private static byte[] body(String id, boolean streamed) {
        TaskConstraints bounds = TaskConstraints.NONE.withTimeout(TIMEOUT);
        if (streamed) {
            bounds = bounds.withRequiredProfiles(List.of(Capability.SERVICE_LIFECYCLE));
        }
        return Json.bytes(TaskCodec.encode(
                TaskEnvelope.plain(id, Intent.LLM_CHAT, ChatCodec.encode(ChatRequest.of("Hello")), bounds)));
    }

    private HttpRequest request(String path, byte[] body) {
        return HttpRequest.newBuilder(node.resolve(path))
                .header("Content-Type", "application/json")
                .timeout(TIMEOUT.plus(SLACK))
                .POST(BodyPublishers.ofByteArray(body))
                .build();
    }

    /** Sends a task; sometimes a second time, as a consumer does that does not know whether the first came through. */
    void whole(Random random) throws InterruptedException {
        byte[] body = body(UUID.randomUUID().toString(), false);
        outcomes.add(answerTo(body));
        if (random.nextInt(10) == 0) {
            outcomes.add(answerTo(body));
        }
    }

    private Outcome answerTo(byte[] body) throws InterruptedException {
        try {
            HttpResponse<byte[]> answer = client.send(request("/v1/task", body), BodyHandlers.ofByteArray());
            Json.parseObject(answer.body(), JsonLimits.DEFAULT);
            return answer.statusCode() == 200 ? Outcome.RESULT : notTaken(answer.statusCode());
        } catch (JsonException e) {
            return Outcome.UNREADABLE;
        } catch (IOException e) {
            return Outcome.LOST;
        }
    }

    private static Outcome notTaken(int status) {
        return status == 429 || status == 503 ? Outcome.REFUSED : Outcome.FAILURE;
    }

    /** Sends a task for its events and reads them to the end. */
    void streamed() throws InterruptedException {
        try {
            byte[] body = body(UUID.randomUUID().toString(), true);
            HttpResponse<Stream<String>> answer = client.send(request("/v1/task/events", body), BodyHandlers.ofLines());
            try (Stream<String> lines = answer.body()) {
                outcomes.add(answer.statusCode() == 200 ? judge(lines.iterator()) : notTaken(answer.statusCode()));
            }
        } catch (IOException | java.io.UncheckedIOException e) {
            outcomes.add(Outcome.LOST);
        }
    }

    private static Outcome judge(Iterator<String> lines) {
        int next = 0;
        int terminals = 0;
        boolean result = false;
        while (lines.hasNext()) {
            String line = lines.next();
            if (line.startsWith("id:")) {
                if (terminals > 0 || Integer.parseInt(line.substring(3).strip()) != next++) {
                    return Outcome.DUPLICATED;
                }
            } else if (line.startsWith("event:")
                    && TERMINAL.contains(line.substring(6).strip())) {
                terminals++;
                result = line.endsWith("completed");
            }
        }
        if (terminals == 0) {
            return Outcome.LOST;
        }
        return terminals > 1 ? Outcome.DUPLICATED : result ? Outcome.RESULT : Outcome.FAILURE;
    }

    /** Sends a task and leaves, in the middle of the request or while the node works. */
    void leaves(Random random) throws InterruptedException, IOException {
        boolean streamed = random.nextBoolean();
        byte[] body = body(UUID.randomUUID().toString(), streamed);
        byte[] head = "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                .formatted(streamed ? "/v1/task/events" : "/v1/task", body.length)
                .getBytes(StandardCharsets.ISO_8859_1);
        try (Socket socket = new Socket(node.getHost(), node.getPort())) {
            socket.getOutputStream().write(head);
            socket.getOutputStream().write(body, 0, random.nextInt(4) == 0 ? body.length / 2 : body.length);
            TimeUnit.MILLISECONDS.sleep(random.nextInt(50));
            if (random.nextBoolean()) {
                socket.setSoLinger(true, 0);
            }
        }
        outcomes.add(Outcome.LEFT);
    }
}
