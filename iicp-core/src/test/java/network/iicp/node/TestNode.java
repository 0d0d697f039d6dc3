package network.iicp.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.protocol.Capability;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.spi.TaskHandler;

/** A node on loopback with one chat handler, and a plain HTTP client that knows nothing of this library. */
final class TestNode implements AutoCloseable {

    static final String CHAT = Intent.LLM_CHAT.urn();
    static final Duration SOON = Duration.ofSeconds(10);

    private static final JsonLimits LIMITS = JsonLimits.DEFAULT.withMaxBytes(8 * 1024 * 1024);

    final ProviderNode node;
    final List<NodeEvent> heard = new CopyOnWriteArrayList<>();
    final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    private TestNode(Consumer<NodeSettingsBuilder> settings) {
        NodeSettingsBuilder builder = NodeSettings.builder()
                .port(0)
                .withoutDirectory()
                .authentication(NodeAuthentication.OPEN)
                .grace(Duration.ofSeconds(5))
                .listener(heard::add);
        settings.accept(builder);
        node = new ProviderNode(builder.build());
    }

    /** Starts a node with these settings on top of the usual ones. */
    static TestNode start(Consumer<NodeSettingsBuilder> settings) {
        TestNode test = new TestNode(settings);
        test.node.start();
        return test;
    }

    /** Starts a node that serves model m1 with a handler. */
    static TestNode serving(TaskHandler handler) {
        return start(settings -> settings.handler(chat("m1"), handler));
    }

    static Capability chat(String... models) {
        return Capability.of(Intent.LLM_CHAT, List.of(models)).withStreaming().withMaxTokens(100);
    }

    static String newId() {
        return UUID.randomUUID().toString();
    }

    /** The usual answer of a handler in tests. */
    static Map<String, Object> answer(String text) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("model", "m1");
        result.put("choices", List.of(Map.of("message", Map.of("role", "assistant", "content", text))));
        result.put("usage", Map.of("prompt_tokens", 2, "completion_tokens", 3, "total_tokens", 5));
        return result;
    }

    /** The body of a chat task in clear. */
    static Map<String, Object> task(String id) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("task_id", id);
        body.put("intent", CHAT);
        body.put("payload", Map.of("messages", List.of(Map.of("role", "user", "content", "hi"))));
        return body;
    }

    static Map<String, Object> task(String id, Map<String, Object> constraints) {
        Map<String, Object> body = task(id);
        body.put("constraints", constraints);
        return body;
    }

    URI uri(String path) {
        return URI.create(node.endpoint() + path);
    }

    Reply post(Map<String, Object> body, String... headers) throws IOException, InterruptedException {
        return post("/v1/task", Json.bytes(body), headers);
    }

    Reply post(String path, byte[] body, String... headers) throws IOException, InterruptedException {
        return new Reply(http.send(request(path, body, headers), HttpResponse.BodyHandlers.ofByteArray()));
    }

    CompletableFuture<Reply> postAsync(Map<String, Object> body, String... headers) {
        return http.sendAsync(request("/v1/task", Json.bytes(body), headers), HttpResponse.BodyHandlers.ofByteArray())
                .thenApply(Reply::new);
    }

    private HttpRequest request(String path, byte[] body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path))
                .timeout(Duration.ofSeconds(30))
                .header("Origin", "https://page.example");
        boolean typed = false;
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
            typed |= headers[i].equalsIgnoreCase("Content-Type");
        }
        if (!typed) {
            request.header("Content-Type", "application/json");
        }
        return request.POST(HttpRequest.BodyPublishers.ofByteArray(body)).build();
    }

    Reply get(String path, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).header("Origin", "https://page.example");
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return new Reply(http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray()));
    }

    /**
     * Stops the node on a thread of its own. Not on the common pool: with two processors that has one thread, and the JDK's HTTP client
     * needs it to hand over answers.
     */
    CompletableFuture<Void> stopAside() {
        return CompletableFuture.runAsync(node::close, task -> new Thread(task, "stop-aside").start());
    }

    /** Waits until no handler works any more. */
    void awaitIdle() {
        await().atMost(SOON).untilAsserted(() -> assertThat(node.activeTasks()).isZero());
    }

    <T extends NodeEvent> List<T> heard(Class<T> type) {
        return heard.stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** Closes the node and looks whether it leaves anything behind. */
    @Override
    public void close() {
        boolean wasServing = node.state() == NodeState.SERVING;
        NodeRuntime runtime = node.runtime().orElseThrow();
        if (wasServing) {
            await().atMost(SOON).untilAsserted(() -> {
                assertThat(runtime.slots().active()).as("places").isZero();
                assertThat(runtime.tasks().running()).as("tasks").isEmpty();
                assertThat(runtime.listener().runningExchanges())
                        .as("exchanges")
                        .isZero();
            });
        }
        node.close();
        assertThat(runtime.slots().active()).as("places").isZero();
        assertThat(runtime.tasks().running()).as("tasks").isEmpty();
        assertThat(runtime.listener().openConnections()).as("connections").isZero();
        String threads = "iicp-node-%s-".formatted(NodeDescriptor.prefixOf(node.id()));
        await().atMost(SOON).until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith(threads)));
    }

    /** An answer over HTTP. */
    record Reply(int status, Map<String, List<String>> headers, byte[] body) {

        Reply(HttpResponse<byte[]> response) {
            this(response.statusCode(), response.headers().map(), response.body());
        }

        Map<String, Object> json() {
            return Json.parseObject(body, LIMITS);
        }

        @SuppressWarnings("unchecked")
        Map<String, Object> member(String name) {
            return (Map<String, Object>) json().get(name);
        }

        String errorCode() {
            return String.valueOf(member("error").get("code"));
        }

        String iicpCode() {
            return String.valueOf(member("error").get("iicp_code"));
        }

        String header(String name) {
            return headers.entrySet().stream()
                    .filter(e -> e.getKey().equalsIgnoreCase(name))
                    .map(e -> e.getValue().get(0))
                    .findFirst()
                    .orElse("");
        }

        String text() {
            return new String(body, UTF_8);
        }
    }
}
