package network.iicp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import network.iicp.directory.server.DirectoryServer;
import network.iicp.node.NodeEvent;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The official Rust client as consumer and provider through our directory, and the official Rust directory between our own. */
@Tag("interop")
@Timeout(180)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RustInteropIT {

    private static final String CLIENT = "iicp-node-rust";
    private static final String DIRECTORY = "iicp-directory-rust";

    /** The Rust directory knows no other port. */
    private static final int DIRECTORY_PORT = 8090;

    @TempDir
    private Path home;

    private Peers peers;

    @BeforeAll
    static void peers_are_here() {
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

    @Test
    void the_rust_consumer_finds_and_chats_encrypted_with_our_node() throws Exception {
        Path client = Peers.program(CLIENT);
        DirectoryServer directory = peers.directory();
        List<NodeEvent> events = peers.ourNode(directory.url());

        String out = peers.run(
                client,
                "query",
                "Hello from Rust",
                "--directory-url",
                directory.url().toString());

        assertThat(out).contains("Hello from Rust");
        assertThat(Peers.taskEnded(events).outcome()).isEqualTo("success");
        assertThat(Peers.taskEnded(events).encrypted()).isTrue();
    }

    @Test
    void our_client_chats_encrypted_with_the_rust_node() throws Exception {
        new OfficialProviderChecks(peers, Peers.program(CLIENT)).chats_encrypted();
    }

    @Test
    void our_client_has_the_rust_node_call_tools() throws Exception {
        new OfficialProviderChecks(peers, Peers.program(CLIENT)).calls_tools();
    }

    @Test
    void our_client_gets_vectors_of_the_rust_node() throws Exception {
        new OfficialProviderChecks(peers, Peers.program(CLIENT)).embeds();
    }

    @Test
    void our_client_leaves_a_rust_node_whose_engine_breaks_down() throws Exception {
        new OfficialProviderChecks(peers, Peers.program(CLIENT)).fails_over_when_an_engine_breaks_down();
    }

    @Test
    void our_client_reaches_our_node_through_the_rust_directory_encrypted() throws Exception {
        URI directory = rustDirectory();
        List<NodeEvent> events = peers.ourNode(directory);
        try (IicpClient client = IicpClient.builder().directoryUrl(directory).build()) {
            ChatResult result = client.chat(ChatRequest.of("Hello through Rust"));
            assertThat(result.text()).contains("Hello through Rust");
            assertThat(result.provenance().encrypted()).isTrue();
        }
        assertThat(Peers.taskEnded(events).encrypted()).isTrue();
    }

    @Test
    void the_rust_consumer_reaches_our_node_through_the_rust_directory() throws Exception {
        Path client = Peers.program(CLIENT);
        URI directory = rustDirectory();
        List<NodeEvent> events = peers.ourNode(directory);

        String out = peers.run(client, "query", "Hello, all Rust", "--directory-url", directory.toString());

        assertThat(out).contains("Hello, all Rust");
        assertThat(Peers.taskEnded(events).encrypted()).isTrue();
    }

    /** In memory; it looks at nothing and nobody outside this machine. */
    private URI rustDirectory() throws Exception {
        peers.start(
                Peers.program(DIRECTORY),
                Map.of("APP_ENV", "local", "IICP_ALLOW_IN_MEMORY", "true", "IICP_SKIP_LIVENESS_CHECK", "1"),
                false);
        Peers.awaitPort(DIRECTORY_PORT);
        return URI.create("http://127.0.0.1:" + DIRECTORY_PORT + "/api");
    }
}
