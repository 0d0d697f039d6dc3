package network.iicp.samples.benchmarks.consumer;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Iterator;
import java.util.UUID;
import java.util.stream.Stream;
import network.iicp.json.Json;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;
import network.iicp.protocol.TaskConstraints;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.wire.ChatCodec;
import network.iicp.protocol.wire.TaskCodec;
import network.iicp.protocol.wire.TaskEnvelope;

/**
 * The least a Java program can do to have a node answer: post a prepared task with the JDK's client and take the bytes, unread. No
 * directory, no choice, no retry, no encryption, no check of the answer but its status.
 */
final class PlainClient {

    private static final String ID = new UUID(0, 0).toString();

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI task;
    private final URI events;
    private final String[] buffered;
    private final String[] streamed;

    PlainClient(URI node, ChatRequest request) {
        this.task = node.resolve("/v1/task");
        this.events = node.resolve("/v1/task/events");
        this.buffered = template(request, TaskConstraints.NONE);
        this.streamed = template(
                request, TaskConstraints.NONE.withRequiredProfiles(java.util.List.of(Capability.SERVICE_LIFECYCLE)));
    }

    private static String[] template(ChatRequest request, TaskConstraints constraints) {
        TaskEnvelope envelope = TaskEnvelope.plain(ID, Intent.LLM_CHAT, ChatCodec.encode(request), constraints);
        return Json.text(TaskCodec.encode(envelope)).split(ID, 2);
    }

    private static HttpRequest request(URI uri, String[] template, String accept) {
        String body = template[0] + UUID.randomUUID() + template[1];
        return HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .header("Accept", accept)
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    /** Posts a task and takes the whole answer. */
    void chat() throws IOException, InterruptedException {
        HttpResponse<byte[]> answer =
                client.send(request(task, buffered, "application/json"), BodyHandlers.ofByteArray());
        requireOk(answer.statusCode());
    }

    /**
     * Posts a task, reads its events to the end.
     *
     * @return the time from the call to the first part, in nanoseconds
     */
    long stream() throws IOException, InterruptedException {
        long start = System.nanoTime();
        HttpResponse<Stream<String>> answer =
                client.send(request(events, streamed, "text/event-stream"), BodyHandlers.ofLines());
        requireOk(answer.statusCode());
        long first = 0;
        try (Stream<String> lines = answer.body()) {
            for (Iterator<String> line = lines.iterator(); line.hasNext(); ) {
                if (line.next().equals("event: partial") && first == 0) {
                    first = System.nanoTime() - start;
                }
            }
        }
        if (first == 0) {
            throw new IOException("the stream had no part");
        }
        return first;
    }

    private static void requireOk(int status) throws IOException {
        if (status != 200) {
            throw new IOException("HTTP " + status);
        }
    }
}
