package network.iicp.samples.benchmarks.consumer;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Set;
import network.iicp.IicpClient;
import network.iicp.LocalMesh;
import network.iicp.backend.DemoBackend;
import network.iicp.client.DirectorySettings;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.samples.benchmarks.load.Relay;
import network.iicp.samples.benchmarks.measure.Table;

/** Counts, with relays before directory and node, what goes over the wire for a warm call. */
final class RequestCount {

    private static final int CALLS = 500;

    private RequestCount() {}

    static void print(PrintStream out, ChatRequest request) {
        try (Relay nodeRelay = new Relay();
                Relay directoryRelay = new Relay();
                LocalMesh mesh = LocalMesh.start(
                        setup -> setup.node(DemoBackend.create(), node -> node.endpoint(nodeRelay.url())))) {
            nodeRelay.before(mesh.nodes().get(0).port());
            directoryRelay.before(mesh.directory().port());
            // Behind the relay the directory still issues tickets in its own name.
            DirectorySettings relayed = DirectorySettings.builder(
                            directoryRelay.url().resolve("/api"))
                    .acceptedIssuers(
                            Set.of("http://127.0.0.1:" + mesh.directory().port()))
                    .build();
            try (IicpClient client =
                    IicpClient.builder().directories(List.of(relayed)).build()) {
                client.chat(request);
                long node = nodeRelay.requests();
                long directory = directoryRelay.requests();
                for (int i = 0; i < CALLS; i++) {
                    client.chat(request);
                }
                out.println("## HTTP requests of a warm call, over %d calls\n".formatted(CALLS));
                Table table = new Table("to", "requests/call");
                Map.of("node", nodeRelay.requests() - node, "directory", directoryRelay.requests() - directory)
                        .forEach((to, count) -> table.row(to, count / (double) CALLS));
                table.print(out);
            }
        }
    }
}
