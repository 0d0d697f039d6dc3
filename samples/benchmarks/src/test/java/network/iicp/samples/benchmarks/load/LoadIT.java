package network.iicp.samples.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import network.iicp.IicpClient;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import network.iicp.protocol.Intent;
import network.iicp.protocol.NodeDescriptor;
import network.iicp.protocol.chat.ChatRequest;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LoadIT {

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void counts_right_and_wrong_answers(boolean keepAlive) throws Exception {
        Set<Object> connections = ConcurrentHashMap.newKeySet();
        try (RawServer server = new RawServer((request, connection) -> {
            connections.add(connection);
            String body = new String(request.body(), StandardCharsets.UTF_8);
            String answer = body.equals("good") ? "yes, right" : "no";
            return RawServer.answer(connection, 200, "text/plain", answer.getBytes(StandardCharsets.UTF_8));
        })) {
            Supplier<byte[]> bodies = new Supplier<>() {
                private int next;

                @Override
                public byte[] get() {
                    if (next == 20) {
                        throw new Tasks.SupplyEnded();
                    }
                    return (next++ % 4 == 0 ? "bad" : "good").getBytes(StandardCharsets.UTF_8);
                }
            };
            Load.Done done =
                    new Load(server.url().resolve("/"), 1, keepAlive, "right").run(bodies, Duration.ofSeconds(30));
            assertThat(done.samples().count()).isEqualTo(15);
            assertThat(done.failures()).isEqualTo(5);
            assertThat(done.firstFailure()).isEqualTo("HTTP 200: no");
            assertThat(connections).hasSize(keepAlive ? 1 : 20);
        }
    }

    @Test
    void loads_a_node_in_clear_and_sealed() throws Exception {
        try (LocalMesh mesh = LocalMesh.start(setup -> setup.node(DemoBackend.create()))) {
            IicpClient client = mesh.client();
            List<NodeDescriptor> nodes = client.discover(Intent.LLM_CHAT);
            Supplier<byte[]> sealed = Tasks.sealed(nodes.get(0).key().orElseThrow(), 10);
            Load load = new Load(nodes.get(0).endpoint().resolve("/v1/task"), 2, true, "iicp_conf_resp");
            assertThat(load.run(sealed, Duration.ofSeconds(30)).samples().count())
                    .isGreaterThanOrEqualTo(10);
            Load clear = new Load(load.target(), 1, true, "\"status\":\"success\"");
            assertThat(clear.run(Tasks.inClear(), Duration.ofMillis(200)).failures())
                    .isZero();
        }
    }

    @Test
    void a_relay_passes_everything_on_and_counts() {
        try (Relay relay = new Relay();
                LocalMesh mesh = LocalMesh.start(
                        setup -> setup.node(DemoBackend.create(), node -> node.endpoint(relay.url())))) {
            relay.before(mesh.nodes().get(0).port());
            assertThat(mesh.client().chat(ChatRequest.of("Hello")).text()).contains("Hello");
            assertThat(relay.requests()).isEqualTo(1);
        }
    }
}
