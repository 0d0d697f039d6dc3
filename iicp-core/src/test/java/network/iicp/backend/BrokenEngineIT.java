package network.iicp.backend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import network.iicp.IicpNode;
import network.iicp.UsedHeap;
import network.iicp.json.Json;
import network.iicp.node.NodeAuthentication;
import network.iicp.protocol.Intent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A node before an engine that hangs, dies or talks nonsense, seen from its consumer. After each fault no task is left, no connection to
 * the engine but those that are kept, no memory, no thread when the node is closed, and the next request works.
 */
@Timeout(120)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class BrokenEngineIT {

    private static final String CHAT = "/v1/chat/completions";
    private static final int FIFTY_MEGABYTES = 50 * 1024 * 1024;
    private static final String MEGABYTE = "x".repeat(1024 * 1024);
    private static final int KEPT_CONNECTIONS = 4;

    private final Set<String> threadsBefore = threads();
    private final AtomicReference<FakeEngine.Script> script = new AtomicReference<>();
    private final FakeEngine engine;
    private final OpenAiDialectBackend backend;
    private final IicpNode node;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    BrokenEngineIT() throws Exception {
        engine = new FakeEngine().models("m1").on(CHAT, (request, wire) -> script.get()
                .play(request, wire));
        backend = OpenAiDialectBackend.builder().vllm().baseUrl(engine.uri()).build();
        node = IicpNode.builder()
                .backend(backend)
                .withoutDirectory()
                .authentication(NodeAuthentication.OPEN)
                .maxConcurrent(4)
                .port(0)
                .build();
        node.start();
    }

    @AfterEach
    void nothing_is_left() throws Exception {
        await().until(() -> node.activeTasks() == 0);
        node.close();
        await().until(() -> engine.openConnections() == 0);
        engine.close();
        await().atMost(Duration.ofSeconds(20)).until(() -> threads().stream()
                .filter(name -> !threadsBefore.contains(name))
                .noneMatch(name -> name.startsWith("iicp-")));
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).collect(Collectors.toSet());
    }

    private static void healthy(FakeEngine.Request request, FakeEngine.Wire wire) throws IOException {
        if (request.json().bool("stream", false)) {
            wire.events()
                    .delta("{'content':'hello'}")
                    .finish("stop")
                    .event("[DONE]")
                    .end();
        } else {
            wire.json(
                    200,
                    "{'model':'m1','choices':[{'index':0,'message':{'role':'assistant','content':'hello'},"
                            + "'finish_reason':'stop'}],'usage':{'prompt_tokens':1,'completion_tokens':1,'total_tokens':2}}");
        }
    }

    private static boolean streams(FakeEngine.Request request) {
        return request.json().bool("stream", false);
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                fault("hangs before it answers", (request, wire) -> wire.hang()),
                fault("hangs in the middle", (request, wire) -> {
                    begin(request, wire);
                    wire.hang();
                }),
                fault("dies before it answers", (request, wire) -> wire.cut()),
                fault("dies in the middle", (request, wire) -> {
                    begin(request, wire);
                    wire.cut();
                }),
                fault("talks nonsense", (request, wire) -> {
                    if (streams(request)) {
                        wire.events()
                                .delta("{'content':'he'}")
                                .raw("data: {\"choices\":[{\"delta\"::\n\n")
                                .end();
                    } else {
                        wire.answer(200, "Content-Type: application/json\r\n", "{\"choices\":[{\"message\"::");
                    }
                }),
                fault("talks something else than HTTP", (request, wire) -> {
                    wire.send("what do you want?\r\n\r\n");
                    wire.cut();
                }),
                fault("sends 50 MB", (request, wire) -> {
                    if (streams(request)) {
                        wire.events().delta("{'content':'he'}").raw("data: ");
                        for (int i = 0; i < 50; i++) {
                            wire.raw(MEGABYTE);
                        }
                    } else {
                        wire.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                                + FIFTY_MEGABYTES + "\r\n\r\n");
                        for (int i = 0; i < 50; i++) {
                            wire.send(MEGABYTE);
                        }
                    }
                }),
                fault("sends 50 MB without saying so", (request, wire) -> {
                    wire.events();
                    for (int i = 0; i < 50; i++) {
                        wire.raw(MEGABYTE);
                    }
                    wire.end();
                }));
    }

    private static void begin(FakeEngine.Request request, FakeEngine.Wire wire) throws IOException {
        if (streams(request)) {
            wire.events().delta("{'content':'he'}");
        } else {
            wire.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"choices\"");
        }
    }

    private static Arguments fault(String what, FakeEngine.Script how) {
        return Arguments.of(what, how);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void an_engine_that(String what, FakeEngine.Script fault) throws Exception {
        expectHello();
        long before = UsedHeap.bytes();
        for (int round = 0; round < 3; round++) {
            script.set(fault);
            HttpResponse<String> whole = post("/v1/task", 1_000);
            assertThat(whole.statusCode()).as(whole.body()).isIn(500, 502, 504);
            assertThat(whole.body()).contains("\"error\"").doesNotContain("127.0.0.1", "xxxx", "Exception");
            HttpResponse<String> stream = post("/v1/task/events", 1_000);
            assertThat(stream.statusCode()).isEqualTo(200);
            assertThat(terminals(stream.body())).as(stream.body()).isEqualTo(1);
            assertThat(stream.body())
                    .containsAnyOf("event: failed", "event: timed_out")
                    .doesNotContain("127.0.0.1");
            await().until(() -> node.activeTasks() == 0);
            expectHello();
        }
        assertThat(UsedHeap.bytes() - before).isLessThan(20_000_000);
        await().atMost(Duration.ofSeconds(20)).until(() -> engine.openConnections() <= KEPT_CONNECTIONS);
    }

    private static int terminals(String events) {
        return events.split("\"is_final\":true", -1).length - 1;
    }

    private void expectHello() throws Exception {
        script.set(BrokenEngineIT::healthy);
        HttpResponse<String> whole = post("/v1/task", 10_000);
        assertThat(whole.statusCode()).as(whole.body()).isEqualTo(200);
        assertThat(whole.body()).contains("hello");
        assertThat(post("/v1/task/events", 10_000).body()).contains("hello", "event: completed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/task", "/v1/task/events"})
    void tokens_made_after_the_consumer_has_gone_are_few(String path) throws Exception {
        AtomicInteger tokens = new AtomicInteger();
        Semaphore never = new Semaphore(0);
        script.set((request, wire) -> {
            if (!streams(request)) {
                wire.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
            } else {
                wire.events();
            }
            String token = streams(request)
                    ? "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"token\"}}]}\n\n"
                    : " ";
            wire.trickleUntilClosed(token, () -> {
                tokens.incrementAndGet();
                try {
                    never.tryAcquire(1, TimeUnit.MILLISECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        });
        byte[] body = task(60_000);
        try (Socket consumer = new Socket("127.0.0.1", node.port())) {
            consumer.getOutputStream()
                    .write(("POST " + path
                                    + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                                    + body.length + "\r\n\r\n" + new String(body, UTF_8))
                            .getBytes(UTF_8));
            await().until(() -> tokens.get() > 50);
            InputStream in = consumer.getInputStream();
            if (path.endsWith("events")) {
                assertThat(in.read(new byte[1_000])).isPositive();
            }
        }
        int atTheEnd = tokens.get();
        assertThat(engine.sawTheClientGo()).isTrue();
        await().until(() -> node.activeTasks() == 0);
        assertThat(tokens.get() - atTheEnd).as("made for nobody, of 60 000").isLessThan(5_000);
        expectHello();
    }

    @Test
    void an_engine_that_is_not_there_is_told_and_served_again_when_it_is() throws Exception {
        expectHello();
        script.set((request, wire) -> wire.cut());
        for (int i = 0; i < 4; i++) {
            assertThat(post("/v1/task", 1_000).statusCode()).isIn(502, 503);
        }
        expectHello();
    }

    private static byte[] task(int timeout) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("task_id", UUID.randomUUID().toString());
        body.put("intent", Intent.LLM_CHAT.urn());
        body.put("payload", Map.of("messages", List.of(Map.of("role", "user", "content", "a private question"))));
        body.put("constraints", Map.of("timeout_ms", timeout));
        return Json.bytes(body);
    }

    private HttpResponse<String> post(String path, int timeout) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(node.port(), path)))
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(task(timeout)))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
