package network.iicp.client.selection;

import java.net.URI;
import java.util.List;
import java.util.Map;
import network.iicp.protocol.NodeDescriptor;
import org.jspecify.annotations.Nullable;

/** Nodes for tests of selection. */
final class Nodes {

    private Nodes() {}

    static NodeDescriptor node(String id, double score, @Nullable Double load) {
        return new NodeDescriptor(
                id,
                URI.create("http://127.0.0.1:9484"),
                score,
                true,
                null,
                load,
                List.of("m1"),
                List.of(),
                null,
                null,
                null,
                List.of(),
                Map.of());
    }
}
