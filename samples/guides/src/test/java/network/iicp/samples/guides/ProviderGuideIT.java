package network.iicp.samples.guides;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import network.iicp.IicpClient;
import network.iicp.IicpNode;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import network.iicp.directory.server.DirectoryServer;
import network.iicp.node.DirectoryStatus;
import network.iicp.node.NodeSettings;
import network.iicp.protocol.Intent;
import network.iicp.protocol.Task;
import network.iicp.protocol.UnauthorizedException;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.spi.InferenceBackend;
import network.iicp.transport.EndpointScope;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ProviderGuideIT {

    private static final String KEY = "a-key-of-the-operator";

    private static LocalMesh mesh;
    private static String directory;

    @BeforeAll
    static void start() {
        mesh = LocalMesh.start(setup -> setup);
        directory = mesh.directoryUrl().toString();
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    private static void awaitListed(IicpNode node) throws Exception {
        node.registered().get(15, TimeUnit.SECONDS);
    }

    @Test
    void a_handler_of_ones_own_answers_its_intent() throws Exception {
        try (IicpNode node = ProviderExamples.handler(directory);
                IicpClient client = IicpClient.builder().directoryUrl(directory).build()) {
            awaitListed(node);

            assertThat(ConsumerExamples.submit(client).result()).isEqualTo(Map.of("category", "hardware"));
        }
    }

    @Test
    void a_streaming_handler_answers_buffered_calls_too() throws Exception {
        Intent countdown = Intent.parse("urn:iicp:intent:x.acme:countdown:v1");
        try (IicpNode node = ProviderExamples.streaming(directory);
                IicpClient client = IicpClient.builder().directoryUrl(directory).build()) {
            awaitListed(node);

            assertThat(client.submit(Task.of(countdown, Map.of())).resultMap())
                    .hasValueSatisfying(result -> assertThat(result.get("left")).hasToString("0"));
        }
    }

    @Test
    void a_node_with_an_operator_key_serves_who_shows_it() throws Exception {
        try (IicpNode node = ProviderExamples.guarded(DemoBackend.create(), directory, KEY);
                IicpClient stranger =
                        IicpClient.builder().directoryUrl(directory).build();
                IicpClient friend = ProviderExamples.trusted(directory, KEY)) {
            awaitListed(node);

            assertThatThrownBy(() -> stranger.chat(ChatRequest.of("Hello"))).isInstanceOf(UnauthorizedException.class);
            assertThat(friend.chat(ChatRequest.of("Hello")).text()).contains("Hello");
        }
    }

    @Test
    void a_node_measures_into_a_registry() {
        MeterRegistry registry = new SimpleMeterRegistry();
        try (IicpNode node = ProviderExamples.measured(DemoBackend.create(), registry)) {
            node.start();

            assertThat(registry.get("iicp.capacity").gauge().value()).isEqualTo(4);
        }
    }

    @Test
    void settings_reach_the_node(@TempDir Path home) throws Exception {
        try (IicpNode node = ProviderExamples.configured(DemoBackend.create(), directory, home)) {
            node.start();
            awaitListed(node);

            assertThat(node.id()).isEqualTo("gpu-box-1");
            assertThat(node.health().maxConcurrent()).isEqualTo(8);
            assertThat(home.resolve("cx")).isNotEmptyDirectory();
        }
    }

    @Test
    void a_node_registers_at_two_directories() throws Exception {
        try (LocalMesh partners = LocalMesh.start(setup -> setup);
                IicpNode node = ProviderExamples.twoDirectories(
                        DemoBackend.create(), mesh.directoryUrl(), partners.directoryUrl(), "not-asked-for")) {
            node.start();

            awaitListed(node);
            assertThat(node.health().directories()).hasSize(2).anyMatch(DirectoryStatus::registered);
        }
    }

    @Test
    void a_node_declares_when_and_for_how_much_it_works() throws Exception {
        AtomicInteger issued = new AtomicInteger();
        Supplier<Object> delegation = () -> {
            issued.incrementAndGet();
            return Map.of("node_id", "n", "operator_pub", "pub", "not_after", 1_893_456_000, "sig", "sig");
        };
        try (IicpNode node = ProviderExamples.declaring(DemoBackend.create(), directory, delegation)) {
            node.start();
            awaitListed(node);

            assertThat(issued).hasValue(1);
            assertThat(node.health().effectiveMaxConcurrent()).isBetween(2, 4);
        }
    }

    @Test
    void a_node_is_registered_as_a_worker() throws Exception {
        try (IicpNode node = ProviderExamples.cooperating(DemoBackend.create(), directory)) {
            node.start();
            awaitListed(node);

            assertThat(mesh.directory().node(node.id()).orElseThrow().profile().json())
                    .containsKey("policy");
        }
    }

    @Test
    void engines_are_built_without_a_network() {
        try (InferenceBackend engine = ProviderExamples.vllm()) {
            assertThat(engine.type()).isEqualTo("vllm");
        }
    }

    @Test
    void the_table_of_limits_says_what_the_defaults_are() {
        NodeSettings settings =
                NodeSettings.builder().backend(DemoBackend.create()).build();

        Map<String, String> limits = Guides.page("docs/provider.md").table("Limits").stream()
                .collect(Collectors.toMap(row -> row.get(0), row -> row.get(2)));

        assertThat(limits)
                .containsEntry("maxConcurrent", String.valueOf(settings.limits().maxConcurrent()))
                .containsEntry(
                        "tokensPerMinute", String.valueOf(settings.limits().tokensPerMinute()))
                .containsEntry("maxRequestBytes", settings.maxRequestBytes() / (1 << 20) + " MiB")
                .containsEntry("maxResponseBytes", settings.maxResponseBytes() / (1 << 20) + " MiB")
                .containsEntry("defaultTimeout", settings.defaultTimeout().toSeconds() + " s")
                .containsEntry("maxTimeout", settings.maxTimeout().toSeconds() + " s")
                .containsEntry("heartbeatInterval", settings.heartbeatInterval().toSeconds() + " s")
                .containsEntry("reattachWindow", settings.reattachWindow().toSeconds() + " s")
                .containsEntry("grace", settings.grace().toSeconds() + " s")
                .containsEntry("admissionWait", settings.admissionWait().toSeconds() + " s")
                .containsEntry("keyRotation", settings.keyRotation().toDays() + " days")
                .hasSize(15);
    }

    @Test
    void a_directory_of_ones_own_runs(@TempDir Path home) {
        try (DirectoryServer local = DirectoryExamples.local();
                DirectoryServer company = DirectoryExamples.company(home)) {
            assertThat(local.scope()).isEqualTo(EndpointScope.LOCAL);
            assertThat(local.url().getPath()).isEqualTo("/api");
            assertThat(company.scope()).isEqualTo(EndpointScope.PRIVATE);
            assertThat(home.resolve("directory-key.json")).exists();
        }
    }
}
