package network.iicp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import network.iicp.backend.DemoBackend;
import network.iicp.directory.server.DirectoryServer;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.node.NodeEvent;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.transport.HttpListener;
import network.iicp.transport.ListenerSettings;
import network.iicp.transport.Routes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The official Python client as consumer and as provider. {@code IICP_PEERS} names a Python environment in which it is
 * installed; {@code IICP_PEER_HOST} a dotted name that resolves to the loopback address, since the Python consumer refuses
 * plain loopback endpoints. How to set both up is in {@code docs/interop.md}.
 */
@Tag("interop")
@Timeout(120)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PythonInteropIT {

    private static final String HOST = System.getenv().getOrDefault("IICP_PEER_HOST", "node-a.mesh.example.org");

    private static final String CONSUMER = """
            import asyncio, json, sys
            from iicp_client import ChatMessage, ChatOptions, IicpClient
            from iicp_client.types import ClientConfig
            async def main():
                client = IicpClient(ClientConfig(directory_url=sys.argv[1], timeout_ms=20000,
                                                 route_discovery_mode=sys.argv[3]))
                answer = await client.chat_async([ChatMessage(role="user", content=sys.argv[2])], ChatOptions(max_tokens=64))
                print(json.dumps({"node": answer.iicp_node_id, "model": answer.model,
                                  "text": answer.choices[0].message.content}))
            asyncio.run(main())
            """;

    @TempDir
    private Path home;

    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeAll
    static void peers_are_here() throws IOException {
        assumeTrue(System.getenv("IICP_PEERS") != null, "IICP_PEERS is not set: no Python peer on this machine");
        try {
            assumeTrue(
                    InetAddress.getByName(HOST).isLoopbackAddress(),
                    HOST + " does not resolve to the loopback address on this machine");
        } catch (UnknownHostException e) {
            assumeTrue(false, HOST + " does not resolve on this machine");
        }
    }

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    /** With {@code ticketed} there is no way around a ticket that does not verify. */
    @ParameterizedTest
    @ValueSource(strings = {"auto", "ticketed", "legacy"})
    void the_python_consumer_finds_and_chats_encrypted_with_our_node(String routes) throws Exception {
        DirectoryServer directory = directory();
        List<NodeEvent> events = new CopyOnWriteArrayList<>();
        int port = freePort();
        IicpNode node = IicpNode.builder()
                .backend(DemoBackend.create())
                .host("127.0.0.1")
                .port(port)
                .endpoint(URI.create("http://" + HOST + ":" + port))
                .directoryUrl(directory.url())
                .listener(events::add)
                .build();
        open.add(node);
        node.start();
        node.registered().get(20, TimeUnit.SECONDS);

        Process python = peer("bin/python", "-c", CONSUMER, directory.url().toString(), "Hello from Python", routes);
        String out = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(python.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(python.exitValue()).as(out).isZero();
        JsonObject answer = JsonObject.of(Json.parseObject(out.strip(), JsonLimits.DEFAULT));
        assertThat(answer.string("text")).contains("Hello from Python");
        assertThat(answer.string("model")).isEqualTo(DemoBackend.MODEL);
        assertThat(events)
                .filteredOn(NodeEvent.TaskEnded.class::isInstance)
                .singleElement()
                .satisfies(event -> {
                    NodeEvent.TaskEnded ended = (NodeEvent.TaskEnded) event;
                    assertThat(ended.outcome()).isEqualTo("success");
                    assertThat(ended.encrypted()).isTrue();
                });
    }

    @Test
    void our_client_finds_and_chats_encrypted_with_the_python_node() throws Exception {
        DirectoryServer directory = directory();
        HttpListener engine = engine();
        int port = freePort();
        Process python = peer(
                "bin/iicp-node",
                "serve",
                "--directory-url",
                directory.url().toString(),
                "--host",
                "127.0.0.1",
                "--port",
                String.valueOf(port),
                "--public-endpoint",
                "http://" + HOST + ":" + port,
                "--backend-url",
                "http://127.0.0.1:" + engine.port(),
                "--model",
                "stub-model",
                "--no-auto-detect-nat",
                "--no-tunnel",
                "--no-relay-capable");
        open.add(python.toHandle()::destroyForcibly);
        await().atMost(Duration.ofSeconds(40)).until(() -> directory.nodeCount() == 1);
        try (IicpClient client =
                IicpClient.builder().directoryUrl(directory.url()).build()) {
            ChatResult result = client.chat(ChatRequest.of("Hello from Java"));
            assertThat(result.text()).isEqualTo("stub says hello");
            assertThat(result.provenance().encrypted()).isTrue();
        }
    }

    private DirectoryServer directory() {
        DirectoryServer directory =
                DirectoryServer.builder().host("127.0.0.1").port(0).build();
        directory.start();
        open.add(directory);
        return directory;
    }

    /** An engine of the OpenAI dialect that always says the same. */
    private HttpListener engine() {
        Map<String, Object> answer = Map.of(
                "id", "stub-1",
                "object", "chat.completion",
                "model", "stub-model",
                "choices",
                        List.of(Map.of(
                                "index",
                                0,
                                "message",
                                Map.of("role", "assistant", "content", "stub says hello"),
                                "finish_reason",
                                "stop")),
                "usage", Map.of("prompt_tokens", 3, "completion_tokens", 3, "total_tokens", 6));
        HttpListener listener = HttpListener.jetty(
                ListenerSettings.builder().host("127.0.0.1").port(0).build(),
                Routes.builder()
                        .route(
                                "GET",
                                "/v1/models",
                                exchange -> exchange.respondJson(
                                        200, Map.of("data", List.of(Map.of("id", "stub-model"))), Map.of()))
                        .route("POST", "/v1/chat/completions", exchange -> exchange.respondJson(200, answer, Map.of()))
                        .build());
        listener.start();
        open.add(listener);
        return listener;
    }

    private Process peer(String program, String... args) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getenv("IICP_PEERS"), program).toString());
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command);
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("IICP_"));
        environment.put("IICP_HOME", home.toString());
        environment.put("HOME", home.toString());
        environment.put("IICP_PROXY_ALLOW_LOOPBACK_NODES", "1");
        environment.put("IICP_AUTO_UPDATE", "0");
        environment.put("IICP_AUTO_DETECT_NAT", "false");
        environment.put("IICP_SKIP_UPNP", "1");
        environment.put("IICP_TUNNEL", "0");
        File log = Files.createTempFile(home, "peer", ".log").toFile();
        builder.redirectError(log);
        Process process = builder.start();
        process.getOutputStream().close();
        if (args.length > 0 && args[0].equals("serve")) {
            Thread drain = new Thread(() -> {
                try {
                    process.getInputStream().transferTo(OutputStream.nullOutputStream());
                } catch (IOException e) {
                    // the process ended
                }
            });
            drain.setDaemon(true);
            drain.start();
        }
        return process;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
