package network.iicp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import network.iicp.backend.DemoBackend;
import network.iicp.directory.server.DirectoryServer;
import network.iicp.json.Json;
import network.iicp.json.JsonLimits;
import network.iicp.json.JsonObject;
import network.iicp.node.NodeEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The official Python client as consumer, as compatibility proxy and as provider, through our directory. */
@Tag("interop")
@Timeout(180)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PythonInteropIT {

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

    private Peers peers;

    @BeforeAll
    static void peers_are_here() {
        Peers.python();
        Peers.requireLoopbackName();
    }

    @BeforeEach
    void open() {
        peers = new Peers(home);
    }

    @AfterEach
    void close() {
        peers.close();
    }

    /** With {@code ticketed} there is no way around a ticket that does not verify. */
    @ParameterizedTest
    @ValueSource(strings = {"auto", "ticketed", "legacy"})
    void the_python_consumer_finds_and_chats_encrypted_with_our_node(String routes) throws Exception {
        DirectoryServer directory = peers.directory();
        List<NodeEvent> events = peers.ourNode(directory.url());

        String out = peers.run(Peers.python(), "-c", CONSUMER, directory.url().toString(), "Hello from Python", routes);

        JsonObject answer = JsonObject.of(Json.parseObject(out.strip(), JsonLimits.DEFAULT));
        assertThat(answer.string("text")).contains("Hello from Python");
        assertThat(answer.string("model")).isEqualTo(DemoBackend.MODEL);
        assertThat(Peers.taskEnded(events).outcome()).isEqualTo("success");
        assertThat(Peers.taskEnded(events).encrypted()).isTrue();
    }

    /** The proxy sends in clear, whatever the node offers; and it names the model "iicp" unless its caller names another. */
    @ParameterizedTest
    @ValueSource(strings = {"/v1/chat/completions", "/api/chat", "/v1/messages"})
    void the_python_proxy_reaches_our_node(String path) throws Exception {
        DirectoryServer directory = peers.directory();
        List<NodeEvent> events = peers.ourNode(directory.url());
        int port = Peers.freePort();
        peers.start(
                Peers.pythonNode(),
                Map.of("IICP_PROXY_DIRECTORY_URL", directory.url().toString()),
                false,
                "proxy",
                "--port",
                String.valueOf(port));
        Peers.awaitPort(port);

        Map<String, Object> chat = Map.of(
                "model",
                "iicp",
                "stream",
                false,
                "max_tokens",
                64,
                "messages",
                List.of(Map.of("role", "user", "content", "Hello through the proxy")));
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .version(HttpClient.Version.HTTP_1_1)
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofByteArray(Json.bytes(chat)))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("Hello through the proxy");
        assertThat(Peers.taskEnded(events).outcome()).isEqualTo("success");
        assertThat(Peers.taskEnded(events).encrypted()).isFalse();
    }

    @Test
    void our_client_chats_encrypted_with_the_python_node() throws Exception {
        new OfficialProviderChecks(peers, Peers.pythonNode()).chats_encrypted();
    }

    @Test
    void our_client_has_the_python_node_call_tools() throws Exception {
        new OfficialProviderChecks(peers, Peers.pythonNode()).calls_tools();
    }

    @Test
    void our_client_gets_vectors_of_the_python_node() throws Exception {
        new OfficialProviderChecks(peers, Peers.pythonNode()).embeds();
    }

    @Test
    void our_client_leaves_a_python_node_whose_engine_breaks_down() throws Exception {
        new OfficialProviderChecks(peers, Peers.pythonNode()).fails_over_when_an_engine_breaks_down();
    }
}
