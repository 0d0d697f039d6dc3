package network.iicp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import network.iicp.directory.server.DirectoryServer;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;
import network.iicp.protocol.chat.FinishReason;
import network.iicp.protocol.chat.Tool;
import network.iicp.protocol.embedding.EmbeddingRequest;
import network.iicp.protocol.embedding.EmbeddingResult;

/** What our client must be able to do with the node of any official command line. */
final class OfficialProviderChecks {

    private static final String EMBEDDING = "urn:iicp:intent:llm:embedding:v1";

    private final Peers peers;
    private final Path program;
    private final DirectoryServer directory;

    OfficialProviderChecks(Peers peers, Path program) {
        this.peers = peers;
        this.program = program;
        this.directory = peers.directory();
    }

    private void start(StubEngine engine, int nodes, String... more) throws IOException {
        peers.node(program, directory.url(), engine.url(), Peers.freePort(), more);
        await().atMost(Duration.ofSeconds(60)).until(() -> directory.nodeCount() == nodes);
    }

    private IicpClient client() {
        return IicpClient.builder().directoryUrl(directory.url()).build();
    }

    void chats_encrypted() throws IOException {
        start(peers.engine(), 1);
        try (IicpClient client = client()) {
            ChatResult result = client.chat(ChatRequest.of("Hello from Java"));
            assertThat(result.text()).isEqualTo(StubEngine.SAYS);
            assertThat(result.provenance().encrypted()).isTrue();
            assertThat(result.usage().totalTokens()).isEqualTo(6);
        }
    }

    void calls_tools() throws IOException {
        start(peers.engine(), 1);
        try (IicpClient client = client()) {
            ChatResult result = client.chat(ChatRequest.builder()
                    .user("How is the weather in Bern?")
                    .tools(List.of(new Tool("weather", "the weather of a city", Map.of("type", "object"))))
                    .build());
            assertThat(result.toolCalls()).singleElement().satisfies(call -> {
                assertThat(call.name()).isEqualTo("weather");
                assertThat(call.arguments()).contains("Bern");
            });
            assertThat(result.finishReason()).isEqualTo(FinishReason.TOOL_CALLS);
            assertThat(result.provenance().encrypted()).isTrue();
        }
    }

    void embeds() throws IOException {
        start(peers.engine(), 1, "--intent", EMBEDDING);
        try (IicpClient client = client()) {
            EmbeddingResult result = client.embed(EmbeddingRequest.of("a cat", "a dog"));
            assertThat(result.vectors()).hasSize(2);
            assertThat(result.vectors().get(1)).containsExactly(1f, 0.5f, -1f);
            assertThat(result.provenances().get(0).encrypted()).isTrue();
        }
    }

    /** Official nodes report the failure of their engine in their own way, some inside HTTP 200. */
    void fails_over_when_an_engine_breaks_down() throws IOException {
        StubEngine first = peers.engine();
        StubEngine second = peers.engine();
        start(first, 1);
        start(second, 2);
        try (IicpClient client = client()) {
            assertThat(client.chat(ChatRequest.of("Hello")).text()).isEqualTo(StubEngine.SAYS);
            StubEngine preferred = first.answers() > 0 ? first : second;
            preferred.breakDown();
            for (int i = 0; i < 100 && preferred.failures() == 0; i++) {
                assertThat(client.chat(ChatRequest.of("Hello")).text()).isEqualTo(StubEngine.SAYS);
            }
            assertThat(preferred.failures())
                    .as("times the broken engine was asked")
                    .isPositive();
        }
    }
}
